"""Commits that were pushed, kept until a deployment names them."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.pushes import KEPT, Push
from bot.store import codec, sql
from bot.store.tables import table
from bot.store.tables_watch import PushRow

_pushes = table(PushRow)


async def save(connection: AsyncConnection, pushes: Sequence[Push], now: datetime) -> None:
    """Keep them; a push that is known stays as it was."""
    rows = [
        {
            "repository": push.repository.lower(),
            "after": push.after,
            "before": push.before,
            "at": now,
            "commits": codec.commits_to_json(push.commits),
        }
        for push in pushes
    ]
    await sql.insert_new(connection, _pushes, rows, ["repository", "after"])


async def latest(connection: AsyncConnection, repository: str | None) -> list[Push]:
    """The newest pushes of a repository (names compare without case), newest first."""
    if repository is None:
        return []
    statement = (
        sa.select(_pushes)
        .where(_pushes.c.repository == repository.lower())
        .order_by(_pushes.c.at.desc())
        .limit(KEPT)
    )
    return [
        Push(
            row["repository"],
            row["before"],
            row["after"],
            codec.commits_from_json(row["commits"]),
        )
        for row in await sql.rows(connection, statement)
    ]


async def forget(connection: AsyncConnection, before: datetime) -> None:
    """Drop what no deployment will name any more."""
    await connection.execute(sa.delete(_pushes).where(_pushes.c.at < before))
