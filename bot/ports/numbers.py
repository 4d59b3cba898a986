"""What stats are counted from, as the drivers ask for it."""

from datetime import datetime
from typing import Protocol

from bot.core.stats.facts import Facts
from bot.core.stats.totals import Totals


class Numbers(Protocol):
    """Part of `bot.ports.Store`: every method may raise StoreUnavailable."""

    async def facts(self, since: datetime, until: datetime, service: str | None = None) -> Facts:
        """What is known of [since, until), and what reaches into it (see `Facts`).

        Without what the configuration knows (`services`, `zones`). `service`: of deployments, only
        its own, and those that caused an incident.
        """
        ...

    async def totals(self) -> Totals:
        """How many there are of everything, since the first record: for `/metrics`."""
        ...
