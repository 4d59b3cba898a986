"""Moments that are remembered between decisions: since when Midwatch is blind or in trouble."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Sighting
from bot.store import sql
from bot.store.tables import table
from bot.store.tables_watch import FactRow

_facts = table(FactRow)

BLIND = "blind"
SEEN = "canary_seen"
TROUBLE = "trouble:"
DUTY_SEEN = "duty_seen"
AHEAD = "ahead:"


async def load(connection: AsyncConnection) -> dict[str, datetime]:
    """All of them."""
    return {row["name"]: row["at"] for row in await sql.rows(connection, sa.select(_facts))}


async def sighting(connection: AsyncConnection) -> Sighting:
    """What is remembered of the canaries."""
    known = await load(connection)
    return Sighting(blind_since=known.get(BLIND), seen_at=known.get(SEEN))


async def save(connection: AsyncConnection, changes: Mapping[str, datetime | None]) -> None:
    """Set them; None forgets."""
    gone = [name for name, at in changes.items() if at is None]
    if gone:
        await connection.execute(sa.delete(_facts).where(_facts.c.name.in_(gone)))
    kept = [{"name": name, "at": at} for name, at in changes.items() if at is not None]
    await sql.upsert(connection, _facts, kept, ["name"])


def troubles(known: Mapping[str, datetime]) -> dict[str, datetime]:
    """The parts of our own that fail, and since when."""
    return _of(TROUBLE, known)


def told_ahead(known: Mapping[str, datetime]) -> dict[str, datetime]:
    """Which week ahead was told (its digest), and when."""
    return _of(AHEAD, known)


def _of(prefix: str, known: Mapping[str, datetime]) -> dict[str, datetime]:
    length = len(prefix)
    return {name[length:]: at for name, at in known.items() if name.startswith(prefix)}
