"""The table of releases."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from bot.store.tables import Row, when
from bot.store.types import Document, Name, Number, Utc, Words


class ReleaseRow(Row, table=True):
    """A build that waits on staging, what people decided, and what became of it."""

    __tablename__ = "releases"
    __table_args__ = (
        sa.Index("ix_releases_service", "service", "announced_at"),
        sa.Index("ix_releases_due", "next_due_at", **when("next_due_at IS NOT NULL")),
        sa.Index("ix_releases_deployment", "deployment"),
        sa.Index("ix_releases_mends", "mends", **when("mends IS NOT NULL")),
    )
    id: str = Field(sa_type=Name, primary_key=True)
    service: str = Field(sa_type=Name)
    version: str = Field(sa_type=Words)
    sha: str | None = Field(default=None, sa_type=Words)
    previous_sha: str | None = Field(default=None, sa_type=Words)
    artifact: str | None = Field(default=None, sa_type=Words)
    announced_at: datetime = Field(sa_type=Utc)
    state: str = Field(sa_type=Name)
    by: str | None = Field(default=None, sa_type=Words)
    requested_by: str | None = Field(default=None, sa_type=Name)
    url: str | None = Field(default=None, sa_type=Words)
    source: str = Field(default="", sa_type=Words)
    commits: str = Field(default="[]", sa_type=Document)
    range_known: bool = Field(default=False)
    by_hand: str = Field(default="[]", sa_type=Document)
    mends: int | None = Field(default=None, sa_type=Number)
    emergency: str = Field(default="", sa_type=Name)
    staging_at: datetime | None = Field(default=None, sa_type=Utc)
    checks: str = Field(default="[]", sa_type=Document)
    green_since: datetime | None = Field(default=None, sa_type=Utc)
    seen_at: datetime | None = Field(default=None, sa_type=Utc)
    ready_at: datetime | None = Field(default=None, sa_type=Utc)
    decided_at: datetime | None = Field(default=None, sa_type=Utc)
    decided_by: str | None = Field(default=None, sa_type=Name)
    decided_via: str = Field(default="", sa_type=Name)
    reason: str = Field(default="", sa_type=Words)
    expires_at: datetime | None = Field(default=None, sa_type=Utc)
    second_by: str | None = Field(default=None, sa_type=Name)
    second_at: datetime | None = Field(default=None, sa_type=Utc)
    second_due_at: datetime | None = Field(default=None, sa_type=Utc)
    trigger: str = Field(default="none", sa_type=Name)
    triggered_at: datetime | None = Field(default=None, sa_type=Utc)
    trigger_url: str | None = Field(default=None, sa_type=Words)
    trigger_error: str = Field(default="", sa_type=Words)
    deployment: str | None = Field(default=None, sa_type=Name)
    next_due_at: datetime | None = Field(default=None, sa_type=Utc)
    asked: int = Field(default=0)
    card_channel: str | None = Field(default=None, sa_type=Name)
    card_ts: str | None = Field(default=None, sa_type=Name)
    callback: str | None = Field(default=None, sa_type=Words)
    attempts: int = Field(default=0)
    database: str = Field(default="[]", sa_type=Document)
    notes: str = Field(default="", sa_type=Words)
    notes_by: str | None = Field(default=None, sa_type=Name)
    frozen: int | None = Field(default=None, sa_type=Number)
