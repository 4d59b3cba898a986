"""What the store keeps beside the core's own state."""

from dataclasses import dataclass
from datetime import datetime

from bot.core.effects import Effect, Entry
from bot.core.events import Event
from bot.core.incident import Incident
from bot.core.page import Page, PageState
from bot.core.signal import Silence


@dataclass(frozen=True, slots=True)
class InboxRow:
    """An event that was received and not yet decided."""

    id: int
    key: str
    event: Event
    received_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of the outbox. `token` fences: an update with an old token changes nothing.

    `doubtful`: an earlier try may have gone through; `claimed_at` is then when the first one began.
    """

    key: str
    effect: Effect
    state: PageState
    due_at: datetime
    created_at: datetime
    attempts: int
    token: int
    claimed_at: datetime | None = None
    provider_id: str | None = None
    error: str | None = None
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident with all that a reader may want to see of it."""

    incident: Incident
    pages: tuple[Page, ...]
    timeline: tuple[Entry, ...]
    silences: tuple[Silence, ...] = ()


CONFIRMED = "confirmed"
"""The label of a link on which people decided."""


@dataclass(frozen=True, slots=True)
class LinkedIncident:
    """An incident beside the deployment that it is linked to.

    `label` is `CONFIRMED` once people decided so, until then how strongly it is suspected.
    `service` is the one that the incident is called by.
    """

    number: int
    service: str
    state: str
    began_at: datetime
    resolved_at: datetime | None
    label: str


@dataclass(frozen=True, slots=True)
class StoredResult:
    """A probe's result as it is kept. `check` is the check's label, `seconds` in seconds."""

    service: str
    check: str
    kind: str
    outcome: str
    reason: str
    detail: str
    at: datetime
    first_byte: float | None = None
    total: float | None = None
    dns: float | None = None
    connect: float | None = None
    tls: float | None = None


@dataclass(frozen=True, slots=True)
class Uptime:
    """Share of good probes of one check in a period; `unknown` ones count for neither side."""

    service: str
    check: str
    good: int
    bad: int

    @property
    def share(self) -> float | None:
        """Between 0 and 1; None when nothing was measured."""
        total = self.good + self.bad
        return self.good / total if total else None


@dataclass(frozen=True, slots=True)
class Call:
    """A heartbeat's calls, as they are kept."""

    name: str
    created_at: datetime
    ok_at: datetime | None = None
    start_at: datetime | None = None
    fail_at: datetime | None = None
    message: str = ""
    warn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """Since when Midwatch is blind (None: it sees), and when a canary last answered."""

    blind_since: datetime | None = None
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """When a source was last heard of, for `doctor` and the catching up."""

    name: str
    seen_at: datetime | None = None
    error_at: datetime | None = None
    error: str | None = None
    cursor: str | None = None
