"""The numbers as Slack, its home and the Monday message ask for them."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.core.policy import Policy
from bot.core.stats.facts import Outage
from bot.core.stats.period import Period, Scope
from bot.core.stats.result import Stats
from bot.ports import Clock, Store
from bot.stats import counted


class StoredCounting:
    """Implements `bot.ports.Counting`."""

    def __init__(self, store: Store, clock: Clock, policy: Callable[[], Policy]) -> None:
        self._store, self._clock, self._policy = store, clock, policy

    async def stats(self, period: Period, scope: Scope) -> Stats:
        """The numbers of a period. Raises StoreUnavailable."""
        return await counted(self._store, self._policy(), period, scope, self._clock.now())

    async def outages(self) -> tuple[Sequence[Outage], datetime | None]:
        """Deploy-caused downtime of all time, and since when anything is known.

        Raises StoreUnavailable.
        """
        now = self._clock.now()
        stats = await self.stats(Period(now, now), Scope())
        return stats.outages, stats.known_since
