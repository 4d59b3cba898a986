"""The numbers that leads see, counted from what is stored and configured."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.core.counting import stats_of
from bot.core.policy import SHARED_ANY_TEAM, Policy
from bot.core.stats.facts import Facts, Outage, Place
from bot.core.stats.period import Period, Scope
from bot.core.stats.result import Stats
from bot.core.wording.texts import zone_of
from bot.ports import Clock, Store


class StoredCounting:
    """Implements `bot.ports.Counting`. A long year is counted beside the event loop."""

    def __init__(self, store: Store, clock: Clock, policy: Callable[[], Policy]) -> None:
        self._store, self._clock, self._policy = store, clock, policy

    async def stats(self, period: Period, scope: Scope) -> Stats:
        """The numbers of a period. Raises StoreUnavailable."""
        found = await self._store.facts(period.start, period.end, scope.service)
        facts, now = placed(found, self._policy()), self._clock.now()
        return await asyncio.to_thread(stats_of, facts, period, scope, now)

    async def outages(self) -> tuple[Sequence[Outage], datetime | None]:
        """Deploy-caused downtime of all time, and since when anything is known.

        Raises StoreUnavailable.
        """
        now = self._clock.now()
        stats = await self.stats(Period(now, now), Scope())
        return stats.outages, stats.known_since


def placed(facts: Facts, policy: Policy) -> Facts:
    """With what the configuration knows of services and people."""
    services = {
        key: Place(it.environment, it.teams, it.acknowledge == SHARED_ANY_TEAM)
        for key, it in policy.services.items()
    }
    zones = {key: zone_of(key, policy) for key in policy.people}
    return replace(facts, services=services, zones=zones)
