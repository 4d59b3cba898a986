"""`bot.ports.Store` on SQLite and PostgreSQL: the same statements on both.

Each method is one transaction. How things are kept is in the file of each subject beside this.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.deployment import Deployment
from bot.core.effects import Entry
from bot.core.events import Event
from bot.core.fairness import SentPage
from bot.core.held import Held
from bot.core.incident import Incident
from bot.core.notes_record import NotesRecord
from bot.core.overrides import TeamOverride
from bot.core.page import Page, PageState
from bot.core.signal import Signal, Silence
from bot.core.storm_events import OfServices
from bot.ports import (
    Clock,
    Delivery,
    IncidentView,
    LinkedIncident,
    SourceStatus,
    Transaction,
)
from bot.store import (
    deployments,
    duties,
    entries,
    inbox,
    incident_list,
    incidents,
    linked,
    marks,
    memory,
    notes,
    outbox,
    overrides,
    pages,
    settling,
    signals,
    views,
)
from bot.store.audit import SqlAuditLog
from bot.store.database import Database
from bot.store.history import SqlHistory
from bot.store.numbers import NumberQueries
from bot.store.probing_queries import ProbingQueries
from bot.store.release_queries import ReleaseQueries
from bot.store.transaction import SqlTransaction


class SqlStore(ProbingQueries, ReleaseQueries, NumberQueries):
    """The database. Every method may raise StoreUnavailable; see `bot.ports.Store` for each."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database, self.clock = database, clock

    @property
    def audit(self) -> SqlAuditLog:
        """What seals, checks and shows the audit log."""
        return SqlAuditLog(self.database)

    @property
    def history(self) -> SqlHistory:
        """What an import asks and writes."""
        return SqlHistory(self.database)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Raises Conflict when a service would be in two open incidents."""
        async with self.database.transaction() as connection:
            yield SqlTransaction(connection)

    async def receive(
        self,
        events: Sequence[tuple[str, Event]],
        now: datetime,
        *,
        streak: tuple[str, str] | None = None,
    ) -> int:
        """Commit events, and the streak they come from, to the inbox; returns how many were new."""

        async def keep(db: AsyncConnection) -> int:
            if streak is not None:
                await memory.save_streak(db, *streak, now)
            return await inbox.add(db, events, now)

        return await self.database.write(keep)

    async def undecided(self, keys: Sequence[str]) -> list[str]:
        """Which of these wait, have failed, or never reached the inbox."""
        return await self.database.read(lambda db: inbox.undecided(db, keys))

    async def in_turn(self, keys: Sequence[str], since: datetime) -> list[str]:
        """Which of these only wait their turn: untried, while an event was decided since then."""
        return await self.database.read(lambda db: inbox.in_turn(db, keys, since))

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
        """Record an outcome under the delivery's token; False: somebody else owns the row."""
        outcome = settling.Settlement(
            state, provider_id, error, due_at, receipt_due_at, uncounted, tuple(events), out_of_line
        )
        return await self.database.write(lambda db: settling.settle(db, delivery, outcome, now))

    async def stalled_deliveries(self, now: datetime, limit: int) -> list[Delivery]:
        """Rows whose lease ran out, claimed anew. Looks before it takes the write lock."""
        if not await self.database.read(lambda db: outbox.any_stalled(db, now)):
            return []
        return await self.database.write(lambda db: outbox.stalled(db, now, limit))

    async def abandon_leases(self, now: datetime) -> int:
        """At the start of a SQLite file's only process. A shared database's leases may live."""
        if not self.database.address.is_sqlite:
            return 0
        return await self.database.write(lambda db: outbox.abandon(db, now))

    async def silent_pages(self, now: datetime, limit: int) -> list[Page]:
        """Pages whose receipt is overdue, each once a minute."""
        if not await self.database.read(lambda db: pages.any_silent(db, now)):
            return []
        return await self.database.write(lambda db: pages.silent(db, now, limit))

    async def due_incidents(self, now: datetime) -> list[int]:
        """Open ones whose next step or reminder has come."""
        return await self.database.read(lambda db: incidents.due(db, now))

    async def due_of_several(self, now: datetime) -> tuple[OfServices, OfServices]:
        """Incidents whose deployments are weighed anew, and those that services may leave."""
        return await self.database.read(lambda db: incidents.due_of_several(db, now))

    async def unattended(self, now: datetime) -> list[str]:
        """Services that are down and part of no open incident."""
        return await self.database.read(signals.unattended)

    async def expired(self, now: datetime) -> list[Signal]:
        """Alerts whose own time-out has passed."""
        return await self.database.read(lambda db: signals.expired(db, now))

    async def firing(self) -> set[tuple[str, str]]:
        """(service, signal) of every alert that is down."""
        return await self.database.read(signals.firing)

    async def incident(self, number: int) -> IncidentView | None:
        """With its pages, timeline and the silences of its services as of the clock's now."""
        now = self.clock.now()
        return await self.database.read(lambda db: views.incident(db, number, now))

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
        """Newest first; `state` may also be `open`."""
        which = incident_list.newest(
            state=state,
            service=service,
            since=since,
            until=until,
            before=before,
            cause=cause,
            limit=limit,
        )
        return await self.database.read(lambda db: incidents.listed(db, which))

    async def waiting_for_follow_ups(self, limit: int = 50) -> list[Incident]:
        """Deploy-caused incidents of which a team has not answered, newest first."""
        return await self.database.read(lambda db: incidents.waiting_for_follow_ups(db, limit))

    async def deployments(
        self,
        *,
        service: str | None = None,
        environment: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: str | None = None,
        state: str | None = None,
        incidents: linked.How | None = None,
        limit: int = 50,
    ) -> list[Deployment]:
        """Newest first by start."""
        return await self.database.read(
            lambda db: deployments.newest(
                db,
                service=service,
                environment=environment,
                since=since,
                until=until,
                before=before,
                state=state,
                incidents=incidents,
                limit=limit,
            )
        )

    async def incidents_of(
        self, deployments: Sequence[Deployment]
    ) -> dict[str, list[LinkedIncident]]:
        """By the deployment's id, newest first."""
        return await self.database.read(lambda db: linked.incidents_of(db, deployments))

    async def latest_deployments(
        self, places: Sequence[tuple[str, str]], each: int
    ) -> list[Deployment]:
        """The latest of each place, without their commits."""
        return await self.database.read(lambda db: deployments.latest(db, places, each))

    async def deployment(self, id_: str) -> Deployment | None:
        """One, with its commits."""
        return await self.database.read(lambda db: deployments.one(db, id_))

    async def notes(self, deployments_: Collection[str]) -> dict[str, NotesRecord]:
        """Release notes of these deployments that there are, by deployment."""
        found = await self.database.read(lambda db: notes.load(db, deployments_))
        return {record.deployment: record for record in found}

    async def deployed(self) -> set[tuple[str, str]]:
        """Every (service, environment) that a deployment was ever reported of."""
        return await self.database.read(deployments.heard_of)

    async def page(self, key: str) -> Page | None:
        """One page, in an incident or not."""
        return await self.database.read(lambda db: pages.one(db, key))

    async def pages_in(self, key: str) -> list[Page]:
        """The page itself and those that it carries."""
        return await self.database.read(lambda db: pages.carried(db, key))

    async def handed_over(self, since: datetime, until: datetime) -> list[SentPage]:
        """Pages of [since, until) that disturbed somebody, oldest first."""
        return await self.database.read(lambda db: pages.handed_over(db, since, until))

    async def signals(self) -> list[Signal]:
        """Every signal as it stands."""
        return await self.database.read(signals.load)

    async def forget_checks(self, keep: Mapping[str, tuple[str, str]]) -> int:
        """Forget checks that are not in `keep`; what alerts and people said stays."""

        async def forget(db: AsyncConnection) -> int:
            await memory.forget_streaks(db, keep)
            return await signals.drop(db, keep.values())

        return await self.database.write(forget)

    async def silences(self, now: datetime) -> list[Silence]:
        """Those that have not ended."""
        return await self.database.read(lambda db: signals.silences(db, now))

    async def untold_silences(self) -> list[Silence]:
        """Those of which nobody was told yet what happened under them, over or not."""
        return await self.database.read(signals.untold)

    async def ended_quiets(self, limit: int) -> list[Entry]:
        """Silences and maintenance windows that are over, newest first."""
        return await self.database.read(lambda db: entries.ended_quiets(db, limit))

    async def overrides(self, since: datetime) -> list[TeamOverride]:
        """Overrides of rotas that end after `since`, by number."""
        return await self.database.read(lambda db: overrides.load(db, since))

    async def duties(self) -> tuple[list[Held], datetime | None]:
        """Who had each team's duty when it was looked last, and when that was."""
        return await self.database.read(duties.seen)

    async def unusable(self, now: datetime) -> dict[tuple[str, str], str]:
        """Addresses that cannot be used, and why."""
        return (await self.database.read(lambda db: marks.load(db, now)))[0]

    async def note_services(self, services: Sequence[str], now: datetime) -> None:
        """These are configured: known since now, unless they were before."""

        async def note(db: AsyncConnection) -> None:
            await deployments.first_seen(db, services, now)

        await self.database.write(note)

    async def note_addresses(self, addresses: Mapping[tuple[str, str], str]) -> None:
        """These are the addresses now; what was known of others is forgotten."""
        await self.database.write(lambda db: marks.note_addresses(db, addresses))

    async def source_statuses(self) -> list[SourceStatus]:
        """By name."""
        return await self.database.read(memory.sources)

    async def note_source(
        self, name: str, at: datetime, *, error: str | None = None, cursor: str | None = None
    ) -> None:
        """Heard of, or failed with `error`."""
        await self.database.write(lambda db: memory.note_source(db, name, at, error, cursor))

    async def use_once(self, nonce: str, expires_at: datetime, now: datetime) -> bool:
        """True the first time only, while it has not expired."""
        return await self.database.write(lambda db: memory.use_once(db, nonce, expires_at, now))

    async def used(self, nonce: str) -> bool:
        """Whether it was used, while it had not expired."""
        return await self.database.read(lambda db: memory.used(db, nonce))

    async def lease(self, name: str, owner: str, now: datetime, lasts: timedelta) -> int | None:
        """Take or renew; the token, or None while another owner holds it."""
        return await self.database.write(lambda db: memory.lease(db, name, owner, now, lasts))

    async def ping(self) -> None:
        """Whether the writer answers; on SQLite this proves that the file can be locked."""

        async def ask(db: AsyncConnection) -> None:
            await db.execute(sa.text("SELECT 1"))

        await self.database.write(ask)

    async def close(self) -> None:
        """Let go of every connection."""
        await self.database.close()
