"""A database as `midwatch migrate` leaves it, without migrating once more for each test.

In this process a commit does not wait for the disk: no test cuts the power. In the processes that
tests start it does, and tests/store/test_crash.py wants to hear so. And a statement that one test
has compiled for SQLite is compiled for the next one too, although it opens engines of its own.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite

from bot.store import database, migrate

database.SYNCHRONOUS = "OFF"

_COMPILED: dict[Any, Any] = {}
# Part of a statement's key is the dialect: each engine has its own, and all are alike.
SQLiteDialect_aiosqlite.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
SQLiteDialect_aiosqlite.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign]


@event.listens_for(Engine, "engine_connect")
def _compiled_once(connection: Connection) -> None:
    if isinstance(connection.dialect, SQLiteDialect_aiosqlite):
        connection.execution_options(compiled_cache=_COMPILED)


def migrated(database_url: str) -> str:
    """Make this SQLite file, with empty tables; one that is there is left alone.

    Returns the URL.
    """
    path = Path(database_url.removeprefix("sqlite:///"))
    if not path.exists():
        path.write_bytes(_empty_tables())
    return database_url


@cache
def _empty_tables() -> bytes:
    with TemporaryDirectory() as folder, ThreadPoolExecutor(1) as outside_of_any_loop:
        path = Path(folder) / "midwatch.db"
        outside_of_any_loop.submit(asyncio.run, migrate(f"sqlite:///{path}")).result()
        return path.read_bytes()
