"""What both databases say alike, but SQLAlchemy spells per dialect: INSERT … ON CONFLICT.

Rows go beside the statement, never inside it: so its text is compiled once and for all, and no
batch meets a limit on parameters.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Insert = postgresql.Insert | sqlite.Insert
Values = Mapping[str, Any]
PORTION = 1000


def insert(connection: AsyncConnection, table: sa.Table) -> Insert:
    """An INSERT of this connection's dialect, which knows ON CONFLICT."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


async def insert_all(connection: AsyncConnection, table: sa.Table, rows: Sequence[Values]) -> None:
    """Insert rows; nothing to do for none."""
    if rows:
        await connection.execute(sa.insert(table), list(rows))


async def insert_new(
    connection: AsyncConnection, table: sa.Table, rows: Sequence[Values], key: Sequence[str]
) -> int:
    """Insert those whose key is not there yet; returns how many that were."""
    if not rows:
        return 0
    statement = insert(connection, table).on_conflict_do_nothing(index_elements=key)
    done = await connection.execute(statement.returning(*_key(table, key)), list(rows))
    return len(done.all())


async def upsert(
    connection: AsyncConnection,
    table: sa.Table,
    rows: Sequence[Values],
    key: Sequence[str],
    *,
    keep: Iterable[str] = (),
) -> None:
    """Insert rows, or replace what the given columns hold; `keep` names columns to leave alone."""
    if not rows:
        return
    statement = insert(connection, table)
    unchanged = {*key, *keep}
    changes = {name: statement.excluded[name] for name in rows[0] if name not in unchanged}
    whole = (
        statement.on_conflict_do_update(index_elements=key, set_=changes)
        if changes
        else statement.on_conflict_do_nothing(index_elements=key)
    )
    await connection.execute(whole, list(rows))


async def rows(connection: AsyncConnection, statement: Any) -> list[dict[str, Any]]:
    """All rows of a SELECT or of a RETURNING, by column name."""
    return [dict(row) for row in (await connection.execute(statement)).mappings()]


async def each(connection: AsyncConnection, statement: Any) -> AsyncIterator[Any]:
    """Row by row, for what may be very many: after each portion everything else has its turn."""
    for portion in (await connection.execute(statement)).partitions(PORTION):
        for row in portion:
            yield row
        await asyncio.sleep(0)


def reads(column: sa.Column[Any], word: str) -> sa.ColumnElement[bool]:
    """`column = 'word'`, spelled out: SQLite does not use a partial index for a parameter.

    `word` is one of ours, never text from outside.
    """
    return column == sa.literal_column(f"'{word}'")


def inside(
    connection: AsyncConnection, document: sa.Column[Any], *path: str
) -> sa.ColumnElement[Any]:
    """The text at a place inside a JSON document, read by the database; NULL where there is none.

    `path` is of our own words, never text from outside.
    """
    if connection.dialect.name == "sqlite":
        return sa.func.json_extract(document, ".".join(("$", *path)))
    found: sa.ColumnElement[Any] = sa.cast(document, sa.JSON)[path].as_string()
    return found


def _key(table: sa.Table, key: Sequence[str]) -> list[sa.Column[Any]]:
    return [table.c[name] for name in key]
