"""A migrated database of each kind, a clock that tests own, and a store over both."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from bot.store import SqlStore, migrate, open_store
from bot.store.migrate import script
from bot.store.tables import metadata
from tests.house.database import migrated
from tests.store.world import TestClock


@pytest.fixture(scope="session")
def migrated_database(postgres_url: str) -> Iterator[str]:
    """The URL of a PostgreSQL database whose tables are emptied after each test."""
    name = f"store_{secrets.token_hex(4)}"
    url = f"{postgres_url.rpartition('/')[0]}/{name}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"'.encode())
    asyncio.run(migrate(url))
    yield url
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def empty(url: str) -> None:
    """As after migrating. Triggers and foreign keys, which would object, are off meanwhile."""
    statements = ["SET LOCAL session_replication_role = replica"]
    statements += [f"DELETE FROM {table.name}" for table in metadata.sorted_tables]
    statements += [
        "INSERT INTO counters (name, value) VALUES ('incident', 0)",
        f"UPDATE alembic_version SET version_num = '{script().get_current_head()}'",
    ]
    with psycopg.connect(url) as connection:
        connection.execute(";".join(statements).encode())


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which database: every test that asks runs on both."""
    found: str = request.param
    return found


@pytest.fixture
def database_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with empty tables."""
    if kind == "sqlite":
        yield migrated(f"sqlite:///{tmp_path / 'midwatch.db'}")
        return
    url: str = request.getfixturevalue("migrated_database")
    yield url
    empty(url)


@pytest.fixture
def clock() -> TestClock:
    """Time stands still until the test moves it."""
    return TestClock()


@pytest.fixture
async def opened(database_url: str, clock: TestClock) -> AsyncIterator[Callable[[], SqlStore]]:
    """Opens one more store on the same database, as another process would; closes all."""
    stores: list[SqlStore] = []

    def another() -> SqlStore:
        stores.append(open_store(database_url, clock=clock))
        return stores[-1]

    yield another
    for store in stores:
        await store.close()


@pytest.fixture
def store(opened: Callable[[], SqlStore]) -> SqlStore:
    """The store."""
    return opened()
