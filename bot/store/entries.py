"""The timeline and the audit log: rows are added in the transaction of what they tell."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.effects import Entry
from bot.core.scene import Happened
from bot.store import codec, sql
from bot.store.tables import EntryRow, table

_entries = table(EntryRow)
MOST = 1000
"""Changes that one window is told of; what flapped all night is not read whole."""


async def add(connection: AsyncConnection, entries: Sequence[Entry]) -> None:
    """Append them. The database refuses to change or delete them afterwards."""
    values = [
        {
            "at": it.at,
            "kind": it.kind,
            "by": it.by,
            "text": it.text,
            "incident": it.incident,
            "service": it.service,
            "deployment": it.deployment,
            "facts": codec.strings_to_json(it.facts),
        }
        for it in entries
    ]
    await sql.insert_all(connection, _entries, values)


async def of_incident(connection: AsyncConnection, number: int) -> list[Entry]:
    """The timeline of one incident, oldest first."""
    statement = (
        sa.select(_entries)
        .where(_entries.c.incident == number)
        .order_by(_entries.c.at, _entries.c.id)
    )
    return await _read(connection, statement)


async def changes(connection: AsyncConnection, asked: Happened | None) -> list[Entry]:
    """What became of signals in a span of time, oldest first: the first `MOST` of it."""
    if asked is None:
        return []
    statement = (
        sa.select(_entries)
        .where(_entries.c.at >= asked.since, _entries.c.at < asked.until)
        .where(_entries.c.kind == "signal")
        .order_by(_entries.c.at, _entries.c.id)
        .limit(MOST)
    )
    if asked.services:
        statement = statement.where(_entries.c.service.in_(asked.services))
    return await _read(connection, statement)


async def ended_quiets(connection: AsyncConnection, limit: int) -> list[Entry]:
    """Silences and maintenance windows that are over, newest first."""
    statement = (
        sa.select(_entries)
        .where(sql.reads(_entries.c.kind, "quiet_over"))
        .order_by(_entries.c.id.desc())
        .limit(limit)
    )
    return await _read(connection, statement)


async def _read(connection: AsyncConnection, statement: sa.Select[Any]) -> list[Entry]:
    return [
        codec.from_row(Entry, row, facts=codec.strings_from_json(row["facts"]))
        for row in await sql.rows(connection, statement)
    ]
