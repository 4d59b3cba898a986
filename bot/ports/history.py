"""What an import asks of the database, and how it writes: in transactions too short to disturb."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.deployment import Deployment
from bot.core.effects import Entry
from bot.core.history import Decided, PastIncident
from bot.core.incident import Incident
from bot.core.link import Link


@dataclass(frozen=True, slots=True)
class KnownDeployment:
    """Where a deployment of this id went. `digest` is its line's; None: it was reported live."""

    service: str
    environment: str
    digest: str | None


@dataclass(frozen=True, slots=True)
class KnownIncident:
    """An incident that was imported: its number here, and its line's digest."""

    number: int
    digest: str


@dataclass(frozen=True, slots=True)
class PastRecord:
    """An incident to write. `number` 0: it is new, and is given one."""

    past: PastIncident
    incident: Incident
    digest: str

    @property
    def number(self) -> int:
        """See above."""
        return self.incident.number


class History(Protocol):
    """Every method may raise StoreUnavailable. Writing twice is writing once."""

    async def known_deployments(self, ids: Collection[str]) -> Mapping[str, KnownDeployment]:
        """Those of these ids that there are."""
        ...

    async def known_incidents(self, ids: Collection[str]) -> Mapping[str, KnownIncident]:
        """The imported ones of these ids, each the one that it had where it came from."""
        ...

    async def deployments(
        self, services: Collection[str], since: datetime, until: datetime
    ) -> list[Deployment]:
        """Of these services between the two, and the one before, without their commits."""
        ...

    async def undecided(
        self, services: Collection[str], since: datetime
    ) -> list[tuple[int, str, datetime, Link]]:
        """Imported incidents of these services since then whose cause nobody has decided."""
        ...

    async def decided(self, leave_out: Collection[int] = ()) -> list[Decided]:
        """Every decision about a cause, but for those of incidents that are about to change."""
        ...

    async def first_seen(self, services: Collection[str]) -> Mapping[str, datetime]:
        """Since when deployments of each are known; who was never seen is left out."""
        ...

    async def add_deployments(
        self, made: Sequence[tuple[Deployment, str]], entries: Sequence[Entry] = ()
    ) -> int:
        """Write a batch, each with its digest; what was reported live meanwhile is left alone.

        Returns how many were written. `entries` go into the same transaction.
        """
        ...

    async def add_incidents(
        self, records: Sequence[PastRecord], entries: Sequence[Entry] = ()
    ) -> int:
        """Write a batch with its pages. New ones are numbered on from the last incident."""
        ...

    async def relink(self, links: Mapping[int, Link]) -> None:
        """Other links for imported incidents; whose cause was decided meanwhile keeps its own."""
        ...
