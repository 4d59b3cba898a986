"""What both databases say alike, but SQLAlchemy spells per dialect: INSERT … ON CONFLICT."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Insert = postgresql.Insert | sqlite.Insert
Values = Mapping[str, Any]

PARAMETERS_AT_MOST = 20_000
"""SQLite allows 32,766 in a statement, PostgreSQL 65,535."""


def insert(connection: AsyncConnection, table: sa.Table) -> Insert:
    """An INSERT of this connection's dialect, which knows ON CONFLICT."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def chunks(rows: Sequence[Values]) -> Iterator[Sequence[Values]]:
    """Parts small enough for one statement each."""
    if not rows:
        return
    size = max(1, PARAMETERS_AT_MOST // max(1, len(rows[0])))
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


async def insert_all(connection: AsyncConnection, table: sa.Table, rows: Sequence[Values]) -> None:
    """Insert rows; nothing to do for none."""
    for part in chunks(rows):
        await connection.execute(sa.insert(table).values(list(part)))


async def insert_new(
    connection: AsyncConnection, table: sa.Table, rows: Sequence[Values], key: Sequence[str]
) -> int:
    """Insert those whose key is not there yet; returns how many that were."""
    count = 0
    for part in chunks(rows):
        statement = insert(connection, table).values(list(part))
        done = statement.on_conflict_do_nothing(index_elements=key).returning(*_key(table, key))
        count += len((await connection.execute(done)).all())
    return count


async def upsert(
    connection: AsyncConnection,
    table: sa.Table,
    rows: Sequence[Values],
    key: Sequence[str],
    *,
    keep: Iterable[str] = (),
) -> None:
    """Insert rows, or replace what the given columns hold; `keep` names columns to leave alone."""
    for part in chunks(_last_of_each(rows, key)):
        statement = insert(connection, table).values(list(part))
        unchanged = {*key, *keep}
        changes = {name: statement.excluded[name] for name in part[0] if name not in unchanged}
        await connection.execute(
            statement.on_conflict_do_update(index_elements=key, set_=changes)
            if changes
            else statement.on_conflict_do_nothing(index_elements=key)
        )


async def rows(connection: AsyncConnection, statement: Any) -> list[dict[str, Any]]:
    """All rows of a SELECT or of a RETURNING, by column name."""
    return [dict(row) for row in (await connection.execute(statement)).mappings()]


def reads(column: sa.Column[Any], word: str) -> sa.ColumnElement[bool]:
    """`column = 'word'`, spelled out: SQLite does not use a partial index for a parameter.

    `word` is one of ours, never text from outside.
    """
    return column == sa.literal_column(f"'{word}'")


def _key(table: sa.Table, key: Sequence[str]) -> list[sa.Column[Any]]:
    return [table.c[name] for name in key]


def _last_of_each(rows: Sequence[Values], key: Sequence[str]) -> list[Values]:
    """PostgreSQL refuses to touch a row twice in one upsert."""
    return list({tuple(row[name] for name in key): row for row in rows}.values())
