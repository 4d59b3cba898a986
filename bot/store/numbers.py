"""The questions of stats and of `/metrics`."""

from datetime import datetime

from bot.core.stats.facts import Facts
from bot.core.stats.totals import Totals
from bot.store import stats, totals
from bot.store.database import Database


class NumberQueries:
    """See `bot.ports.numbers`."""

    database: Database

    async def facts(self, since: datetime, until: datetime, service: str | None = None) -> Facts:
        """Of [since, until), and what reaches into it."""
        return await self.database.read(lambda db: stats.facts(db, since, until, service))

    async def totals(self) -> Totals:
        """Since the first record."""
        return await self.database.read(totals.load)
