"""The database, as the engine, the outbox and the drivers see it."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Literal, Protocol

from bot.core.deployment import Deployment
from bot.core.effects import Entry
from bot.core.events import Event
from bot.core.fairness import SentPage
from bot.core.held import Held
from bot.core.incident import Incident
from bot.core.notes_record import NotesRecord
from bot.core.overrides import TeamOverride
from bot.core.page import Page, PageState
from bot.core.scene import Decision, Need, Scene
from bot.core.signal import Signal, Silence
from bot.core.storm_events import OfServices
from bot.ports.audit import AuditLog
from bot.ports.history import History
from bot.ports.numbers import Numbers
from bot.ports.probed import Probed
from bot.ports.records import (
    Delivery,
    InboxRow,
    IncidentView,
    LinkedIncident,
    SourceStatus,
)
from bot.ports.releases import Releases


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

    async def refresh_threads(self, numbers: Sequence[int], now: datetime) -> None:
        """The threads of these incidents are to be brought up to date.

        In a transaction of its own: beside claimed rows two replicas could wait for each other.
        """
        ...

    async def save_pages(self, changed: Sequence[Page], new: Sequence[Page]) -> None:
        """Bundling: rows that wait, or are carried by another, and the one that carries them."""
        ...


class Store(Probed, Releases, Numbers, Protocol):
    """The database. Every method may raise StoreUnavailable."""

    @property
    def audit(self) -> AuditLog:
        """What seals, checks and shows the audit log."""
        ...

    @property
    def history(self) -> History:
        """What an import asks and writes."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Begin one (`BEGIN IMMEDIATE` on SQLite)."""
        ...

    async def receive(
        self,
        events: Sequence[tuple[str, Event]],
        now: datetime,
        *,
        streak: tuple[str, str] | None = None,
    ) -> int:
        """Commit events to the inbox. Known keys are ignored. Returns how many were new.

        `streak`: a check and its streak's document, saved in the same transaction.
        """
        ...

    async def undecided(self, keys: Sequence[str]) -> list[str]:
        """Which of these events wait in the inbox or never reached it."""
        ...

    async def in_turn(self, keys: Sequence[str], since: datetime) -> list[str]:
        """Which of these only wait their turn: untried, while an event was decided since then."""
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
        out_of_line: bool = False,
    ) -> bool:
        """Record an outcome and its events in one transaction, if the token still holds.

        `uncounted`: the try does not count. State `sending` with `due_at`: the lease ends then,
        and the row is reconciled. A page that has moved on by a receipt is not moved back.
        `out_of_line`: what is to be posted in the same place waits for it no longer.
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
        """Numbers of incidents whose `next_due_at` has come."""
        ...

    async def due_of_several(self, now: datetime) -> tuple[OfServices, OfServices]:
        """Incidents of several services whose `weigh_at`, and those whose `split_at`, has come."""
        ...

    async def unattended(self, now: datetime) -> list[str]:
        """Services with a down signal and no open incident, silenced or not."""
        ...

    async def expired(self, now: datetime) -> list[Signal]:
        """Alerts that are not up though their own time-out has passed, a hundred at most."""
        ...

    async def firing(self) -> set[tuple[str, str]]:
        """(service, signal) of every alert that is down."""
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
        cause: str | None = None,
        limit: int = 50,
    ) -> list[Incident]:
        """Newest first. `before` is a number (the cursor); `since`/`until` bound `triggered_at`.

        `cause`: what people decided (`deployment`, `other`), or that they did not (`undecided`).
        """
        ...

    async def waiting_for_follow_ups(self, limit: int = 50) -> list[Incident]:
        """Deploy-caused incidents of which a team has not answered yet, newest first."""
        ...

    async def deployments(
        self,
        *,
        service: str | None = None,
        environment: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: str | None = None,
        state: str | None = None,
        incidents: Literal["suspected", "confirmed"] | None = None,
        limit: int = 50,
    ) -> list[Deployment]:
        """Newest first by start, without those that touched nothing of their service.

        `before` is a deployment's id (the cursor). `incidents`: only those that
        people said caused one (`confirmed`), or those and the ones that are suspected.
        """
        ...

    async def incidents_of(
        self, deployments: Sequence[Deployment]
    ) -> dict[str, list[LinkedIncident]]:
        """The incidents that each is linked to, newest first, by the deployment's id."""
        ...

    async def latest_deployments(
        self, places: Sequence[tuple[str, str]], each: int
    ) -> list[Deployment]:
        """The latest of each service and environment, `each` at most, without their commits.

        Environments are spelled as they are configured.
        """
        ...

    async def notes(self, deployments_: Collection[str]) -> dict[str, NotesRecord]:
        """Release notes of these deployments that there are, by deployment."""
        ...

    async def deployment(self, id_: str) -> Deployment | None:
        """One deployment with its commits."""
        ...

    async def deployed(self) -> set[tuple[str, str]]:
        """Every (service, environment) that a deployment was ever reported of."""
        ...

    async def page(self, key: str) -> Page | None:
        """One page as it stands, whatever incident it belongs to."""
        ...

    async def pages_in(self, key: str) -> list[Page]:
        """The page of that key and those whose words went out in its text or call."""
        ...

    async def handed_over(self, since: datetime, until: datetime) -> list[SentPage]:
        """Pages handed over in [since, until) that disturbed somebody, oldest first.

        Not those that only inform, tests, or words that went out in the text of another page.
        """
        ...

    async def signals(self) -> list[Signal]:
        """Every signal as it stands."""
        ...

    async def forget_checks(self, keep: Mapping[str, tuple[str, str]]) -> int:
        """Forget signals and streaks of checks that are no longer configured.

        `keep`: by the name of its streak, service and signal of each that is. Returns how many
        signals are gone.
        """
        ...

    async def silences(self, now: datetime) -> list[Silence]:
        """Those that have not ended."""
        ...

    async def untold_silences(self) -> list[Silence]:
        """Those of which nobody was told yet what happened under them, over or not."""
        ...

    async def ended_quiets(self, limit: int) -> list[Entry]:
        """Silences and maintenance windows that are over, newest first, as they were told."""
        ...

    async def overrides(self, since: datetime) -> list[TeamOverride]:
        """Overrides of rotas that end after `since` (some may not have begun), by number."""
        ...

    async def duties(self) -> tuple[list[Held], datetime | None]:
        """Who had each team's duty when it was looked last, and when that was (None: never)."""
        ...

    async def unusable(self, now: datetime) -> dict[tuple[str, str], str]:
        """(person, channel) pairs that cannot be used, with why: `opted_out` or `landline`."""
        ...

    async def note_services(self, services: Sequence[str], now: datetime) -> None:
        """These are configured: known since now, unless they were before (`Scene.first_seen`)."""
        ...

    async def note_addresses(self, addresses: Mapping[tuple[str, str], str]) -> None:
        """Digests of people's addresses by (person, channel), as configured now.

        Marks and receipts belong to a number: those of a number that was replaced are forgotten.
        """
        ...

    async def source_statuses(self) -> list[SourceStatus]:
        """What is known of every source."""
        ...

    async def note_source(
        self, name: str, at: datetime, *, error: str | None = None, cursor: str | None = None
    ) -> None:
        """A source was heard of (or failed, with `error`; "" clears what it got wrong before)."""
        ...

    async def use_once(self, nonce: str, expires_at: datetime, now: datetime) -> bool:
        """True the first time only (one-time sign-in links, and sessions, which end so)."""
        ...

    async def used(self, nonce: str) -> bool:
        """Whether `use_once` was asked for it, for as long as it had not expired."""
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
