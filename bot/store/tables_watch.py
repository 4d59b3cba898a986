"""The tables of what is watched and remembered: signals, marks, results, leases, small facts."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from bot.store.tables import Row, when
from bot.store.types import Document, LinkList, Name, Number, Utc, Words

UNTOLD = "number IS NOT NULL AND told_at IS NULL"
"""Silences of which nobody was told yet what happened under them."""


class SignalRow(Row, table=True):
    """What one check, alert or person says of a service now."""

    __tablename__ = "signals"
    __table_args__ = (sa.Index("ix_signals_down", "service", **when("level = 'down'")),)
    service: str = Field(sa_type=Name, primary_key=True)
    name: str = Field(sa_type=Name, primary_key=True)
    source: str = Field(sa_type=Name)
    level: str = Field(sa_type=Name)
    began_at: datetime = Field(sa_type=Utc)
    at: datetime = Field(sa_type=Utc)
    detail: str = Field(default="", sa_type=Words)
    reason: str = Field(default="", sa_type=Words)
    last_good_at: datetime | None = Field(default=None, sa_type=Utc)
    tries: int = Field(default=0)
    needed: int = Field(default=0)
    expires_at: datetime | None = Field(default=None, sa_type=Utc, index=True)
    links: str | None = Field(default=None, sa_type=LinkList)


class SilenceRow(Row, table=True):
    """A silence or a maintenance window that somebody asked for; those of one `number` are one."""

    __tablename__ = "silences"
    __table_args__ = (sa.Index("ix_silences_untold", "number", **when(UNTOLD)),)
    id: str = Field(sa_type=Name, primary_key=True)
    service: str | None = Field(default=None, sa_type=Name)
    since: datetime = Field(sa_type=Utc)
    until: datetime = Field(sa_type=Utc, index=True)
    reason: str = Field(default="", sa_type=Words)
    by: str | None = Field(default=None, sa_type=Words)
    kind: str = Field(default="silence", sa_type=Name)
    ended: bool = Field(default=False)
    number: int | None = Field(default=None, sa_type=Number)
    asked_at: datetime | None = Field(default=None, sa_type=Utc)
    told_at: datetime | None = Field(default=None, sa_type=Utc)


class OverrideRow(Row, table=True):
    """Somebody who stands in for a team's rota; kept when it is over, so that it can be told."""

    __tablename__ = "overrides"
    id: int = Field(primary_key=True, sa_type=Number, sa_column_kwargs={"autoincrement": False})
    team: str = Field(sa_type=Name)
    person: str = Field(sa_type=Name)
    replaces: str | None = Field(default=None, sa_type=Name)
    start: datetime = Field(sa_type=Utc)
    end: datetime = Field(sa_type=Utc, index=True)
    by: str = Field(sa_type=Name)
    asked_at: datetime = Field(sa_type=Utc)


class DutyRow(Row, table=True):
    """Who has a team's duty as it was seen last: keys of people, apart by spaces."""

    __tablename__ = "duties"
    team: str = Field(sa_type=Name, primary_key=True)
    people: str = Field(default="", sa_type=Words)
    before: str = Field(default="", sa_type=Words)
    since: datetime = Field(sa_type=Utc)
    turns: str = Field(default="", sa_type=Name)


class MarkRow(Row, table=True):
    """What is known of a person's address: unusable or not, and whether it gives receipts.

    `address` is a digest of it: all of this is known of one number, not of whoever has it.
    `silent_since` is when the first message that stayed without a receipt was sent, `answered_at`
    when the first receipt came.
    """

    __tablename__ = "marks"
    person: str = Field(sa_type=Name, primary_key=True)
    channel: str = Field(sa_type=Name, primary_key=True)
    address: str | None = Field(default=None, sa_type=Name)
    mark: str | None = Field(default=None, sa_type=Name)
    mark_at: datetime | None = Field(default=None, sa_type=Utc)
    silent_since: datetime | None = Field(default=None, sa_type=Utc)
    answered_at: datetime | None = Field(default=None, sa_type=Utc)


class StreakRow(Row, table=True):
    """A check's streak, so that a restart forgets none."""

    __tablename__ = "streaks"
    check_name: str = Field(sa_type=Name, primary_key=True)
    document: str = Field(sa_type=Document)
    at: datetime = Field(sa_type=Utc)


class _Measured(Row):
    """The columns of one result."""

    kind: str = Field(sa_type=Name)
    outcome: str = Field(sa_type=Name)
    reason: str = Field(sa_type=Words)
    detail: str = Field(sa_type=Words)
    first_byte: float | None = None
    total: float | None = None
    dns: float | None = None
    connect: float | None = None
    tls: float | None = None


