"""Asking for the numbers that leads see."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.core.stats.facts import Outage
from bot.core.stats.period import Period, Scope
from bot.core.stats.result import Stats


class Counting(Protocol):
    """Counts what is stored. Both raise StoreUnavailable."""

    async def stats(self, period: Period, scope: Scope) -> Stats:
        """The numbers of a period."""
        ...

    async def outages(self) -> tuple[Sequence[Outage], datetime | None]:
        """Deploy-caused downtime of all time, oldest first, and since when anything is known."""
        ...
