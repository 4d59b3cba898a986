"""A page: one message to one person by one channel, and what became of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum


class PageState(StrEnum):
    """Where a page is. `accepted`, `queued` and `sending` at Twilio are its queue: `sending`."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    BUNDLED = "bundled"


class Urgency(IntEnum):
    """First pages are never delayed; later ones are bundled; informational ones have a budget."""

    FIRST = 0
    LATER = 1
    INFO = 2


TERMINAL = frozenset(
    {PageState.DELIVERED, PageState.UNDELIVERED, PageState.FAILED, PageState.CANCELLED}
)
IMPORTED = "imported"
"""The reason of a page that another tool sent: it is counted, and nothing else is done with it."""
NOT_PAGED = frozenset({PageState.UNDELIVERED, PageState.FAILED})

ASK_AFTER = timedelta(seconds=60)
"""Without a receipt for this long, the provider is asked."""
SILENT_AFTER = timedelta(minutes=2)
"""`sent` without `delivered` for this long is not paged (unless the number never gives any)."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `key` names it for ever: deciding twice can not page twice.

    `reason` says why it exists: `step`, `undelivered`, `last_resort`, `reminder`, `reopened`,
    `escalated`, `resolved`, `notice`, `weighed`, `duty`, `handover`, `imported`. `line` is its
    share of a text that names several incidents. `bundled_into` is the key of the page whose text
    carries this one. `held`: in plain words why it waits although it is due, or, bundled, with
    which others it went. `fell_back` is set once the next channel or person was tried in its stead.
    """

    key: str
    incident: int
    person: str
    team: str
    channel: str
    urgency: Urgency
    reason: str
    text: str
    line: str
    created_at: datetime
    due_at: datetime
    state: PageState = PageState.QUEUED
    sent_at: datetime | None = None
    receipt_due_at: datetime | None = None
    provider_id: str | None = None
    error: str | None = None
    step: int = 0
    bundled_into: str | None = None
    fell_back: bool = False
    silent: bool = False
    state_at: datetime | None = None
    held: str | None = None

    @property
    def waiting(self) -> bool:
        """Not yet handed to the provider, so it can still be cancelled."""
        return self.state is PageState.QUEUED

    @property
    def reached(self) -> bool:
        """Whether it counts as an attempt that may still reach the person."""
        return self.state not in NOT_PAGED and not self.silent