class ResultRow(_Measured, table=True):
    """Raw results, kept for 48 hours."""

    __tablename__ = "results"
    __table_args__ = (
        sa.Index("ix_results_at", "at"),
        sa.Index("ix_results_check", "service", "check_name", "at"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=Number)
    service: str = Field(sa_type=Name)
    check_name: str = Field(sa_type=Name)
    at: datetime = Field(sa_type=Utc)


class LatestRow(_Measured, table=True):
    """The newest result of every check, and since when its outcome is what it is."""

    __tablename__ = "results_latest"
    service: str = Field(sa_type=Name, primary_key=True)
    check_name: str = Field(sa_type=Name, primary_key=True)
    at: datetime = Field(sa_type=Utc)
    since: datetime = Field(sa_type=Utc)


class ChangeRow(Row, table=True):
    """Changes of a check's outcome: kept for ever."""

    __tablename__ = "result_changes"
    service: str = Field(sa_type=Name, primary_key=True)
    check_name: str = Field(sa_type=Name, primary_key=True)
    at: datetime = Field(sa_type=Utc, primary_key=True)
    before: str | None = Field(default=None, sa_type=Name)
    outcome: str = Field(sa_type=Name)
    reason: str = Field(sa_type=Words)
    detail: str = Field(sa_type=Words)


class HourRow(Row, table=True):
    """One hour of one check: how often each outcome came, and how long it took (seconds)."""

    __tablename__ = "results_hourly"
    service: str = Field(sa_type=Name, primary_key=True)
    check_name: str = Field(sa_type=Name, primary_key=True)
    hour: datetime = Field(sa_type=Utc, primary_key=True, index=True)
    up: int = 0
    degraded: int = 0
    down: int = 0
    unknown: int = 0
    timed: int = 0
    total_sum: float = 0.0
    total_max: float | None = None


class HeartbeatRow(Row, table=True):
    """The calls of a job that must call in."""

    __tablename__ = "heartbeats"
    name: str = Field(sa_type=Name, primary_key=True)
    created_at: datetime = Field(sa_type=Utc)
    ok_at: datetime | None = Field(default=None, sa_type=Utc)
    start_at: datetime | None = Field(default=None, sa_type=Utc)
    fail_at: datetime | None = Field(default=None, sa_type=Utc)
    warn_at: datetime | None = Field(default=None, sa_type=Utc)
    message: str = Field(default="", sa_type=Words)


class PushRow(Row, table=True):
    """Commits that were pushed, for the deployments that will name them."""

    __tablename__ = "pushes"
    repository: str = Field(sa_type=Name, primary_key=True)
    after: str = Field(sa_type=Name, primary_key=True)
    before: str = Field(sa_type=Name)
    at: datetime = Field(sa_type=Utc, index=True)
    commits: str = Field(sa_type=Document)


class SourceRow(Row, table=True):
    """When a deployment source was last heard of."""

    __tablename__ = "sources"
    name: str = Field(sa_type=Name, primary_key=True)
    seen_at: datetime | None = Field(default=None, sa_type=Utc)
    error_at: datetime | None = Field(default=None, sa_type=Utc)
    error: str | None = Field(default=None, sa_type=Words)
    cursor: str | None = Field(default=None, sa_type=Document)


class NonceRow(Row, table=True):
    """Digests of one-time links that were used."""

    __tablename__ = "nonces"
    digest: str = Field(sa_type=Name, primary_key=True)
    expires_at: datetime = Field(sa_type=Utc, index=True)


class LeaseRow(Row, table=True):
    """Who may do what only one may do, until when, under which token."""

    __tablename__ = "leases"
    name: str = Field(sa_type=Name, primary_key=True)
    owner: str = Field(sa_type=Name)
    until: datetime = Field(sa_type=Utc)
    token: int = Field(sa_type=Number)


class ServiceSeenRow(Row, table=True):
    """Since when a service is known: how long the history of its deployments can be."""

    __tablename__ = "services_seen"
    service: str = Field(sa_type=Name, primary_key=True)
    first_seen: datetime = Field(sa_type=Utc)


class FactRow(Row, table=True):
    """Moments that are remembered: `blind`, `trouble:twilio`, `rolled_up`."""

    __tablename__ = "facts"
    name: str = Field(sa_type=Name, primary_key=True)
    at: datetime = Field(sa_type=Utc)


class CounterRow(Row, table=True):
    """The last incident number. Its row is the lock under which decisions are made."""

    __tablename__ = "counters"
    name: str = Field(sa_type=Name, primary_key=True)
    value: int = Field(sa_type=Number)


class AnchorRow(Row, table=True):
    """The audit log's head as it was noted for a day, so that a log cut short is seen."""

    __tablename__ = "audit_anchors"
    day: str = Field(sa_type=Name, primary_key=True)
    number: int = Field(sa_type=Number)
    hash: str = Field(sa_type=Name)
    at: datetime = Field(sa_type=Utc)
