"""Deployments and their commits. Commits are only ever added."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.deployment import Commit, Deployment, RangeKnown
from bot.store import codec, linked, sql, text
from bot.store.tables import CommitRow, DeploymentRow, table
from bot.store.tables_watch import ServiceSeenRow

_deployments = table(DeploymentRow)
_commits = table(CommitRow)
_seen = table(ServiceSeenRow)

HISTORY = timedelta(days=35)
WITH_COMMITS = timedelta(days=4)
"""Commits are loaded of those that may be suspects (3 days), not of the whole history."""
_APART = ("commits", "earlier", "by_hand_parts", "database")
"""Fields that are tables or documents."""
_PLAIN = [field.name for field in fields(Deployment) if field.name not in _APART]
_LISTS = ("files", "co_authors", "parents")
_OF_COMMIT = [field.name for field in fields(Commit) if field.name not in _LISTS]
IDS_AT_ONCE = 5000
PLACES_AT_ONCE = 100
"""SQLite takes 500 terms of a union at most."""


def moment(deployment: Deployment) -> datetime:
    """Where it stands in time: its start, or the next best thing that is known."""
    return deployment.started_at or deployment.ended_at or deployment.reported_at


async def heard_of(connection: AsyncConnection) -> set[tuple[str, str]]:
    """Every (service, environment) that a deployment was ever reported of."""
    statement = sa.select(_deployments.c.service, _deployments.c.environment).distinct()
    return {(it["service"], it["environment"]) for it in await sql.rows(connection, statement)}


async def save(connection: AsyncConnection, deployments: Sequence[Deployment]) -> None:
    """Write the new versions; commits known before stay.

    What was imported and is now told of live is a live one from here on.
    """
    values = [
        {
            **{name: getattr(it, name) for name in _PLAIN},
            "at": moment(it),
            "earlier": codec.attempts_to_json(it.earlier),
            "by_hand_parts": codec.strings_to_json(it.by_hand_parts),
            "database": codec.database_to_json(it.database),
            "imported_digest": None,
        }
        for it in deployments
    ]
    await sql.upsert(connection, _deployments, values, ["id"])
    rows = [row for it in deployments for row in _commit_rows(it)]
    await sql.upsert(connection, _commits, rows, ["deployment", "sha"])
    await see(connection, [(it.service, moment(it)) for it in deployments])


async def see(connection: AsyncConnection, seen: Sequence[tuple[str, datetime]]) -> None:
    """Services are known since then at the latest."""
    first: dict[str, datetime] = {}
    for service, at in seen:
        first[service] = min(at, first.get(service, at))
    for service in sorted(first):
        statement = sql.insert(connection, _seen).values(service=service, first_seen=first[service])
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=["service"],
                set_={"first_seen": statement.excluded.first_seen},
                where=_seen.c.first_seen > statement.excluded.first_seen,
            )
        )


async def first_seen(
    connection: AsyncConnection, services: Sequence[str], now: datetime
) -> dict[str, datetime]:
    """Since when each is known; those never asked for before are known from now on."""
    if not services:
        return {}
    statement = sa.select(_seen).where(_seen.c.service.in_(list(services)))
    known = {row["service"]: row["first_seen"] for row in await sql.rows(connection, statement)}
    strange = [(it, now) for it in services if text.name(it) not in known]
    await see(connection, strange)
    return known | dict(strange)


async def of_scene(
    connection: AsyncConnection, linked: Sequence[str], ids: Collection[str], now: datetime
) -> list[Deployment]:
    """Those of `linked` over 35 days and the last one before, and those named in `ids`."""
    d = _deployments.c
    wanted: list[sa.Select[Any]] = []
    if linked:
        of_linked = d.service.in_(list(linked))
        since = now - HISTORY
        last = (
            sa.select(d.service, d.environment, sa.func.max(d.at))
            .where(of_linked, d.at < since)
            .group_by(d.service, d.environment)
        )
        wanted.append(sa.select(d.id).where(of_linked, d.at >= since))
        wanted.append(sa.select(d.id).where(sa.tuple_(d.service, d.environment, d.at).in_(last)))
    if ids:
        wanted.append(sa.select(d.id).where(d.id.in_(sorted(ids))))
    if not wanted:
        return []
    statement = sa.select(_deployments).where(d.id.in_(sa.union(*wanted))).order_by(d.at, d.id)
    found = [_from_row(row) for row in await sql.rows(connection, statement)]
    newest = {(it.service, it.environment): it.id for it in found}
    full = {it.id for it in found if moment(it) >= now - WITH_COMMITS}
    return await _filled(connection, found, full | set(ids) | set(newest.values()))


async def between(
    connection: AsyncConnection, services: Sequence[str], since: datetime, until: datetime
) -> list[Deployment]:
    """See `History.deployments`: without their commits."""
    d = _deployments.c
    of_them = d.service.in_(list(services))
    last = (
        sa.select(d.service, d.environment, sa.func.max(d.at))
        .where(of_them, d.at < since)
        .group_by(d.service, d.environment)
    )
    found: list[Deployment] = []
    for which in (
        sa.and_(of_them, d.at >= since, d.at < until),
        sa.tuple_(d.service, d.environment, d.at).in_(last),
    ):
        rows = await sql.rows(connection, sa.select(_deployments).where(which))
        found += [_from_row(row) for row in rows]
    return found


async def newest(
    connection: AsyncConnection,
    *,
    service: str | None,
    environment: str | None,
    since: datetime | None,
    until: datetime | None,
    before: str | None,
    state: str | None,
    incidents: linked.How | None,
    limit: int,
) -> list[Deployment]:
    """See `Store.deployments`. An unknown cursor finds nothing."""
    d = _deployments.c
    statement = sa.select(_deployments).order_by(d.at.desc(), d.id.desc()).limit(limit)
    statement = statement.where(d.untouched.is_(False))
    if service is not None:
        statement = statement.where(d.service == service)
    if environment is not None:
        statement = statement.where(sa.func.lower(d.environment) == environment.strip().lower())
    if since is not None:
        statement = statement.where(d.at >= since)
    if until is not None:
        statement = statement.where(d.at < until)
    if state is not None:
        statement = statement.where(d.state == state)
    if incidents is not None:
        statement = statement.where(d.id.in_(linked.deployments_with(connection, incidents, since)))
    if before is not None:
        cursor = sa.select(d.at, d.id).where(d.id == before).subquery("cursor")
        place = sa.tuple_(d.at, d.id) < sa.tuple_(cursor.c.at, cursor.c.id)
        statement = statement.join(cursor, place)
    found = [_from_row(row) for row in await sql.rows(connection, statement)]
    return await _filled(connection, found, {it.id for it in found})


async def latest(
    connection: AsyncConnection, places: Sequence[tuple[str, str]], each: int
) -> list[Deployment]:
    """See `Store.latest_deployments`: a look into the index for each place."""
    d = _deployments.c
    found: list[Deployment] = []
    for start in range(0, len(places), PLACES_AT_ONCE):
        wanted = [
            sa.select(d.id)
            .where(d.service == service, d.environment == environment, d.untouched.is_(False))
            .order_by(d.at.desc(), d.id.desc())
            .limit(each)
            .subquery(f"place_{number}")
            for number, (service, environment) in enumerate(places[start : start + PLACES_AT_ONCE])
        ]
        ids = sa.union_all(*(sa.select(it.c.id) for it in wanted))
        statement = sa.select(_deployments).where(d.id.in_(ids))
        found += [_from_row(row) for row in await sql.rows(connection, statement)]
    return found


async def one(connection: AsyncConnection, id_: str) -> Deployment | None:
    """With its commits."""
    statement = sa.select(_deployments).where(_deployments.c.id == id_)
    found = [_from_row(row) for row in await sql.rows(connection, statement)]
    complete = await _filled(connection, found, {it.id for it in found})
    return complete[0] if complete else None


async def commits_of(
    connection: AsyncConnection, ids: Collection[str]
) -> dict[str, tuple[Commit, ...]]:
    """Commits by deployment id, in the order in which they were reported."""
    found: dict[str, list[Commit]] = defaultdict(list)
    ordered = sorted(ids)
    for start in range(0, len(ordered), IDS_AT_ONCE):
        statement = (
            sa.select(_commits)
            .where(_commits.c.deployment.in_(ordered[start : start + IDS_AT_ONCE]))
            .order_by(_commits.c.deployment, _commits.c.position, _commits.c.sha)
        )
        for row in await sql.rows(connection, statement):
            lists = {name: codec.strings_from_json(row[name]) for name in _LISTS}
            found[row["deployment"]].append(codec.from_row(Commit, row, **lists))
    return {id_: tuple(commits) for id_, commits in found.items()}


async def _filled(
    connection: AsyncConnection, found: list[Deployment], ids: Collection[str]
) -> list[Deployment]:
    commits = await commits_of(connection, ids)
    return [replace(it, commits=commits[it.id]) if it.id in commits else it for it in found]


def _commit_rows(deployment: Deployment) -> list[dict[str, Any]]:
    return [
        {
            "deployment": deployment.id,
            "position": position,
            **{name: getattr(commit, name) for name in _OF_COMMIT},
            **{name: codec.strings_to_json(getattr(commit, name)) for name in _LISTS},
        }
        for position, commit in enumerate(deployment.commits)
    ]


def _from_row(row: Mapping[str, Any]) -> Deployment:
    return codec.from_row(
        Deployment,
        row,
        commits=(),
        earlier=codec.attempts_from_json(row["earlier"]),
        range_known=row["range_known"] or RangeKnown.UNKNOWN,
        by_hand_parts=codec.strings_from_json(row["by_hand_parts"]),
        database=codec.database_from_json(row["database"]),
    )
