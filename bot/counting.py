"""The numbers of a period: looked up in the store, counted beside everything else."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.core.policy import Policy
from bot.core.stats.asking import with_policy
from bot.core.stats.counting import stats_of
from bot.core.stats.facts import Outage
from bot.core.stats.period import Period, Scope
from bot.core.stats.result import Stats, Streak
from bot.core.wording.stats import with_notes
from bot.ports import Clock, Store

_A_MOMENT = timedelta(seconds=1)


async def counted(
    store: Store, policy: Policy, period: Period, scope: Scope, now: datetime
) -> Stats:
    """All numbers (see `docs/stats.md`). Raises StoreUnavailable.

    A year of a large house takes a second to count: that happens in a thread.
    """
    facts = await store.facts(period.start, period.end, scope.service)
    known = with_policy(facts, policy)
    return with_notes(await asyncio.to_thread(stats_of, known, period, scope, now))


async def streak(store: Store, policy: Policy, scope: Scope, now: datetime) -> Streak:
    """Only the days since the last deploy-caused downtime: little is read for it."""
    period = Period(now - _A_MOMENT, now, policy.timezone)
    found = await counted(store, policy, period, scope, now)
    return found.streak or Streak(now)


class StoredCounting:
    """Implements `bot.ports.Counting`: for Slack, its Home, the page and the Monday message."""

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
