"""The answer to `/midwatch on-call`: the duty, what nobody covers, who was paged at night."""

import asyncio
from datetime import datetime, timedelta

from bot.core.fairness import PERIOD_DAYS
from bot.core.holes import holes
from bot.core.nights import loads_of
from bot.core.overrides import with_overrides
from bot.core.wording import answers, nights, week_ahead
from bot.ports import StoreUnavailable
from bot.slack.engine_port import EnginePort

LOOK_UP_SECONDS = 1.0
"""Who has the duty is known without the database, so that answer does not wait for it."""


async def on_call(engine: EnginePort, then: datetime | None = None) -> str:
    """As mrkdwn: now, or `then` (aware). Of then, and without the database, the duty alone."""
    if then is not None:
        return await _then(engine, then)
    policy, now = engine.policy, engine.clock.now()
    duty, since = answers.duty(policy, now), now - timedelta(days=PERIOD_DAYS)
    try:
        async with asyncio.timeout(LOOK_UP_SECONDS):
            pages = await engine.store.handed_over(since, now)
            lacking = holes(policy, await engine.store.unusable(now), now)
    except (StoreUnavailable, TimeoutError):
        return duty
    short = nights.in_short(loads_of(pages, policy, since, now), policy)
    told = [week_ahead.told(lacking, policy)] if lacking else []
    return "\n".join([duty, *told, short])


async def _then(engine: EnginePort, then: datetime) -> str:
    policy = engine.policy
    try:
        async with asyncio.timeout(LOOK_UP_SECONDS):
            policy = with_overrides(policy, await engine.store.overrides(then))
    except (StoreUnavailable, TimeoutError):
        if then < engine.clock.now():
            return answers.NOT_ANSWERED  # those that have ended are in the database only
    return answers.duty_then(policy, then)
