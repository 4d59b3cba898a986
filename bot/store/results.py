"""Results of probes: inserted in batches, rolled up by the hour, dropped when they are old."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import StoredResult, Uptime
from bot.store import codec, facts, sql, text
from bot.store.tables import table
from bot.store.tables_watch import ChangeRow, HourRow, LatestRow, ResultRow

_results = table(ResultRow)
_latest = table(LatestRow)
_changes = table(ChangeRow)
_hourly = table(HourRow)

HOUR = timedelta(hours=1)
RAW_FOR = timedelta(hours=48)
HOURLY_FOR = timedelta(days=396)
"""13 months."""
LATE_AT_MOST = timedelta(hours=1)
"""An older result than the newest came late; one that is older by more: the clock was set back."""
ROLLED_UP = "rolled_up"
_OUTCOMES = ("up", "degraded", "down", "unknown")
_GOOD, _BAD = ("up", "degraded"), ("down",)
_SECONDS = ("first_byte", "total", "dns", "connect", "tls")
_CHECK = ("service", "check_name")
Values = dict[str, Any]


async def add(connection: AsyncConnection, results: Sequence[StoredResult]) -> None:
    """Insert them, note changes of outcome, and keep the newest of each check."""
    rows = [_row(result) for result in results]
    if not rows:
        return
    await connection.execute(sa.insert(_results), rows)
    latest, changes = _compare(await _known(connection, rows), rows)
    await sql.insert_new(connection, _changes, changes, [*_CHECK, "at"])
    await sql.upsert(connection, _latest, latest, _CHECK)


async def last(connection: AsyncConnection) -> list[StoredResult]:
    """The newest of every check."""
    statement = sa.select(_latest).order_by(_latest.c.service, _latest.c.check_name)
    return [
        codec.from_row(StoredResult, row, check=row["check_name"])
        for row in await sql.rows(connection, statement)
    ]


async def uptimes(connection: AsyncConnection, since: datetime, now: datetime) -> list[Uptime]:
    """Good and bad results of every check from `since` on.

    Hours that are rolled up count whole, from the first full hour on; raw results fill in what
    comes before and after them, as far as they are kept.
    """
    rolled_up = (await facts.load(connection)).get(ROLLED_UP, since)
    first_hour = min(_hour_after(since), now)
    border = min(max(first_hour, rolled_up), now)
    r, h = _results.c, _hourly.c
    raw = sa.or_(sa.and_(r.at >= since, r.at < first_hour), sa.and_(r.at >= border, r.at <= now))
    hours = sa.and_(h.hour >= first_hour, h.hour < border)
    parts = sa.union_all(
        sa.select(r.service, r.check_name, _count(_GOOD), _count(_BAD))
        .where(raw)
        .group_by(r.service, r.check_name),
        sa.select(
            h.service,
            h.check_name,
            sa.func.sum(h.up + h.degraded).label("good"),
            sa.func.sum(h.down).label("bad"),
        )
        .where(hours)
        .group_by(h.service, h.check_name),
    )
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in await sql.rows(connection, parts):
        total = sums[row["service"], row["check_name"]]
        total[0] += int(row["good"] or 0)
        total[1] += int(row["bad"] or 0)
    return [Uptime(*check, good, bad) for check, (good, bad) in sorted(sums.items())]


async def unrolled_hours(connection: AsyncConnection, now: datetime) -> list[datetime]:
    """Full hours to roll up, oldest first; the newest one again, for results that came late."""
    done = (await facts.load(connection)).get(ROLLED_UP)
    # Rolled up beyond now: the clock was ahead, and the hours since then are not done.
    since = done - HOUR if done is not None and done <= now else None
    hours: list[datetime] = []
    # From one hour with results to the next: a clock that begins in 1970 would make them many.
    while (hour := await _hour_with_results(connection, since)) and hour + HOUR <= now:
        hours.append(hour)
        since = hour + HOUR
    return hours


async def _hour_with_results(
    connection: AsyncConnection, since: datetime | None
) -> datetime | None:
    oldest = sa.select(sa.func.min(_results.c.at))
    if since is not None:
        oldest = oldest.where(_results.c.at >= since)
    at = (await connection.execute(oldest)).scalar()
    return None if at is None else _hour_of(at)


async def roll_up_hour(connection: AsyncConnection, hour: datetime) -> None:
    """One hour of raw results becomes one row a check. Doing it again replaces them."""
    r = _results.c
    sums = (
        sa.select(
            r.service,
            r.check_name,
            sa.literal(hour, type_=_hourly.c.hour.type).label("hour"),
            *(_count((outcome,), outcome) for outcome in _OUTCOMES),
            sa.func.count(r.total).label("timed"),
            sa.func.coalesce(sa.func.sum(r.total), 0.0).label("total_sum"),
            sa.func.max(r.total).label("total_max"),
        )
        .where(r.at >= hour, r.at < hour + HOUR)
        .group_by(r.service, r.check_name)
    )
    names = [column.name for column in sums.selected_columns]
    statement = sql.insert(connection, _hourly).from_select(names, sums)
    changes = {name: statement.excluded[name] for name in names[3:]}
    await connection.execute(
        statement.on_conflict_do_update(index_elements=[*_CHECK, "hour"], set_=changes)
    )
    await facts.save(connection, {ROLLED_UP: hour + HOUR})


async def forget_raw(connection: AsyncConnection, now: datetime, limit: int) -> int:
    """Drop raw results after 48 hours, `limit` at most; returns how many. Only rolled-up ones."""
    rolled_up = (await facts.load(connection)).get(ROLLED_UP)
    if rolled_up is None:
        return 0
    old = (
        sa.select(_results.c.id)
        .where(_results.c.at < min(now - RAW_FOR, rolled_up))
        .order_by(_results.c.at)
        .limit(limit)
    )
    done = await connection.execute(sa.delete(_results).where(_results.c.id.in_(old)))
    return done.rowcount


async def forget_hours(connection: AsyncConnection, now: datetime) -> None:
    """Drop roll-ups after 13 months, and the newest results of checks that ended so long ago."""
    before = now - HOURLY_FOR
    await connection.execute(sa.delete(_hourly).where(_hourly.c.hour < before))
    await connection.execute(sa.delete(_latest).where(_latest.c.at < before))


def _row(result: StoredResult) -> Values:
    values = asdict(result)
    values["check_name"] = values.pop("check")
    for name in _SECONDS:
        seconds = values[name]
        values[name] = seconds if seconds is not None and isfinite(seconds) else None
    return values


def _check_of(row: Mapping[str, Any]) -> tuple[str, str]:
    return text.name(row["service"]), text.name(row["check_name"])


async def _known(
    connection: AsyncConnection, rows: Iterable[Values]
) -> dict[tuple[str, str], Values]:
    services = sorted({row["service"] for row in rows})
    statement = sa.select(_latest).where(_latest.c.service.in_(services))
    # Locked in one order, so that two replicas' batches do not wait for each other in a ring.
    ordered = statement.order_by(_latest.c.service, _latest.c.check_name).with_for_update()
    return {_check_of(row): dict(row) for row in await sql.rows(connection, ordered)}


def _compare(
    known: dict[tuple[str, str], Values], rows: Sequence[Values]
) -> tuple[list[Values], list[Values]]:
    """The newest row of each check, and the changes of outcome on the way there."""
    newest, changes = {}, []
    for row in sorted(rows, key=lambda row: row["at"]):
        check = _check_of(row)
        before = known.get(check)
        if before is not None and timedelta() < before["at"] - row["at"] <= LATE_AT_MOST:
            continue
        if before is None or before["outcome"] != row["outcome"]:
            changes.append(_change(before, row))
            row = {**row, "since": row["at"]}
        else:
            row = {**row, "since": before["since"]}
        known[check] = newest[check] = row
    return [newest[check] for check in sorted(newest)], changes


def _change(before: Values | None, row: Values) -> Values:
    names = (*_CHECK, "at", "outcome", "reason", "detail")
    return {**{name: row[name] for name in names}, "before": before and before["outcome"]}


def _count(outcomes: Sequence[str], label: str | None = None) -> Any:
    counted = sa.case((_results.c.outcome.in_(outcomes), 1), else_=0)
    return sa.func.sum(counted).label(label or ("good" if outcomes == _GOOD else "bad"))


def _hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _hour_after(moment: datetime) -> datetime:
    hour = _hour_of(moment)
    return hour if hour == moment else hour + HOUR
