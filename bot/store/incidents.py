"""Incidents with their services and tracks: saved whole, loaded whole."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.follow_up import FollowUp
from bot.core.incident import Affected, Cause, Incident, Track
from bot.core.storm_events import OfServices
from bot.store import codec, deployments, sql
from bot.store.tables import FollowUpRow, IncidentRow, IncidentServiceRow, TrackRow, table
from bot.store.tables_watch import CounterRow

_incidents = table(IncidentRow)
_services = table(IncidentServiceRow)
_tracks = table(TrackRow)
_follow_ups = table(FollowUpRow)
_counters = table(CounterRow)

_PLAIN = [
    field.name
    for field in fields(Incident)
    if field.name not in ("services", "tracks", "link", "cause", "follow_ups")
]
_COUNTER = "incident"
LARGEST_NUMBER = 2**62
SLOWLY = timedelta(minutes=15)


async def lock_decisions(connection: AsyncConnection) -> int:
    """The last incident number. Its row is locked: decisions are made one after the other.

    So each sees what the one before it opened; it also keeps every lock in one order.
    """
    statement = sa.select(_counters.c.value).where(_counters.c.name == _COUNTER).with_for_update()
    last: int = (await connection.execute(statement)).scalar_one()
    return last


async def save(
    connection: AsyncConnection, incidents: Sequence[Incident], was: Sequence[Incident] = ()
) -> None:
    """Write the new versions. Raises an IntegrityError when a service would be in two open ones.

    `was`: the versions that this same transaction has read, so that of hundreds of services only
    those are written that changed.
    """
    if not incidents:
        return
    numbers = [incident.number for incident in incidents]
    await sql.upsert(connection, _incidents, [_row(each) for each in incidents], ["number"])
    await _write_parts(connection, incidents, [old for old in was if old.number in numbers])
    asked = [row for it in incidents for row in _asked(it)]
    await sql.upsert(connection, _follow_ups, asked, ["incident", "team"])
    await connection.execute(
        sa.update(_counters)
        .where(_counters.c.name == _COUNTER, _counters.c.value < max(numbers))
        .values(value=max(numbers))
    )


async def _write_parts(
    connection: AsyncConnection, incidents: Sequence[Incident], read: Sequence[Incident]
) -> None:
    """All out before any is in again: services move between incidents when these are merged."""
    unread = {it.number for it in incidents} - {old.number for old in read}
    for parts in (_services, _tracks) if unread else ():
        await connection.execute(sa.delete(parts).where(parts.c.incident.in_(sorted(unread))))
    for parts, name, rows in ((_services, "service", _parts), (_tracks, "team", _ways)):
        before = {(row["incident"], row[name]): row for it in read for row in rows(it)}
        after = {(row["incident"], row[name]): row for it in incidents for row in rows(it)}
        gone = [key for key, row in before.items() if after.get(key) != row]
        await _remove(connection, parts, name, gone)
        new = [row for key, row in after.items() if before.get(key) != row]
        await sql.insert_all(connection, parts, new)


async def _remove(
    connection: AsyncConnection, parts: sa.Table, name: str, keys: Sequence[tuple[int, str]]
) -> None:
    if not keys:
        return
    statement = sa.delete(parts).where(
        parts.c.incident == sa.bindparam("of"), parts.c[name] == sa.bindparam("which")
    )
    await connection.execute(statement, [{"of": number, "which": key} for number, key in keys])


async def load(
    connection: AsyncConnection,
    numbers: Sequence[int] | sa.Select[Any] | sa.CompoundSelect[Any],
    *,
    lock: bool = False,
) -> list[Incident]:
    """These incidents, in the order of their numbers. `lock`: `FOR UPDATE`."""
    wanted = list(numbers) if isinstance(numbers, Sequence) else numbers
    if wanted == []:
        return []
    statement = sa.select(_incidents).where(_incidents.c.number.in_(wanted))
    statement = statement.order_by(_incidents.c.number)
    rows = await sql.rows(connection, statement.with_for_update() if lock else statement)
    return await _complete(connection, rows)


async def listed(connection: AsyncConnection, which: sa.Select[Any]) -> list[Incident]:
    """Those of a statement that selects rows of theirs, in its order."""
    return await _complete(connection, await sql.rows(connection, which))


async def due(connection: AsyncConnection, now: datetime) -> list[int]:
    """Those whose next step or reminder has come; of a resolved one it is about its follow-up."""
    # Sorted here: for the order SQLite would rather read every incident there ever was.
    statement = sa.select(_incidents.c.number).where(_incidents.c.next_due_at <= now)
    return sorted(row["number"] for row in await sql.rows(connection, statement))


async def count_causes(connection: AsyncConnection) -> tuple[int, int]:
    """How many incidents people decided on, and how many of those a deployment had caused."""
    by_deployment = sa.case((_incidents.c.cause_kind == "deployment", 1), else_=0)
    statement = sa.select(
        sa.func.count().label("decided"), sa.func.sum(by_deployment).label("guilty")
    ).where(_incidents.c.cause_kind.is_not(None), _incidents.c.merged_into.is_(None))
    row = (await sql.rows(connection, statement))[0]
    return int(row["decided"]), int(row["guilty"] or 0)


async def waiting_for_follow_ups(connection: AsyncConnection, limit: int) -> list[Incident]:
    """Those of which a team has not said what will keep it from happening again, newest first."""
    # Spelled as in the index.
    waits = sa.text("follow_ups.at IS NULL AND follow_ups.withdrawn_at IS NULL")
    numbers = (
        sa.select(_follow_ups.c.incident)
        .where(waits)
        .distinct()
        .order_by(_follow_ups.c.incident.desc())
        .limit(limit)
    )
    found = [row["incident"] for row in await sql.rows(connection, numbers)]
    return list(reversed(await load(connection, found)))


def open_numbers() -> sa.Select[Any]:
    """Of every open incident."""
    return sa.select(_incidents.c.number).where(sa.not_(sql.reads(_incidents.c.state, "resolved")))


def by_number(numbers: Sequence[int]) -> sa.Select[Any]:
    """Of those that exist."""
    return sa.select(_incidents.c.number).where(_incidents.c.number.in_(list(numbers)))


def resolved_since(moment: datetime, services: Sequence[str]) -> sa.Select[Any]:
    """Of those resolved since then that had one of these services."""
    return (
        sa.select(_incidents.c.number)
        .join(_services, _services.c.incident == _incidents.c.number)
        .where(_incidents.c.resolved_at >= moment, _services.c.service.in_(list(services)))
    )


def triggered_since(moment: datetime, services: Sequence[str]) -> sa.Select[Any]:
    """Of those triggered since then that have one of these services."""
    return (
        sa.select(_incidents.c.number)
        .join(_services, _services.c.incident == _incidents.c.number)
        .where(_incidents.c.triggered_at >= moment, _services.c.service.in_(list(services)))
    )


def opened_since(moment: datetime) -> sa.Select[Any]:
    """Of the open ones that began since then, or that are storms.

    One that was reopened may be older: its outage began up to `SLOWLY` before it was confirmed.
    """
    lately = sa.or_(
        _incidents.c.triggered_at >= moment,
        _incidents.c.storm_at.is_not(None),
        _incidents.c.again_at >= moment - SLOWLY,
    )
    return open_numbers().where(lately)


async def due_of_several(
    connection: AsyncConnection, now: datetime
) -> tuple[OfServices, OfServices]:
    """Those whose deployments are to be weighed anew, and those that services may leave."""
    weighed = await _with_services(connection, _incidents.c.weigh_at <= now)
    return weighed, await _with_services(connection, _incidents.c.split_at <= now)


async def _with_services(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> OfServices:
    due = sa.select(_incidents.c.number).where(which)
    statement = (
        sa.select(_services.c.incident, _services.c.service)
        .where(_services.c.incident.in_(due))
        .order_by(_services.c.incident, _services.c.position)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for row in await sql.rows(connection, statement):
        found[row["incident"]].append(row["service"])
    return [(number, tuple(services)) for number, services in found.items()]


def open_of(services: Sequence[str]) -> sa.Select[Any]:
    """Of the open ones that have one of these services."""
    return sa.select(_services.c.incident).where(
        sa.text("incident_services.open"), _services.c.service.in_(list(services))
    )


def services_of_open() -> sa.Select[Any]:
    """Every service that is part of an open incident."""
    # Spelled as in the index: SQLAlchemy would say `open = 1`, which SQLite does not recognise.
    is_open = sa.text("incident_services.open")
    return sa.select(_services.c.service).where(is_open)


def _row(incident: Incident) -> dict[str, Any]:
    cause = incident.cause
    return {
        **{name: getattr(incident, name) for name in _PLAIN},
        "next_due_at": incident.next_due_at,
        "link": codec.link_to_json(incident.link),
        "cause_kind": cause.kind if cause else None,
        "cause_deployment": cause.deployment if cause else None,
        "cause_note": cause.note if cause else None,
        "cause_by": cause.by if cause else None,
        "cause_at": cause.at if cause else None,
    }


def _parts(incident: Incident) -> list[dict[str, Any]]:
    return [
        {
            "incident": incident.number,
            "position": position,
            "open": incident.open,
            **{field.name: getattr(part, field.name) for field in fields(Affected)},
        }
        for position, part in enumerate(incident.services)
    ]


def _ways(incident: Incident) -> list[dict[str, Any]]:
    return [
        {
            "incident": incident.number,
            "position": position,
            **{field.name: getattr(track, field.name) for field in fields(Track)},
        }
        for position, track in enumerate(incident.tracks)
    ]


def _asked(incident: Incident) -> list[dict[str, Any]]:
    return [
        {
            "incident": incident.number,
            "position": position,
            **{field.name: getattr(part, field.name) for field in fields(FollowUp)},
        }
        for position, part in enumerate(incident.follow_ups)
    ]


async def _complete(
    connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]
) -> list[Incident]:
    if not rows:
        return []
    numbers = [row["number"] for row in rows]
    services = await _by_incident(connection, _services, Affected, numbers)
    tracks = await _by_incident(connection, _tracks, Track, numbers)
    decided = [row["number"] for row in rows if row["cause_kind"] is not None]
    asked = await _by_incident(connection, _follow_ups, FollowUp, decided) if decided else {}
    bare = [codec.link_from_json(row["link"]) for row in rows]
    named = set().union(*(codec.deployments_in(link) for link in bare))
    commits = await deployments.commits_of(connection, named)
    found = []
    for row, link in zip(rows, bare, strict=True):
        incident = codec.from_row(
            Incident,
            row,
            services=tuple(services[row["number"]]),
            tracks=tuple(tracks[row["number"]]),
            link=codec.with_commits(link, commits),
            cause=_cause(row),
            follow_ups=tuple(asked.get(row["number"], ())),
        )
        found.append(incident)
    return found


async def _by_incident(
    connection: AsyncConnection, parts: sa.Table, kind: type[Any], numbers: Sequence[int]
) -> dict[int, list[Any]]:
    statement = sa.select(parts).where(parts.c.incident.in_(numbers)).order_by(parts.c.position)
    found: dict[int, list[Any]] = defaultdict(list)
    for row in await sql.rows(connection, statement):
        found[row["incident"]].append(codec.from_row(kind, row))
    return found


def _cause(row: Mapping[str, Any]) -> Cause | None:
    if row["cause_kind"] is None:
        return None
    return Cause(
        kind=row["cause_kind"],
        deployment=row["cause_deployment"],
        note=row["cause_note"] or "",
        by=row["cause_by"] or "",
        at=row["cause_at"],
    )
