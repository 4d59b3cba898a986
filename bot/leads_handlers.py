"""How news of the streak leaves the process: worded when it is sent, from all incidents."""

from datetime import timedelta

from bot.core import streak_news
from bot.core.effects import TellOfStreak
from bot.core.page import PageState
from bot.core.wording import leads as say
from bot.core.wording.outside import linked
from bot.ports import Chat, Clock, Counting, Delivery, Outcome

SKEW = timedelta(minutes=2)
WHERE = "digest"


class StreakNews:
    """The streak ended with an incident, or goes on after all."""

    def __init__(self, chat: Chat, counting: Counting, clock: Clock, public_url: str) -> None:
        self.chat, self.counting, self.clock, self.public_url = chat, counting, clock, public_url

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Say it, if it still is so: people may have changed their minds meanwhile."""
        effect = _effect(delivery)
        text = await self._text(effect)
        if text is None:
            return Outcome(PageState.CANCELLED, error="no news of the streak that lasts")
        posted = await self.chat.post(delivery.key, WHERE, text)
        return Outcome(PageState.SENT, posted.ts)

    async def find(self, delivery: Delivery) -> Outcome | None:
        """By the key in the message's metadata."""
        since = (delivery.claimed_at or delivery.created_at) - SKEW
        posted = await self.chat.find(delivery.key, WHERE, since, None)
        return Outcome(PageState.SENT, posted.ts) if posted else None

    async def _text(self, effect: TellOfStreak) -> str | None:
        outages, known_since = await self.counting.outages()
        decided = any(it.number == effect.number for it in outages)
        if decided != effect.ended:
            return None
        page = f"{self.public_url}/incidents/{effect.number}" if self.public_url else None
        link = linked(page, f"#{effect.number}")
        if effect.ended:
            streak = streak_news.ended_by(effect.number, outages, known_since)
            return say.ended(effect.number, link, streak.days) if streak else None
        now = self.clock.now()
        streak = streak_news.goes_on(effect.began_at, outages, known_since, now)
        return say.goes_on(effect.number, link, streak.days) if streak else None


def _effect(delivery: Delivery) -> TellOfStreak:
    assert isinstance(delivery.effect, TellOfStreak), f"{delivery.key} is no news of the streak"
    return delivery.effect
