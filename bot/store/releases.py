"""Releases: loaded for a decision, saved with it, listed for people."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.database_changes import DatabaseChange
from bot.core.deployment import Commit
from bot.core.release import OPEN, ByHand, Release, ReleaseState, StagingCheck
from bot.store import codec, sql
from bot.store.tables import table
from bot.store.tables_releases import ReleaseRow

_releases = table(ReleaseRow)
_DOCUMENTS: Mapping[str, Any] = {
    "commits": tuple[Commit, ...],
    "by_hand": tuple[ByHand, ...],
    "checks": tuple[StagingCheck, ...],
    "database": tuple[DatabaseChange, ...],
}
_PLAIN = [field.name for field in fields(Release) if field.name not in _DOCUMENTS]
EARLIER = 50
"""Deployed ones that a decision looks back on, newest first: an artifact may return."""

GIVEN_UP = 10
"""Builds that never went out, newest first: what they brought comes with the next one."""


async def save(connection: AsyncConnection, releases: Sequence[Release]) -> None:
    """Write the new versions."""
    values = [
        {
            **{name: getattr(it, name) for name in _PLAIN},
            **{name: codec.dump(kind, getattr(it, name)) for name, kind in _DOCUMENTS.items()},
        }
        for it in releases
    ]
    await sql.upsert(connection, _releases, values, ["id"])


async def of_scene(
    connection: AsyncConnection, ids: Sequence[str], services: Sequence[str]
) -> list[Release]:
    """By id, and of these services (and of those that the ids name): the open ones, and the last
    ones that were approved, expired or deployed, and that never went out.
    """
    if not ids and not services:
        return []
    r = _releases.c
    named = [_from_row(it) for it in await sql.rows(connection, _by_ids(ids))] if ids else []
    concerned = sorted({*services, *(it.service for it in named)})
    if not concerned:
        return named
    found = {it.id: it for it in named}
    still_open = sa.select(_releases).where(r.service.in_(concerned), r.state.in_(_values(OPEN)))
    ended = (
        sa.select(_releases)
        .where(r.service.in_(concerned), r.state.in_(_values(_SIGNED)))
        .order_by(r.announced_at.desc())
        .limit(EARLIER)
    )
    given_up = (
        sa.select(_releases)
        .where(r.service.in_(concerned), r.state.in_(_values(_GIVEN_UP)))
        .order_by(r.announced_at.desc())
        .limit(GIVEN_UP)
    )
    for statement in (still_open, ended, given_up):
        for row in await sql.rows(connection, statement):
            found.setdefault(row["id"], _from_row(row))
    return list(found.values())


_GIVEN_UP = (ReleaseState.REJECTED, ReleaseState.SUPERSEDED, ReleaseState.CANCELLED)
_SIGNED = (ReleaseState.EXPIRED, ReleaseState.DEPLOYED)


async def one(connection: AsyncConnection, id_: str) -> Release | None:
    """By id."""
    rows = await sql.rows(connection, _by_ids([id_]))
    return _from_row(rows[0]) if rows else None


async def newest(
    connection: AsyncConnection, *, service: str | None, state: str | None, limit: int
) -> list[Release]:
    """Newest first by announcement."""
    r = _releases.c
    statement = sa.select(_releases).order_by(r.announced_at.desc(), r.id).limit(limit)
    if service is not None:
        statement = statement.where(r.service == service)
    if state == "open":
        statement = statement.where(r.state.in_(_values(OPEN)))
    elif state is not None:
        statement = statement.where(r.state == state)
    return [_from_row(row) for row in await sql.rows(connection, statement)]


async def due(connection: AsyncConnection, now: datetime) -> list[tuple[str, datetime]]:
    """(id, when) of those whose `next_due_at` has come."""
    r = _releases.c
    statement = sa.select(r.id, r.next_due_at).where(r.next_due_at <= now).order_by(r.next_due_at)
    return [
        (it["id"], it["next_due_at"]) for it in await sql.rows(connection, statement.limit(100))
    ]


async def of_deployments(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, Release]:
    """The release that each of these deployments used, by the deployment's id."""
    statement = sa.select(_releases).where(_releases.c.deployment.in_(list(ids)))
    found = [_from_row(row) for row in await sql.rows(connection, statement)]
    return {it.deployment: it for it in found if it.deployment}


def _by_ids(ids: Sequence[str]) -> sa.Select[Any]:
    return sa.select(_releases).where(_releases.c.id.in_(list(ids)))


def _values(states: Any) -> list[str]:
    return sorted(state.value for state in states)


def _from_row(row: Mapping[str, Any]) -> Release:
    documents = {name: codec.load(kind, row[name]) for name, kind in _DOCUMENTS.items()}
    return codec.from_row(Release, row, **documents)
