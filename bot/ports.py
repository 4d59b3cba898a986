"""What the engine and the outbox ask of the world, as Protocols. Adapters implement these.

DeliveryError
|-- Transient    try again (after `retry_after_seconds` when the provider named a time)
'-- Permanent    stop: it will never work this way; `code` is the provider's word for why
StoreUnavailable the database cannot be read or committed right now
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.deployment import Commit, Deployment, Report
from bot.core.effects import Effect, Entry
from bot.core.events import Event
from bot.core.incident import Incident
from bot.core.page import Page, PageState
from bot.core.scene import Decision, Need, Scene
from bot.core.signal import Signal, Silence


class DeliveryError(Exception):
    """Something could not be delivered. The message is for people: no secrets, no numbers."""


class Transient(DeliveryError):
    """Try again. `may_have_happened`: the other side may have acted although we saw an error."""

    def __init__(
        self,
        message: str,
        *,
        retry_after_seconds: float | None = None,
        may_have_happened: bool = False,
    ) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
        self.may_have_happened = may_have_happened


class Permanent(DeliveryError):
    """Stop. `mark` is set when the address itself is unusable: `opted_out` or `landline`."""

    def __init__(self, message: str, *, code: str = "", mark: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.mark = mark


class StoreUnavailable(Exception):
    """The database cannot be reached, or cannot commit."""


class Conflict(Exception):
    """Another transaction was first (one open incident per service): decide the event again."""


class Clock(Protocol):
    """Time, passed in so that tests own it."""

    def now(self) -> datetime:
        """Wall-clock time, aware UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go backward."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait, on the monotonic clock."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """A provider took it. `state` is what it said at once (`sent` when it says no more)."""

    provider_id: str
    state: PageState = PageState.SENT


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider says about an earlier message when it is asked."""

    state: PageState
    error: str | None = None


class Channel(Protocol):
    """One way to page a person. Add one: one file in `bot/channels`, `NAME` and a class."""

    name: str
    gives_receipts: bool

    async def send(self, key: str, person: str, text: str) -> Sent:
        """Hand the text over. `key` travels along so that a callback names the page.

        Raises Transient or Permanent.
        """
        ...

    async def find(self, key: str, person: str, text: str, since: datetime) -> Sent | None:
        """Whether the provider has this text for this person since then (after a crash).

        Raises Transient when it cannot be asked.
        """
        ...

    async def ask(self, provider_id: str) -> Receipt | None:
        """What became of an earlier message; None when the provider does not know it."""
        ...


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message in Slack is."""

    channel: str
    ts: str


class Chat(Protocol):
    """The team's chat. `name` is `incidents`, `support` or `releases`. All raise as Channel.send.

    `key` is kept in the message's metadata, so that `find` can settle a crash.
    """

    async def open_thread(self, key: str, view: "IncidentView", now: datetime) -> Posted:
        """Post the first message of an incident's thread."""
        ...

    async def edit_thread(self, where: Posted, view: "IncidentView", now: datetime) -> None:
        """Edit that message in place. Raises MessageGone when somebody deleted it."""
        ...

    async def reply(self, key: str, where: Posted, text: str) -> Posted:
        """Reply in a thread."""
        ...

    async def post(self, key: str, name: str, text: str) -> Posted:
        """Post in one of the configured channels."""
        ...

    async def answer(self, text: str, response_url: str | None, slack: str | None) -> None:
        """Tell one person something privately."""
        ...

    async def find(self, key: str, name: str, since: datetime, thread: str | None) -> Posted | None:
        """The message that carries `key` in its metadata, if it was posted since then."""
        ...


