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


async def silences(connection: AsyncConnection, now: datetime) -> list[Silence]:
    """Those that have not ended (some may not have begun)."""
    statement = (
        sa.select(_silences)
        .where(_silences.c.until > now, _silences.c.ended.is_(False))
        .order_by(_silences.c.since, _silences.c.id)
    )
    return [codec.from_row(Silence, row) for row in await sql.rows(connection, statement)]
