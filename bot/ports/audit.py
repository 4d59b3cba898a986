"""The audit log, as those who seal, check and show it see it. Rows get in by decisions only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.audit import Head, Row
from bot.core.events import Event


@dataclass(frozen=True, slots=True)
class Chain:
    """How far the log is sealed, and what waits. `oldest_at`: of the rows that wait."""

    head: Head
    waiting: int = 0
    oldest_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Anchor:
    """The head as it was noted for a day (ISO text, in the configured zone)."""

    day: str
    head: Head
    at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: `since` inclusive, `until` exclusive; None: any."""

    since: datetime | None = None
    until: datetime | None = None
    kind: str | None = None
    service: str | None = None


class AuditLog(Protocol):
    """Every method may raise StoreUnavailable."""

    async def seal(self, owner: str, now: datetime, lasts: timedelta, limit: int) -> int | None:
        """Number and chain committed rows, `limit` at most, under the sealers' lease.

        Returns how many; None: another owner holds the lease. Looks before it takes any lock.
        """
        ...

    async def chain(self) -> Chain:
        """The head, and what waits to be sealed."""
        ...

    async def after(self, row: Row | None, limit: int) -> list[Row]:
        """Sealed rows that follow this one (None: from the first), lowest number first."""
        ...

    async def newest(self, wanted: Wanted, before: int | None, limit: int) -> list[Row]:
        """Rows, sealed or not, newest first. `before` is a row's id (the cursor)."""
        ...

    async def anchors(self, limit: int | None = None) -> list[Anchor]:
        """Newest first; all of them without a limit."""
        ...

    async def anchor(self, anchor: Anchor, events: Sequence[tuple[str, Event]]) -> bool:
        """Keep it and commit its events, in one transaction. False: that day has one already."""
        ...

    async def missing_guards(self) -> list[str]:
        """Names of the triggers that refuse changes and are not there."""
        ...
