"""The tables that incidents, pages and deployments live in. See `tables_watch` for the rest.

Every time is aware UTC (`Utc`). `bot/store/migrations` builds the same; a test compares them.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from bot.store.types import Document, LinkList, Name, Number, Utc, Words

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
ONE_OPEN = "uq_incident_services_open"
"""The index that allows one open incident a service."""


def when(condition: str) -> dict[str, Any]:
    """The arguments of a partial index on both databases."""
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


def table(model: type[SQLModel]) -> sa.Table:
    """The table behind a model, for statements."""
    found: sa.Table = model.__table__  # type: ignore[attr-defined]
    return found


class Row(SQLModel):
    """What all tables share."""

    metadata = metadata


class EventRow(Row, table=True):
    """The inbox: every event, by its key, from before its sender is answered until it is old."""

    __tablename__ = "events"
    __table_args__ = (
        sa.Index("ix_events_pending", "id", **when("done_at IS NULL")),
        sa.Index("ix_events_signals", "id", **when("done_at IS NULL AND kind = 'signal_reported'")),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Number)
    key: str = Field(sa_type=Name, unique=True)
    kind: str = Field(sa_type=Name)
    payload: str = Field(sa_type=Document)
    received_at: datetime = Field(sa_type=Utc)
    due_at: datetime = Field(sa_type=Utc)
    done_at: datetime | None = Field(default=None, sa_type=Utc, index=True)
    attempts: int = Field(default=0)
    error: str | None = Field(default=None, sa_type=Words)
    failed: bool = Field(default=False)


class IncidentRow(Row, table=True):
    """An incident. Its services and tracks have tables of their own."""

    __tablename__ = "incidents"
    __table_args__ = (
        sa.Index("ix_incidents_open", "number", **when("state <> 'resolved'")),
        sa.Index("ix_incidents_due", "next_due_at", **when("next_due_at IS NOT NULL")),
        sa.Index("ix_incidents_weigh", "weigh_at", **when("weigh_at IS NOT NULL")),
        sa.Index("ix_incidents_split", "split_at", **when("split_at IS NOT NULL")),
        sa.Index("ix_incidents_cause", "cause_kind", **when("cause_kind IS NOT NULL")),
        sa.Index(
            "uq_incidents_imported_id",
            "imported_id",
            unique=True,
            **when("imported_id IS NOT NULL"),
        ),
    )
    number: int = Field(primary_key=True, sa_type=Number, sa_column_kwargs={"autoincrement": False})
    state: str = Field(sa_type=Name)
    began_at: datetime = Field(sa_type=Utc)
    triggered_at: datetime = Field(sa_type=Utc, index=True)
    acknowledged_at: datetime | None = Field(default=None, sa_type=Utc)
    resolved_at: datetime | None = Field(default=None, sa_type=Utc, index=True)
    resolved_by: str | None = Field(default=None, sa_type=Words)
    next_due_at: datetime | None = Field(default=None, sa_type=Utc)
    link: str = Field(sa_type=Document)
    cause_kind: str | None = Field(default=None, sa_type=Name)
    cause_deployment: str | None = Field(default=None, sa_type=Name)
    cause_note: str | None = Field(default=None, sa_type=Words)
    cause_by: str | None = Field(default=None, sa_type=Words)
    cause_at: datetime | None = Field(default=None, sa_type=Utc)
    reopened: int = Field(default=0)
    reminders: int = Field(default=0)
    remind_at: datetime | None = Field(default=None, sa_type=Utc)
    last_resort_at: datetime | None = Field(default=None, sa_type=Utc)
    merged_into: int | None = Field(default=None, sa_type=Number)
    opened_by: str | None = Field(default=None, sa_type=Words)
    again_at: datetime | None = Field(default=None, sa_type=Utc)
    storm_at: datetime | None = Field(default=None, sa_type=Utc)
    weigh_at: datetime | None = Field(default=None, sa_type=Utc)
    split_at: datetime | None = Field(default=None, sa_type=Utc)
    parted_from: str | None = Field(default=None, sa_type=Name)
    storm_told: int | None = Field(default=None)
    support_at: datetime | None = Field(default=None, sa_type=Utc)
    imported_from: str | None = Field(default=None, sa_type=Name)
    imported_id: str | None = Field(default=None, sa_type=Name)
    imported_digest: str | None = Field(default=None, sa_type=Name)
    thread_channel: str | None = Field(default=None, sa_type=Name)
    thread_ts: str | None = Field(default=None, sa_type=Name)


def _of_incident() -> Any:
    return sa.ForeignKey("incidents.number", ondelete="CASCADE")


class IncidentServiceRow(Row, table=True):
    """A service inside an incident; `open` repeats the incident's, for the index."""

    __tablename__ = "incident_services"
    __table_args__ = (
        sa.Index(ONE_OPEN, "service", unique=True, **when("open")),
        sa.Index("ix_incident_services_service", "service"),
    )
    incident: int = Field(sa_column=sa.Column(Number, _of_incident(), primary_key=True))
    service: str = Field(sa_type=Name, primary_key=True)
    position: int
    open: bool
    began_at: datetime = Field(sa_type=Utc)
    detail: str = Field(sa_type=Words)
    last_good_at: datetime | None = Field(default=None, sa_type=Utc)
    tries: int = Field(default=0)
    needed: int = Field(default=0)
    up_at: datetime | None = Field(default=None, sa_type=Utc)
    links: str | None = Field(default=None, sa_type=LinkList)
    ended: str | None = Field(default=None, sa_type=Words)
    told_at: datetime | None = Field(default=None, sa_type=Utc)


