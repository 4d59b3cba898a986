"""SQLite's driver, with one change of threads for each statement.

aiosqlite does every step in the connection's thread and goes there and back for each of them: make
a cursor, execute, fetch, close. A change of threads takes longer than most of our statements, so
here all four are one step. What a statement found is in memory before anybody reads it, as
SQLAlchemy wants it anyway.
"""

import asyncio
import sqlite3
from collections.abc import Generator, Iterable
from typing import Any, Self

import aiosqlite

Rows = list[Any]


class OneStepCursor:
    """The part of a DBAPI cursor that SQLAlchemy uses."""

    arraysize = 1

    def __init__(self, connection: "OneStepConnection") -> None:
        self._connection = connection
        self._rows: Rows = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> None:
        """Execute a statement and keep what it found. Raises sqlite3.Error."""
        await self._connection.in_thread(self._run, sqlite3.Cursor.execute, sql, parameters)

    async def executemany(self, sql: str, parameters: Iterable[Any]) -> None:
        """Execute a statement once for each row of parameters. Raises sqlite3.Error."""
        await self._connection.in_thread(self._run, sqlite3.Cursor.executemany, sql, parameters)

    async def fetchall(self) -> Rows:
        """What the last statement found."""
        return self._rows

    async def close(self) -> None:
        """Nothing is open: each statement ends with its own step."""

    def _run(self, connection: sqlite3.Connection, execute: Any, sql: str, with_: Any) -> None:
        cursor = connection.cursor()
        try:
            execute(cursor, sql, with_)
            self._rows = cursor.fetchall()
            self.description, self.lastrowid = cursor.description, cursor.lastrowid
            self.rowcount = cursor.rowcount  # known only when all rows were fetched
        finally:
            cursor.close()


class OneStepConnection(aiosqlite.Connection):
    """A connection in a thread of its own, which keeps no process from ending."""

    def __init__(self, database: str, **options: Any) -> None:
        super().__init__(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)
        self._thread.daemon = True
        self._last_answer: asyncio.Future[Any] | None = None

    def __await__(self) -> Generator[Any, None, Self]:
        self._thread.start()
        return self._opened().__await__()

    def stop(self) -> asyncio.Future[Any] | None:
        """End the thread; what comes back is done when it has ended."""
        self._last_answer = super().stop()
        return self._last_answer

    def cursor(self) -> OneStepCursor:  # type: ignore[override]
        """A new one; nothing happens yet."""
        return OneStepCursor(self)

    async def in_thread(self, work: Any, *arguments: Any) -> None:
        """Call `work(connection, …)` there. Raises ValueError when it is closed."""
        await self._execute(work, self._conn, *arguments)  # type: ignore[no-untyped-call]

    async def _opened(self) -> Self:
        """Raises sqlite3.Error, once the thread is at rest: it answers the loop a last time, and
        aiosqlite waits for that only at a `close`. By then the loop may be gone."""
        try:
            await self._connect()
        except BaseException:
            if self._last_answer is not None:
                await self._last_answer
            raise
        return self
