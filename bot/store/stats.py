"""The facts of a period: columns, not rows, and a fixed number of questions however much there is.

They are read in portions, so that a year of them keeps nothing else from being done meanwhile.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.deployment import DeploymentState
from bot.core.follow_up import FollowUp
from bot.core.incident import TrackState
from bot.core.link import Label
from bot.core.page import Urgency
from bot.core.stats.facts import (
    COUNTED,
    DeploymentFact,
    Facts,
    IncidentFact,
    Outage,
    PartFact,
    TrackFact,
)
from bot.store import pages, sql
from bot.store.tables import (
    CommitRow,
    DeploymentRow,
    EntryRow,
    FollowUpRow,
    IncidentRow,
    IncidentServiceRow,
    OutboxRow,
    TrackRow,
    table,
)
from bot.store.tables_releases import ReleaseRow
from bot.store.tables_watch import ServiceSeenRow
from bot.store.types import moment, raw

_d, _c, _r = table(DeploymentRow).c, table(CommitRow).c, table(ReleaseRow).c
_i, _s, _t = table(IncidentRow).c, table(IncidentServiceRow).c, table(TrackRow).c
_o, _e, _f = table(OutboxRow).c, table(EntryRow).c, table(FollowUpRow).c
_seen = table(ServiceSeenRow).c

SUSPECTED_WITHIN = timedelta(days=5)
"""A deployment is a candidate for three days after its roll-out: incidents so long after a period
may suspect one of its deployments."""


async def broken(connection: AsyncConnection, since: datetime, until: datetime) -> Facts:
    """All but the deployments."""
    numbers = _incidents_of(since, until)
    tracks = await _tracks(connection, numbers)
    parts = await _parts(connection, numbers)
    breaks = await _breaks(connection, numbers)
    asked = await _follow_ups(connection, numbers)
    return Facts(
        incidents=tuple(await _incidents(connection, numbers, Apart(parts, tracks, breaks, asked))),
        pages=tuple(await pages.handed_over(connection, since, until)),
        outages=tuple(await _outages(connection)),
        known_since={
            row[0]: row[1]
            async for row in sql.each(connection, sa.select(_seen.service, _seen.first_seen))
        },
    )


def _ended_in(since: datetime, until: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(_d.ended_at >= since, _d.ended_at < until)


def _incidents_of(since: datetime, until: datetime) -> sa.Select[Any]:
    """Numbers of those that were down in the period, or that its deployments caused."""
    began = _i.began_at < until + SUSPECTED_WITHIN
    still_open = sa.and_(sa.not_(sql.reads(_i.state, "resolved")), began)
    caused = sa.and_(
        _i.cause_kind == "deployment",
        _i.cause_kind.is_not(None),
        _i.cause_deployment.in_(sa.select(_d.id).where(_ended_in(since, until))),
    )
    union = sa.union(
        sa.select(_i.number).where(still_open),
        sa.select(_i.number).where(_i.resolved_at >= since, began),
        sa.select(_i.number).where(caused),
    ).subquery("found")
    return sa.select(union.c.number)


async def shipped(
    connection: AsyncConnection, since: datetime, until: datetime, service: str | None
) -> tuple[DeploymentFact, ...]:
    """The deployments that ended in the period, of that service, and those that are blamed."""
    commits = await _commits(connection, since, until, service)
    mends = sa.select(_r.deployment).where(_r.mends.is_not(None), _r.deployment.is_not(None))
    mending = {row[0] async for row in sql.each(connection, mends)}
    blamed = sa.select(_i.cause_deployment).where(
        _i.number.in_(_incidents_of(since, until)), _i.cause_deployment.is_not(None)
    )
    of_period = _of_service(_ended_in(since, until), service)
    statement = sa.select(
        *(_d.id, _d.service, _d.environment, _d.state, raw(_d.ended_at), raw(_d.started_at)),
        *(_d.version, _d.sha, _d.rollback, _d.by_hand, _d.untouched),
    ).where(_d.id.in_(sa.union(sa.select(_d.id).where(of_period), blamed)))
    found = [
        DeploymentFact(
            id=row[0],
            service=row[1],
            environment=row[2],
            state=DeploymentState(row[3]),
            ended_at=moment(row[4]),
            started_at=moment(row[5]),
            name=row[6] or (row[7] or "")[:7] or row[0],
            rollback=row[8],
            by_hand=row[9],
            mends=row[0] in mending,
            untouched=row[10],
            commits=tuple(commits.get(row[0], ())),
        )
        async for row in sql.each(connection, statement)
    ]
    return tuple(found)


async def _commits(
    connection: AsyncConnection, since: datetime, until: datetime, service: str | None
) -> dict[str, list[tuple[str, datetime]]]:
    arrived = [it.value for it in COUNTED if it is not DeploymentState.FAILED]
    brought = sa.and_(
        _ended_in(since, until), _d.state.in_(sorted(arrived)), _d.rollback.is_(False)
    )
    of = sa.select(_d.id).where(_of_service(brought, service))
    statement = sa.select(_c.deployment, _c.sha, raw(_c.at)).where(
        _c.deployment.in_(of), _c.at.is_not(None)
    )
    found: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
    async for row in sql.each(connection, statement):
        if at := moment(row[2]):
            found[row[0]].append((row[1], at))
    return found


def _of_service(which: sa.ColumnElement[bool], service: str | None) -> sa.ColumnElement[bool]:
    return which if service is None else sa.and_(which, _d.service == service)


Parts = dict[int, list[PartFact]]
Tracks = dict[int, list[TrackFact]]
Breaks = dict[int, list[tuple[datetime, datetime]]]
FollowUps = dict[int, list[FollowUp]]


@dataclass(frozen=True, slots=True)
class Apart:
    """By incident: what has a table of its own."""

    parts: Parts
    tracks: Tracks
    breaks: Breaks
    follow_ups: FollowUps


async def _incidents(
    connection: AsyncConnection, numbers: sa.Select[Any], apart: Apart
) -> list[IncidentFact]:
    label, named = _of_link(connection)
    statement = sa.select(
        *(_i.number, _i.began_at, _i.triggered_at, _i.resolved_at, _i.resolved_by),
        *(_i.cause_kind, _i.cause_deployment, label, named, _i.reopened),
    ).where(_i.number.in_(numbers), _i.merged_into.is_(None))
    return [
        IncidentFact(
            number=row[0],
            parts=tuple(apart.parts.get(row[0], ())),
            began_at=row[1],
            triggered_at=row[2],
            resolved_at=row[3],
            by_itself=row[4] is None,
            cause=row[5],
            deployment=row[6],
            label=Label(row[7] or Label.NONE),
            suspected=row[8],
            tracks=tuple(apart.tracks.get(row[0], ())),
            reopened=row[9],
            breaks=tuple(apart.breaks.get(row[0], ())),
            follow_ups=tuple(apart.follow_ups.get(row[0], ())),
        )
        async for row in sql.each(connection, statement)
    ]


def _of_link(connection: AsyncConnection) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    """Label and named deployment, read by the database: a link's document may be long.

    Only of what nobody decided; of the rest nobody asks.
    """
    label = sql.inside(connection, _i.link, "label")
    named = sql.inside(connection, _i.link, "named", "deployment", "id")
    undecided = _i.cause_kind.is_(None)
    return sa.case((undecided, label)), sa.case((undecided, named))


async def _parts(connection: AsyncConnection, numbers: sa.Select[Any]) -> Parts:
    statement = (
        sa.select(_s.incident, _s.service, _s.began_at, _s.up_at)
        .where(_s.incident.in_(numbers))
        .order_by(_s.incident, _s.position)
    )
    found: Parts = defaultdict(list)
    async for row in sql.each(connection, statement):
        found[row[0]].append(PartFact(row[1], row[2], row[3]))
    return found


async def _tracks(connection: AsyncConnection, numbers: sa.Select[Any]) -> Tracks:
    """Each with its first page of the last outage; where none went out, when it was to begin."""
    paged = (
        sa.select(_o.incident, _o.team, sa.func.min(_o.sent_at))
        .join(table(TrackRow), sa.and_(_t.incident == _o.incident, _t.team == _o.team))
        .where(sql.reads(table(OutboxRow).c.kind, "page"), _o.incident.in_(numbers))
        .where(_o.sent_at >= _t.started_at, _o.urgency < int(Urgency.INFO))
        .group_by(_o.incident, _o.team)
    )
    first = {(row[0], row[1]): row[2] async for row in sql.each(connection, paged)}
    statement = (
        sa.select(_t.incident, _t.team, _t.started_at, _t.state, _t.at)
        .where(_t.incident.in_(numbers))
        .order_by(_t.incident, _t.position)
    )
    found: Tracks = defaultdict(list)
    async for row in sql.each(connection, statement):
        came = row[4] if row[3] == TrackState.ACKNOWLEDGED else None
        found[row[0]].append(TrackFact(row[1], first.get((row[0], row[1]), row[2]), came))
    return found


async def _breaks(connection: AsyncConnection, numbers: sa.Select[Any]) -> Breaks:
    """From the timeline: when it was over, and when it was found to be down again."""
    again = sa.select(_i.number).where(_i.number.in_(numbers), _i.reopened > 0)
    statement = (
        sa.select(_e.incident, _e.kind, _e.at)
        .where(_e.incident.in_(again), _e.kind.in_(("resolved", "reopened")))
        .order_by(_e.incident, _e.at, _e.id)
    )
    found: Breaks = defaultdict(list)
    up: dict[int, datetime] = {}
    async for number, kind, at in sql.each(connection, statement):
        if kind == "resolved":
            up[number] = at
        elif number in up:
            found[number].append((up.pop(number), at))
    return found


async def _follow_ups(connection: AsyncConnection, numbers: sa.Select[Any]) -> FollowUps:
    statement = (
        sa.select(_f.incident, _f.team, _f.asked_at, _f.by, _f.at, _f.text, _f.customers)
        .where(_f.incident.in_(numbers), _f.withdrawn_at.is_(None))
        .order_by(_f.incident, _f.position)
    )
    found: FollowUps = defaultdict(list)
    async for number, team, asked_at, by, at, text, customers in sql.each(connection, statement):
        found[number].append(FollowUp(team, asked_at, by=by, at=at, text=text, customers=customers))
    return found


async def _outages(connection: AsyncConnection) -> list[Outage]:
    """Of all time: they are few, and the streaks need them all."""
    blamed = sa.and_(_i.cause_kind == "deployment", _i.cause_kind.is_not(None))
    numbers = sa.select(_i.number).where(blamed, _i.merged_into.is_(None))
    services: dict[int, list[str]] = defaultdict(list)
    down = sa.select(_s.incident, _s.service).where(_s.incident.in_(numbers)).order_by(_s.position)
    async for row in sql.each(connection, down):
        services[row[0]].append(row[1])
    teams: dict[int, list[str]] = defaultdict(list)
    paged = sa.select(_t.incident, _t.team).where(_t.incident.in_(numbers)).order_by(_t.position)
    async for row in sql.each(connection, paged):
        teams[row[0]].append(row[1])
    statement = (
        sa.select(_i.number, _i.began_at, _i.resolved_at)
        .where(_i.number.in_(numbers))
        .order_by(_i.began_at, _i.number)
    )
    return [
        Outage(row[0], tuple(services[row[0]]), tuple(teams[row[0]]), row[1], row[2])
        async for row in sql.each(connection, statement)
    ]
