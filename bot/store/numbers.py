"""The questions of stats and of `/metrics`."""

from dataclasses import replace
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
        # In two, so that a very long period has the time that two questions may take.
        found = await self.database.read(lambda db: stats.broken(db, since, until))
        shipped = await self.database.read(lambda db: stats.shipped(db, since, until, service))
        return replace(found, deployments=shipped)

    async def totals(self) -> Totals:
        """Since the first record."""
        return await self.database.read(totals.load)
