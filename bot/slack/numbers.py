"""`/midwatch stats`: the numbers as text at once, and the wish for their picture as an event."""

from datetime import date
from zoneinfo import ZoneInfo

from bot.core.actor import Actor
from bot.core.fairness import nights_of
from bot.core.leads_events import PictureAsked
from bot.core.leads_picture import picture_of
from bot.core.policy import Policy
from bot.core.stats.period import Scope, of_days
from bot.core.stats.result import Stats
from bot.core.wording import numbers as say
from bot.core.wording.charts import streak
from bot.ports import Counting
from bot.slack import commands, intents
from bot.slack.engine_port import EnginePort
from bot.slack.period_words import Period

USUAL = Period(days=28)


async def answered(
    engine: EnginePort, numbers: Counting, asked: commands.Stats, key: str, who: Actor
) -> str:
    """mrkdwn. Raises StoreUnavailable; then no picture follows either."""
    policy, now = engine.policy, engine.clock.now()
    service = intents.service_key(asked.service, policy) if asked.service else None
    if asked.unread or (service is not None and service not in policy.services):
        return say.unread(asked.unread or service or "", policy)
    today = now.astimezone(ZoneInfo(policy.timezone)).date()
    first, after = (asked.period or USUAL).dates(today)
    if first > today:
        return say.not_yet(f"{first.isoformat()}..{after.isoformat()}")
    stats = await _counted(numbers, policy, first, after, service)
    if stats.deployments is not None:
        await engine.receive(key, PictureAsked(who, picture_of(stats, policy), now))
    # The pages show people's nights to people of the configuration only.
    nights = None if who.person is None else nights_of(stats.loads)
    return say.answer(stats, nights, policy)


async def streak_now(engine: EnginePort, numbers: Counting) -> str:
    """The streak in a sentence, for the app's Home. Raises StoreUnavailable."""
    policy = engine.policy
    today = engine.clock.now().astimezone(ZoneInfo(policy.timezone)).date()
    stats = await _counted(numbers, policy, *USUAL.dates(today), None)
    return streak(stats.streak)


async def _counted(
    numbers: Counting, policy: Policy, first: date, after: date, service: str | None
) -> Stats:
    return await numbers.stats(of_days(first, after, policy.timezone), Scope(service=service))
