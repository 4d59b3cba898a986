"""Who has each team's duty, as it was seen last."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.held import Held
from bot.store import facts, sql
from bot.store.tables import table
from bot.store.tables_watch import DutyRow

_duties = table(DutyRow)


async def save(connection: AsyncConnection, duties: Sequence[Held]) -> None:
    """Write the new versions."""
    values = [
        {
            "team": it.team,
            "people": " ".join(it.people),
            "before": " ".join(it.before),
            "since": it.since,
            "turns": it.turns,
        }
        for it in duties
    ]
    await sql.upsert(connection, _duties, values, ["team"])


async def load(connection: AsyncConnection) -> list[Held]:
    """All of them, also of teams that left the configuration."""
    return [
        Held(
            team=row["team"],
            people=tuple(row["people"].split()),
            before=tuple(row["before"].split()),
            since=row["since"],
            turns=row["turns"],
        )
        for row in await sql.rows(connection, sa.select(_duties))
    ]


async def seen(connection: AsyncConnection) -> tuple[list[Held], datetime | None]:
    """All of them, and when they were looked at last."""
    known = await facts.load(connection)
    return await load(connection), known.get(facts.DUTY_SEEN)
