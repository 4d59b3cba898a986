"""The timeline and the audit log: rows are added in the transaction of what they tell."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.effects import Entry
from bot.store import codec, sql
from bot.store.tables import EntryRow, table

_entries = table(EntryRow)


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
    return [
        codec.from_row(Entry, row, facts=codec.strings_from_json(row["facts"]))
        for row in await sql.rows(connection, statement)
    ]
