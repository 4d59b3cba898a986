"""Releases, as the drivers see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.core.release import Release


class Releases(Protocol):
    """Part of `bot.ports.Store`: every method may raise StoreUnavailable."""

    async def release(self, id_: str) -> Release | None:
        """One release."""
        ...

    async def releases(
        self, *, service: str | None = None, state: str | None = None, limit: int = 50
    ) -> list[Release]:
        """Newest first by announcement. `state` may be `open`: whatever can still be deployed."""
        ...

    async def due_releases(self, now: datetime) -> list[tuple[str, datetime]]:
        """(id, when) of those whose `next_due_at` has come, a hundred at most."""
        ...

    async def releases_of(self, deployments: Sequence[str]) -> dict[str, Release]:
        """The release that each of these deployments used, by the deployment's id."""
        ...
