"""Overrides of teams' rotas: who stands in, and until when."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.overrides import TeamOverride
from bot.store import codec, sql
from bot.store.tables import table
from bot.store.tables_watch import OverrideRow

_overrides = table(OverrideRow)


async def save(connection: AsyncConnection, overrides: Sequence[TeamOverride]) -> None:
    """Write the new versions."""
    await sql.upsert(connection, _overrides, [asdict(it) for it in overrides], ["id"])


async def load(connection: AsyncConnection, since: datetime) -> list[TeamOverride]:
    """Those that end after `since` (some may not have begun), by number."""
    statement = sa.select(_overrides).where(_overrides.c.end > since).order_by(_overrides.c.id)
    return [codec.from_row(TeamOverride, row) for row in await sql.rows(connection, statement)]


async def next_number(connection: AsyncConnection) -> int:
    """The number of the next one; decisions are locked out of each other meanwhile."""
    newest = sa.select(sa.func.coalesce(sa.func.max(_overrides.c.id), 0).label("newest"))
    (row,) = await sql.rows(connection, newest)
    return int(row["newest"]) + 1
