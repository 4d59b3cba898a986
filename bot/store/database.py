"""Connections: one writer and a few readers on SQLite, a pool on PostgreSQL. Every wait ends.

Nothing here relies on a session's state, so that a transaction pooler may stand in between:
no prepared statements, and time-outs are set inside each transaction.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.ports import StoreUnavailable
from bot.store.address import Address
from bot.store.errors import translated
from bot.store.sqlite_driver import OneStepConnection

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

WAIT_SECONDS = 5.0
"""The longest wait for a lock, a connection or the pool."""
SYNCHRONOUS = "FULL"
"""SQLite's word for: a commit returns when it is on the disk. Only tests say less."""
READERS = 4
POOL, POOL_MORE = 8, 8


class Database:
    """A writer and a reader for one address. `wait_seconds` bounds each single wait.

    A whole transaction gets three times that.
    """

    def __init__(self, address: Address, wait_seconds: float = WAIT_SECONDS) -> None:
        self.address = address
        self.deadline_seconds = wait_seconds * 3
        if address.is_sqlite:
            self.writer = _sqlite(address, wait_seconds, "BEGIN IMMEDIATE", 1)
            self.reader = _sqlite(address, wait_seconds, "BEGIN", READERS)
        else:
            self.writer = self.reader = _postgres(address, wait_seconds)
        self._abandoned: set[asyncio.Task[Any]] = set()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """One write transaction: commits unless an exception leaves the block.

        Raises StoreUnavailable and Conflict in place of the drivers' errors.
        """
        deadline = asyncio.timeout(self.deadline_seconds)
        try:
            async with deadline, self.writer.begin() as connection:
                yield connection
        except TimeoutError as error:
            if deadline.expired():
                raise StoreUnavailable("the transaction took too long") from error
            raise
        except Exception as error:
            raise_translated(error)

    async def write(self, work: Work[T]) -> T:
        """Do one piece of work in a write transaction of its own."""
        return await self._bounded(self.writer, work)

    async def read(self, work: Work[T]) -> T:
        """Look something up. On SQLite readers neither take nor wait for the write lock."""
        return await self._bounded(self.reader, work)

    async def _bounded(self, engine: AsyncEngine, work: Work[T]) -> T:
        """A driver may take long to give up a connection whose server is gone: that clean-up
        goes on by itself, and the caller gets an answer in time."""
        task = asyncio.ensure_future(_in_transaction(engine, work))
        try:
            done, _ = await asyncio.wait({task}, timeout=self.deadline_seconds)
        except asyncio.CancelledError:
            self._abandon(task)
            raise
        if not done:
            self._abandon(task)
            raise StoreUnavailable("the database does not answer")
        try:
            return task.result()
        except Exception as error:
            raise_translated(error)
            raise

    def _abandon(self, task: asyncio.Task[Any]) -> None:
        task.cancel()
        self._abandoned.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._abandoned.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that nobody is told that it was never retrieved

    async def close(self) -> None:
        """Let go of every connection."""
        if self._abandoned:
            await asyncio.wait(set(self._abandoned), timeout=self.deadline_seconds)
        await self.writer.dispose()
        if self.reader is not self.writer:
            await self.reader.dispose()


def raise_translated(error: Exception) -> None:
    """Raise the port's error for it, or the error itself."""
    other = translated(error)
    if other is error:
        raise error
    raise other from error


async def _in_transaction(engine: AsyncEngine, work: Work[T]) -> T:
    async with engine.begin() as connection:
        return await work(connection)


def _sqlite(address: Address, wait_seconds: float, begin: str, connections: int) -> AsyncEngine:
    engine = create_async_engine(
        address.url,
        connect_args={"timeout": wait_seconds, "async_creator_fn": OneStepConnection},
        pool_size=connections,
        max_overflow=0,
        pool_timeout=wait_seconds,
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # The driver would begin transactions by its own rules: begin them here instead.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {int(wait_seconds * 1000)}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin_so(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgres(address: Address, wait_seconds: float) -> AsyncEngine:
    milliseconds = int(wait_seconds * 1000)
    engine = create_async_engine(
        address.url,
        connect_args={
            "connect_timeout": max(2, int(wait_seconds)),
            "prepare_threshold": None,
            "application_name": "midwatch",
            "keepalives_idle": 15,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": milliseconds * 2,
        },
        pool_size=POOL,
        max_overflow=POOL_MORE,
        pool_timeout=wait_seconds,
        pool_pre_ping=True,
        pool_recycle=1800,
        hide_parameters=True,
        use_native_hstore=False,
    )
    limits = (
        f"SET LOCAL statement_timeout = {milliseconds * 2};"
        f"SET LOCAL lock_timeout = {milliseconds};"
        f"SET LOCAL idle_in_transaction_session_timeout = {milliseconds * 2}"
    )

    @event.listens_for(engine.sync_engine, "begin")
    def begin_so(connection: Connection) -> None:
        connection.exec_driver_sql(limits)

    return engine