class TrackRow(Row, table=True):
    """One team's escalation inside an incident."""

    __tablename__ = "tracks"
    incident: int = Field(sa_column=sa.Column(Number, _of_incident(), primary_key=True))
    team: str = Field(sa_type=Name, primary_key=True)
    position: int
    state: str = Field(sa_type=Name)
    started_at: datetime = Field(sa_type=Utc)
    step: int = Field(default=0)
    repeated: int = Field(default=0)
    next_at: datetime | None = Field(default=None, sa_type=Utc)
    round: int = Field(default=0)
    reopening: bool = Field(default=False)
    by: str | None = Field(default=None, sa_type=Words)
    via: str | None = Field(default=None, sa_type=Words)
    at: datetime | None = Field(default=None, sa_type=Utc)


class FollowUpRow(Row, table=True):
    """What one team says after an incident that a deployment caused: asked, and once answered."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        sa.Index(
            "ix_follow_ups_waiting", "incident", **when("at IS NULL AND withdrawn_at IS NULL")
        ),
    )
    incident: int = Field(sa_column=sa.Column(Number, _of_incident(), primary_key=True))
    team: str = Field(sa_type=Name, primary_key=True)
    position: int
    asked_at: datetime = Field(sa_type=Utc)
    remind_at: datetime | None = Field(default=None, sa_type=Utc)
    reminders: int = Field(default=0)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Utc)
    by: str | None = Field(default=None, sa_type=Name)
    at: datetime | None = Field(default=None, sa_type=Utc)
    text: str = Field(default="", sa_type=Words)
    customers: str = Field(default="", sa_type=Words)


class OutboxRow(Row, table=True):
    """What is to leave the process. A page lives here and nowhere else; see `bot.store.outbox`.

    `token` fences. `dirty`: it changed while it was being sent, so it is sent again. `doubtful`:
    an earlier try may have gone, so `claimed_at` stays that of the first one. `place`: where it
    stands in line, posted one after the other in the order of the facts; None once it is out.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        sa.Index("ix_outbox_due", "due_at", **when("state = 'queued'")),
        sa.Index("ix_outbox_lease", "lease_until", **when("state = 'sending'")),
        sa.Index("ix_outbox_receipt", "receipt_due_at", **when("state = 'sent'")),
        sa.Index("ix_outbox_bundled", "bundled_into", **when("bundled_into IS NOT NULL")),
        sa.Index("ix_outbox_person", "person", "created_at", **when("kind = 'page'")),
        sa.Index("ix_outbox_incident", "incident", **when("kind = 'page'")),
        sa.Index("ix_outbox_sent", "sent_at", **when("sent_at IS NOT NULL")),
        sa.Index("ix_outbox_state_at", "kind", "state_at"),
        sa.Index("ix_outbox_place", "place", "created_at", "key", **when("place IS NOT NULL")),
    )
    key: str = Field(sa_type=Name, primary_key=True)
    kind: str = Field(sa_type=Name)
    payload: str | None = Field(default=None, sa_type=Document)
    incident: int | None = Field(default=None, sa_type=Number)
    rank: int = Field(default=0)
    state: str = Field(sa_type=Name)
    created_at: datetime = Field(sa_type=Utc)
    due_at: datetime = Field(sa_type=Utc)
    state_at: datetime | None = Field(default=None, sa_type=Utc)
    attempts: int = Field(default=0)
    token: int = Field(default=0, sa_type=Number)
    lease_until: datetime | None = Field(default=None, sa_type=Utc)
    claimed_at: datetime | None = Field(default=None, sa_type=Utc)
    dirty: bool = Field(default=False)
    doubtful: bool = Field(default=False)
    provider_id: str | None = Field(default=None, sa_type=Words)
    error: str | None = Field(default=None, sa_type=Words)
    person: str | None = Field(default=None, sa_type=Name)
    team: str | None = Field(default=None, sa_type=Name)
    channel: str | None = Field(default=None, sa_type=Name)
    urgency: int | None = Field(default=None)
    reason: str | None = Field(default=None, sa_type=Name)
    text: str | None = Field(default=None, sa_type=Words)
    line: str | None = Field(default=None, sa_type=Words)
    sent_at: datetime | None = Field(default=None, sa_type=Utc)
    receipt_due_at: datetime | None = Field(default=None, sa_type=Utc)
    step: int = Field(default=0)
    bundled_into: str | None = Field(default=None, sa_type=Name)
    fell_back: bool = Field(default=False)
    silent: bool = Field(default=False)
    held: str | None = Field(default=None, sa_type=Words)
    place: str | None = Field(default=None, sa_type=Name)


