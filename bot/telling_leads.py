"""Leads are told of their week on Monday, and of a record on its day: looked up here, decided by
the rules.

The keys of the events name the Monday and the beginning of the streak, so that each is said once,
whoever asks and however often.
"""

from datetime import date, datetime, timedelta

from bot.core import leads, streak_news
from bot.core.fairness import nights_of
from bot.core.leads_events import RecordBroken, WeekEnded
from bot.core.leads_picture import picture_of
from bot.core.stats.period import Scope, of_days
from bot.core.stats.result import Stats
from bot.core.wording import numbers as say
from bot.engine import Engine
from bot.ports import Counting

LOOK_EVERY_SECONDS = 60.0
RECORD_EVERY = timedelta(hours=1)
WEEK, MONTH = timedelta(days=7), timedelta(days=28)


class TellingLeads:
    """Knows which Monday this process has told, and when it looked at the streak."""

    def __init__(self, engine: Engine, counting: Counting) -> None:
        self.engine, self.counting = engine, counting
        self._told: date | None = None
        self._looked_at: datetime | None = None

    async def tick(self) -> None:
        """Raises StoreUnavailable, and asks again then."""
        now = self.engine.clock.now()
        monday = leads.monday_to_tell(self.engine.policy, now)
        if monday is not None and monday != self._told:
            await self._tell(monday, now)
            self._told = monday
        if self._looked_at is None or not now - RECORD_EVERY < self._looked_at <= now:
            await self._look_at_the_streak(now)
            self._looked_at = now

    async def _tell(self, monday: date, now: datetime) -> None:
        policy = self.engine.policy
        last = await self._between(monday - WEEK, monday)
        before = await self._between(monday - WEEK - MONTH, monday - WEEK)
        text = say.week(last, before, nights_of(last.loads), policy)
        shown = await self._between(monday - WEEK - MONTH, monday)
        event = WeekEnded(monday, text, picture_of(shown, policy), now)
        await self.engine.receive(f"week:{monday.isoformat()}", event)

    async def _between(self, first: date, after: date) -> Stats:
        period = of_days(first, after, self.engine.policy.timezone)
        return await self.counting.stats(period, Scope())

    async def _look_at_the_streak(self, now: datetime) -> None:
        outages, known_since = await self.counting.outages()
        record = streak_news.broken(outages, known_since, now)
        if record is not None:
            since = record.streak.since
            event = RecordBroken(since, record.streak.days, record.before_days, now)
            await self.engine.receive(f"streak-record:{since.isoformat()}", event)