class Source(Protocol):
    """A deployment source that can be asked (a webhook-only source has no such object)."""

    name: str

    async def missed(self, since: datetime) -> Sequence[Report]:
        """Deployments changed since then, for webhooks that were missed."""
        ...

    async def commits(self, repository: str, base: str, head: str) -> tuple[list[Commit], bool]:
        """Commits between two revisions, and whether the list is complete."""
        ...


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
    """A row of the outbox. `token` fences: an update with an old token changes nothing."""

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


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident with all that a reader may want to see of it."""

    incident: Incident
    pages: tuple[Page, ...]
    timeline: tuple[Entry, ...]
    silences: tuple[Silence, ...] = ()


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


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """When a source was last heard of, for `doctor` and the catching up."""

    name: str
    seen_at: datetime | None = None
    error_at: datetime | None = None
    error: str | None = None
    cursor: str | None = None


class MessageGone(Exception):
    """The message to be edited was deleted by somebody."""


class NotYet(Exception):
    """It cannot be sent yet (its thread does not exist): look again, without counting a try."""

    def __init__(self, seconds: float) -> None:
        super().__init__("not yet")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try. `free`: it does not count as a try.

    `SENDING` with `retry_in_seconds`: it may have gone; the provider is asked after that time.
    """

    state: PageState
    provider_id: str | None = None
    error: str | None = None
    retry_in_seconds: float | None = None
    mark: str | None = None
    free: bool = False
    events: tuple[tuple[str, Event], ...] = ()