class EntryRow(Row, table=True):
    """Timeline and audit log in one: append-only (triggers), sealed once by number and hash."""

    __tablename__ = "entries"
    __table_args__ = (
        sa.Index("ix_entries_unsealed", "id", **when("number IS NULL")),
        sa.Index("ix_entries_quiet", "id", **when("kind = 'quiet_over'")),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Number)
    at: datetime = Field(sa_type=Utc, index=True)
    kind: str = Field(sa_type=Name)
    by: str = Field(sa_type=Words)
    text: str = Field(sa_type=Words)
    incident: int | None = Field(default=None, sa_type=Number, index=True)
    service: str | None = Field(default=None, sa_type=Name)
    deployment: str | None = Field(default=None, sa_type=Name)
    facts: str = Field(sa_type=Document)
    number: int | None = Field(default=None, sa_type=Number, unique=True)
    hash: str | None = Field(default=None, sa_type=Name)


class DeploymentRow(Row, table=True):
    """A deployment. `at` is its start, or the next best thing known, for ordering."""

    __tablename__ = "deployments"
    __table_args__ = (
        sa.Index("ix_deployments_service", "service", "environment", "at"),
        sa.Index("ix_deployments_at", "at"),
        sa.Index("ix_deployments_ended", "ended_at", **when("ended_at IS NOT NULL")),
    )
    id: str = Field(sa_type=Name, primary_key=True)
    service: str = Field(sa_type=Name)
    environment: str = Field(sa_type=Name)
    at: datetime = Field(sa_type=Utc)
    version: str = Field(sa_type=Words)
    sha: str | None = Field(default=None, sa_type=Words)
    previous_sha: str | None = Field(default=None, sa_type=Words)
    state: str = Field(sa_type=Name)
    started_at: datetime | None = Field(default=None, sa_type=Utc)
    ended_at: datetime | None = Field(default=None, sa_type=Utc)
    reported_at: datetime = Field(sa_type=Utc)
    by: str | None = Field(default=None, sa_type=Words)
    url: str | None = Field(default=None, sa_type=Words)
    artifact: str | None = Field(default=None, sa_type=Words)
    by_hand: bool = Field(default=False)
    rollback: bool = Field(default=False)
    source: str = Field(default="", sa_type=Words)
    created_at: datetime | None = Field(default=None, sa_type=Utc)
    said_at: datetime | None = Field(default=None, sa_type=Utc)
    earlier: str = Field(default="[]", sa_type=Document)
    shared: bool = Field(default=False)
    untouched: bool = Field(default=False)
    range_known: str | None = Field(default=None, sa_type=Name)
    by_hand_parts: str | None = Field(default=None, sa_type=Document)
    database: str | None = Field(default=None, sa_type=Document)
    imported_digest: str | None = Field(default=None, sa_type=Name)


class CommitRow(Row, table=True):
    """A commit of a deployment's range."""

    __tablename__ = "commits"
    deployment: str = Field(
        sa_column=sa.Column(
            Name, sa.ForeignKey("deployments.id", ondelete="CASCADE"), primary_key=True
        )
    )
    sha: str = Field(sa_type=Name, primary_key=True)
    position: int
    message: str = Field(sa_type=Words)
    author: str | None = Field(default=None, sa_type=Words)
    at: datetime | None = Field(default=None, sa_type=Utc)
    url: str | None = Field(default=None, sa_type=Words)
    files: str = Field(default="[]", sa_type=Document)
    committer: str | None = Field(default=None, sa_type=Words)
    email: str | None = Field(default=None, sa_type=Words)
    login: str | None = Field(default=None, sa_type=Words)
    co_authors: str | None = Field(default=None, sa_type=Document)
    pull_request: str | None = Field(default=None, sa_type=Words)
    parents: str | None = Field(default=None, sa_type=Document)


class NotesRow(Row, table=True):
    """Release notes as they were posted, and as a manager changed them."""

    __tablename__ = "release_notes"
    deployment: str = Field(
        sa_column=sa.Column(
            Name, sa.ForeignKey("deployments.id", ondelete="CASCADE"), primary_key=True
        )
    )
    service: str = Field(sa_type=Name)
    text: str = Field(default="", sa_type=Words)
    channel: str | None = Field(default=None, sa_type=Name)
    places: str = Field(default="[]", sa_type=Document)
    posted_at: datetime | None = Field(default=None, sa_type=Utc)
    edited_text: str | None = Field(default=None, sa_type=Words)
    edited_by: str | None = Field(default=None, sa_type=Name)
    edited_at: datetime | None = Field(default=None, sa_type=Utc)
    corrected_at: datetime | None = Field(default=None, sa_type=Utc)
