"""Release notes: as they were posted, and as a manager changed them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.notes_record import NotesRecord
from bot.store import codec, sql
from bot.store.tables import NotesRow, table

_notes = table(NotesRow)


async def save(connection: AsyncConnection, records: Sequence[NotesRecord]) -> None:
    """Write the new versions."""
    rows = [asdict(it) | {"places": codec.strings_to_json(it.places)} for it in records]
    await sql.upsert(connection, _notes, rows, ["deployment"])


async def load(connection: AsyncConnection, deployments: Collection[str]) -> list[NotesRecord]:
    """Those of these deployments that there are."""
    if not deployments:
        return []
    statement = sa.select(_notes).where(_notes.c.deployment.in_(sorted(deployments)))
    return [_record(row) for row in await sql.rows(connection, statement)]


def _record(row: Mapping[str, Any]) -> NotesRecord:
    return codec.from_row(NotesRecord, row, places=codec.strings_from_json(row["places"]))
