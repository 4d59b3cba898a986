"""Signals and silences: what says that a service is down, and what says not to page for it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.signal import Signal, Silence
from bot.store import codec, incidents, sql, text
from bot.store.tables import table
from bot.store.tables_watch import SignalRow, SilenceRow

_signals = table(SignalRow)
_silences = table(SilenceRow)


async def save(
    connection: AsyncConnection, signals: Sequence[Signal], silences: Sequence[Silence]
) -> None:
    """Write the new versions."""
    await sql.upsert(connection, _signals, [asdict(it) for it in signals], ["service", "name"])
    await sql.upsert(connection, _silences, [asdict(it) for it in silences], ["id"])


async def load(
    connection: AsyncConnection, services: Collection[str] | None = None
) -> list[Signal]:
    """The signals of these services as they stand; None: every one."""
    statement = sa.select(_signals).order_by(_signals.c.service, _signals.c.name)
    if services is not None:
        statement = statement.where(_signals.c.service.in_(sorted(services)))
    return [codec.from_row(Signal, row) for row in await sql.rows(connection, statement)]


async def drop(connection: AsyncConnection, keep: Iterable[tuple[str, str]]) -> int:
    """Forget checks that are not in `keep`. What alerts and people said is not a check's."""
    kept = {(text.name(service), text.name(name)) for service, name in keep}
    of_checks = sa.select(_signals).where(_signals.c.source == "check").with_for_update()
    gone = [
        row
        for row in await sql.rows(connection, of_checks)
        if (row["service"], row["name"]) not in kept
    ]
    for row in gone:
        await connection.execute(
            sa.delete(_signals).where(
                _signals.c.service == row["service"], _signals.c.name == row["name"]
            )
        )
    return len(gone)


async def unattended(connection: AsyncConnection) -> list[str]:
    """Services with a down signal that are part of no open incident."""
    statement = (
        sa.select(_signals.c.service)
        .distinct()
        .where(sql.reads(_signals.c.level, "down"))
        .where(_signals.c.service.not_in(incidents.services_of_open()))
        .order_by(_signals.c.service)
    )
    return [row["service"] for row in await sql.rows(connection, statement)]


async def expired(connection: AsyncConnection, now: datetime, limit: int = 100) -> list[Signal]:
    """Those that are not up and whose own time-out has passed, the oldest first."""
    statement = (
        sa.select(_signals)
        .where(_signals.c.expires_at <= now, sa.not_(sql.reads(_signals.c.level, "up")))
        .order_by(_signals.c.expires_at)
        .limit(limit)
    )
    return [codec.from_row(Signal, row) for row in await sql.rows(connection, statement)]


async def firing(connection: AsyncConnection) -> set[tuple[str, str]]:
    """(service, signal) of every alert that is down."""
    statement = sa.select(_signals.c.service, _signals.c.name).where(
        sql.reads(_signals.c.level, "down"), _of_alerts()
    )
    return {(row["service"], row["name"]) for row in await sql.rows(connection, statement)}


async def forget_ended(connection: AsyncConnection, before: datetime) -> None:
    """Drop alerts that were over before then: every new fingerprint would leave one for ever."""
    over = sql.reads(_signals.c.level, "up"), _signals.c.at < before, _of_alerts()
    await connection.execute(sa.delete(_signals).where(*over))


def _of_alerts() -> sa.ColumnElement[bool]:
    return _signals.c.source.not_in(("check", "hand"))


async def silences(
    connection: AsyncConnection, now: datetime, number: int | None = None
) -> list[Silence]:
    """Those that have not ended (some may not have begun), and that of `number`, over or not."""
    lasting = sa.and_(_silences.c.until > now, _silences.c.ended.is_(False))
    wanted = lasting if number is None else sa.or_(lasting, _silences.c.number == number)
    return await _read(connection, wanted)


async def untold(connection: AsyncConnection) -> list[Silence]:
    """Those of which nobody was told yet what happened under them, over or not."""
    return await _read(connection, _silences.c.number.is_not(None), _silences.c.told_at.is_(None))


async def next_number(connection: AsyncConnection) -> int:
    """The number of the next one; decisions are locked out of each other meanwhile."""
    newest = sa.select(sa.func.coalesce(sa.func.max(_silences.c.number), 0).label("newest"))
    (row,) = await sql.rows(connection, newest)
    return int(row["newest"]) + 1


async def _read(connection: AsyncConnection, *wanted: sa.ColumnElement[bool]) -> list[Silence]:
    statement = sa.select(_silences).where(*wanted).order_by(_silences.c.since, _silences.c.id)
    return [codec.from_row(Silence, row) for row in await sql.rows(connection, statement)]
