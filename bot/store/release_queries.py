"""The questions about releases that are asked outside of a decision."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.release import Release
from bot.store import releases
from bot.store.database import Database


class ReleaseQueries:
    """See `bot.ports.releases`."""

    database: Database

    async def release(self, id_: str) -> Release | None:
        """By id."""
        return await self.database.read(lambda db: releases.one(db, id_))

    async def releases(
        self, *, service: str | None = None, state: str | None = None, limit: int = 50
    ) -> list[Release]:
        """Newest first."""
        return await self.database.read(
            lambda db: releases.newest(db, service=service, state=state, limit=limit)
        )

    async def due_releases(self, now: datetime) -> list[tuple[str, datetime]]:
        """Those for which time changes something now."""
        return await self.database.read(lambda db: releases.due(db, now))

    async def releases_of(self, deployments: Sequence[str]) -> dict[str, Release]:
        """What was signed for these deployments."""
        return await self.database.read(lambda db: releases.of_deployments(db, deployments))