class Handler(Protocol):
    """Delivers one kind of effect."""

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Send it. Raises Transient, Permanent or NotYet."""
        ...

    async def find(self, delivery: Delivery) -> Outcome | None:
        """Whether an earlier try went through; None: it did not, or nobody can tell."""
        ...


class Transaction(Protocol):
    """One transaction. Leaving it without an exception commits."""

    async def next_event(self, now: datetime) -> InboxRow | None:
        """The oldest pending event that is due, locked; others skip it."""
        ...

    async def finish_event(self, id_: int, now: datetime) -> None:
        """It was decided."""
        ...

    async def postpone_event(self, id_: int, until: datetime, error: str, give_up: bool) -> None:
        """Deciding failed (a bug of ours): try again later, or keep it as failed."""
        ...

    async def scene(self, need: Need, now: datetime) -> Scene:
        """Load what `need` names; the incidents are locked (`FOR UPDATE`) until the end."""
        ...

    async def save(self, decision: Decision, now: datetime) -> None:
        """Write all of it: state, outbox rows (existing keys are left alone), timeline, audit."""
        ...

    async def add_events(self, events: Sequence[tuple[str, Event]], now: datetime) -> int:
        """Put events into the inbox; known keys are ignored. Returns how many were new."""
        ...

    async def due_deliveries(self, now: datetime, limit: int) -> list[Delivery]:
        """Queued rows that are due, oldest and most urgent first, locked; others skip them."""
        ...

    async def recent_pages(self, people: Sequence[str], since: datetime) -> list[Page]:
        """Pages of these people handed over since then."""
        ...

    async def claim(self, keys: Sequence[str], now: datetime, lease: timedelta) -> list[Delivery]:
        """Mark them `sending` with a new token and a lease; returns them so."""
        ...

    async def save_pages(self, changed: Sequence[Page], new: Sequence[Page]) -> None:
        """Bundling: rows that wait, or are carried by another, and the one that carries them."""
        ...


class Store(Protocol):
    """The database. Every method may raise StoreUnavailable."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Begin one (`BEGIN IMMEDIATE` on SQLite)."""
        ...

    async def receive(self, events: Sequence[tuple[str, Event]], now: datetime) -> int:
        """Commit events to the inbox. Known keys are ignored. Returns how many were new."""
        ...

    async def undecided(self, keys: Sequence[str]) -> list[str]:
        """Which of these events wait in the inbox or never reached it."""
        ...

    async def settle(
        self,
        delivery: Delivery,
        state: PageState,
        now: datetime,
        *,
        provider_id: str | None = None,
        error: str | None = None,
        due_at: datetime | None = None,
        receipt_due_at: datetime | None = None,
        uncounted: bool = False,
        events: Sequence[tuple[str, Event]] = (),
    ) -> bool:
        """Record an outcome and its events in one transaction, if the token still holds.

        `uncounted`: the try does not count. State `sending` with `due_at`: the lease ends then,
        and the row is reconciled. A page that has moved on by a receipt is not moved back.
        """
        ...

    async def stalled_deliveries(self, now: datetime, limit: int) -> list[Delivery]:
        """Rows `sending` whose lease ran out: claimed anew (new token) for reconciliation."""
        ...

    async def abandon_leases(self, now: datetime) -> int:
        """Before the first delivery of a process that is the database's only one: rows that a
        predecessor was sending are stalled at once, not when its leases run out.

        Does nothing where other processes may be sending. Returns how many rows.
        """
        ...

    async def silent_pages(self, now: datetime, limit: int) -> list[Page]:
        """Pages handed over whose receipt is overdue; each is returned once a minute."""
        ...

    async def due_incidents(self, now: datetime) -> list[int]:
        """Numbers of open incidents whose `next_due_at` has come."""
        ...

    async def unattended(self, now: datetime) -> list[str]:
        """Services with a down signal and no open incident, silenced or not."""
        ...

    async def incident(self, number: int) -> IncidentView | None:
        """One incident with its pages and timeline."""
        ...

    async def incidents(
        self,
        *,
        state: str | None = None,
        service: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[Incident]:
        """Newest first. `before` is a number (the cursor); `since`/`until` bound `triggered_at`."""
        ...

    async def deployments(
        self,
        *,
        service: str | None = None,
        environment: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> list[Deployment]:
        """Newest first by start. `before` is a deployment's id (the cursor)."""
        ...

    async def deployment(self, id_: str) -> Deployment | None:
        """One deployment with its commits."""
        ...

    async def page(self, key: str) -> Page | None:
        """One page as it stands, whatever incident it belongs to."""
        ...

    async def signals(self) -> list[Signal]:
        """Every signal as it stands."""
        ...

    async def drop_signals(self, keep: Sequence[tuple[str, str]]) -> int:
        """Forget signals of checks that are no longer configured; returns how many."""
        ...

    async def silences(self, now: datetime) -> list[Silence]:
        """Those that have not ended."""
        ...

    async def add_results(self, results: Sequence[StoredResult]) -> None:
        """Insert many at once."""
        ...

    async def last_results(self) -> list[StoredResult]:
        """The newest result of every check."""
        ...

    async def uptimes(self, since: datetime, now: datetime) -> list[Uptime]:
        """Per check, from raw results and hourly roll-ups."""
        ...

    async def roll_up(self, now: datetime) -> None:
        """Hourly roll-ups of raw results; drops raw ones after 48 h, roll-ups after 13 months."""
        ...

    async def save_streak(self, check: str, document: str, now: datetime) -> None:
        """A check's streak, before its next recheck."""
        ...

    async def streaks(self) -> dict[str, str]:
        """Every stored streak by check."""
        ...

    async def beat(self, name: str, what: str, at: datetime, message: str) -> None:
        """A heartbeat called: `ok`, `start` or `fail`."""
        ...

    async def heartbeats(self, names: Sequence[str], now: datetime) -> dict[str, Call]:
        """Calls by name; unknown names are created as of now."""
        ...

    async def source_statuses(self) -> list[SourceStatus]:
        """What is known of every source."""
        ...

    async def note_source(
        self, name: str, at: datetime, *, error: str | None = None, cursor: str | None = None
    ) -> None:
        """A source was heard of (or failed, with `error`)."""
        ...

    async def use_once(self, nonce: str, expires_at: datetime, now: datetime) -> bool:
        """True the first time only (one-time sign-in links)."""
        ...

    async def lease(self, name: str, owner: str, now: datetime, lasts: timedelta) -> int | None:
        """Take or renew a named lease: a fencing token, or None while another owner holds it."""
        ...

    async def ping(self) -> None:
        """Answer, or raise StoreUnavailable."""
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...
