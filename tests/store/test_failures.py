"""When the database cannot: StoreUnavailable in time and without secrets; bugs stay bugs."""

import asyncio
import resource
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.core.scene import Need
from bot.ports import StoreUnavailable
from bot.store import BadAddress, SqlStore, inbox, migrate, open_store, pending
from tests.house.database import migrated
from tests.house.ports import kept_port
from tests.store.world import NOW, TestClock, down, events, result, scene

Opener = Callable[[str], SqlStore]
HURRY_SECONDS = 0.2


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite database."""
    return migrated(f"sqlite:///{tmp_path / 'midwatch.db'}")


@contextmanager
def write_lock(url: str) -> Iterator[None]:
    """Another process writes, and does not come to an end."""
    path = url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_a_locked_file_is_waited_for_but_not_for_ever(sqlite_url: str) -> None:
    store = open_store(sqlite_url, clock=TestClock(), wait_seconds=HURRY_SECONDS)
    await store.ping()
    with write_lock(sqlite_url):
        with pytest.raises(StoreUnavailable, match="locked"):
            await store.receive(events("a"), NOW)
        with pytest.raises(StoreUnavailable):
            async with store.transaction():
                pass
        # Readers go on.
        assert await store.undecided(["a"]) == ["a"]
        assert await store.signals() == []
    assert await store.receive(events("a"), NOW) == 1
    await store.close()


async def test_a_reader_does_not_wait_for_a_writer_in_the_same_process(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.add_events(events("a"), NOW)
        assert await store.undecided(["a"]) == ["a"]
        assert await store.incidents() == []


async def test_a_writer_that_takes_too_long_loses_its_transaction(sqlite_url: str) -> None:
    store = open_store(sqlite_url, clock=TestClock(), wait_seconds=0.02)

    async def linger() -> None:
        async with store.transaction() as tx:
            await tx.add_events(events("a"), NOW)
            await asyncio.Event().wait()

    with pytest.raises(StoreUnavailable, match="too long"):
        await linger()
    assert await store.receive(events("a"), NOW) == 1
    await store.close()


async def test_a_time_out_of_the_callers_own_stays_their_own(store: SqlStore) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02), store.transaction():
            await asyncio.Event().wait()
    with pytest.raises(TimeoutError):
        async with store.transaction():
            raise TimeoutError
    await store.ping()


async def fill(store: SqlStore) -> None:
    for number in range(200):
        await store.add_results([result(check=f"{number}-{n}") for n in range(50)])


async def test_a_full_disk_is_said_and_survived(sqlite_url: str) -> None:
    store = open_store(sqlite_url, clock=TestClock())
    await store.ping()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    size = Path(sqlite_url.removeprefix("sqlite:///")).stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        with pytest.raises(StoreUnavailable):
            await fill(store)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert await store.receive(events("a"), NOW) == 1
    await store.close()


async def test_a_file_that_is_missing_or_no_database_is_said(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'is-not-there' / 'x.db'}", clock=TestClock())
    with pytest.raises(StoreUnavailable, match="unable to open"):
        await store.ping()
    await store.close()
    garbage = tmp_path / "garbage.db"
    garbage.write_bytes(b"this is no database, " * 400)
    store = open_store(f"sqlite:///{garbage}", clock=TestClock())
    with pytest.raises(StoreUnavailable, match="not a database"):
        await store.ping()
    await store.close()


async def test_a_read_only_database_is_said(store: SqlStore, kind: str) -> None:
    """A file on a read-only disk (root may write to any other), a stand-by after a fail-over."""
    only_read = {
        "sqlite": "PRAGMA query_only = ON",
        "postgresql": "SET LOCAL transaction_read_only = on",
    }

    async def write() -> None:
        async with store.database.transaction() as db:
            await db.execute(sa.text(only_read[kind]))
            await inbox.add(db, events("a"), NOW)

    with pytest.raises(StoreUnavailable, match=r"read-?only"):
        await write()


async def test_a_server_that_is_not_there_is_said_without_the_password() -> None:
    with kept_port() as port:
        url = f"postgresql://midwatch:hush-hush@127.0.0.1:{port}/midwatch"
        store = open_store(url, clock=TestClock(), wait_seconds=1)
        for ask in (store.ping(), store.receive(events("a"), NOW), pending(url), migrate(url)):
            with pytest.raises(StoreUnavailable) as error:
                await ask
            assert "hush-hush" not in str(error.value)
        await store.close()


async def test_a_wrong_password_is_said_without_it(postgres_url: str) -> None:
    url = sa.make_url(postgres_url).set(password="hush-hush")
    store = open_store(url.render_as_string(hide_password=False), clock=TestClock())
    with pytest.raises(StoreUnavailable, match="authentication") as error:
        await store.ping()
    assert "hush-hush" not in repr(error.value)
    await store.close()


class Line:
    """A line to PostgreSQL that can go dead: open, but nothing comes through."""

    def __init__(self, server: sa.URL) -> None:
        self.server = server
        self.alive = asyncio.Event()
        self.alive.set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Line":
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        port = self._listener.sockets[0].getsockname()[1]
        return self.server.set(port=port).render_as_string(hide_password=False)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection(self.server.host, self.server.port)
        for source, target in ((reader, there[1]), (there[0], writer)):
            task = asyncio.create_task(self._carry(source, target))
            self._tasks.add(task)

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            await self.alive.wait()
            target.write(data)
        target.close()


async def test_a_dead_line_is_not_waited_for_long(postgres_database: Callable[[], str]) -> None:
    url = postgres_database()
    await migrate(url)
    async with Line(sa.make_url(url)) as line:
        store = open_store(line.url, clock=TestClock(), wait_seconds=HURRY_SECONDS)
        await store.ping()
        line.alive.clear()
        started = time.monotonic()
        with pytest.raises(StoreUnavailable, match="does not answer"):
            await store.receive(events("a"), NOW)
        assert time.monotonic() - started < 10 * HURRY_SECONDS
        line.alive.set()
        assert await store.receive(events("b"), NOW) == 1
        await store.close()


async def test_connections_that_break_are_replaced(store: SqlStore, kind: str) -> None:
    if kind == "sqlite":
        await store.database.writer.dispose()
    else:
        await kick_everybody(store)
    assert await store.receive(events("a"), NOW) == 1


async def kick_everybody(store: SqlStore) -> None:
    """The server ends every connection to this database but the one that asks."""
    kick = sa.text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await asyncio.gather(store.ping(), store.ping())
    async with store.database.transaction() as db:
        await db.execute(kick)


@pytest.mark.parametrize("kind", ["postgresql"])
async def test_a_connection_that_breaks_in_a_transaction_is_said(
    opened: Callable[[], SqlStore],
) -> None:
    store, other = opened(), opened()

    async def interrupted() -> None:
        async with store.transaction() as tx:
            await tx.add_events(events("a"), NOW)
            await kick_everybody(other)
            await tx.add_events(events("b"), NOW)

    with pytest.raises(StoreUnavailable):
        await interrupted()
    assert await store.undecided(["a", "b"]) == ["a", "b"]


async def test_a_lock_that_is_not_let_go_is_not_waited_for_long(
    database_url: str, store: SqlStore
) -> None:
    hurried = open_store(database_url, clock=TestClock(), wait_seconds=HURRY_SECONDS)
    started = time.monotonic()
    async with store.transaction() as tx:
        await tx.add_events(events("a"), NOW)
        await tx.scene(Need(), NOW)
        with pytest.raises(StoreUnavailable):
            await scene(hurried)
    assert time.monotonic() - started < 10 * HURRY_SECONDS
    await scene(hurried)
    await hurried.close()


async def test_a_bug_stays_a_bug(store: SqlStore) -> None:
    with pytest.raises(DBAPIError):
        async with store.database.transaction() as db:
            await db.execute(sa.text("SELECT nothing FROM nowhere"))
    with pytest.raises(IntegrityError):
        async with store.database.transaction() as db:
            await db.execute(sa.text("INSERT INTO streaks (check_name) VALUES ('x')"))
    with pytest.raises(sa.exc.StatementError, match="time zone"):
        await store.receive([("a", down())], NOW.replace(tzinfo=None))
    await store.ping()


@pytest.mark.parametrize(
    "address",
    [
        "mysql://root:hush-hush@host/x",
        "sqlite://",
        "sqlite:///:memory:",
        "hush-hush",
        "",
        "postgresql://u:hush-hush@host:port/x",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_quoting_it(address: str) -> None:
    with pytest.raises(BadAddress) as error:
        open_store(address, clock=TestClock())
    assert "hush-hush" not in str(error.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
async def test_platforms_spell_postgresql_in_several_ways(postgres_url: str, scheme: str) -> None:
    url = f"{scheme}://{postgres_url.partition('://')[2]}"
    store = open_store(url, clock=TestClock())
    await store.ping()
    await store.close()
