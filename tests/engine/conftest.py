"""A world on an empty SQLite file, and the same on either database."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.store import migrate
from tests.engine.ports import FakeClock
from tests.engine.world import World
from tests.house.database import migrated
from tests.house.machine import fresh_databases


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A database of the test's own."""
    return migrated(f"sqlite:///{tmp_path / 'midwatch.db'}")


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> Iterator[str]:
    """The URL of a migrated PostgreSQL database, to be copied."""
    with fresh_databases(postgres_url) as make:
        url = make()
        asyncio.run(migrate(url))
        yield url


@pytest.fixture
def postgres(migrated_postgres: str) -> Iterator[str]:
    """A migrated PostgreSQL database of the test's own."""
    server, _, template = migrated_postgres.rpartition("/")
    with fresh_databases(f"{server}/postgres", template) as make:
        yield make()


@pytest.fixture(params=["sqlite_url", "postgres"])
def either_url(request: pytest.FixtureRequest) -> str:
    """Every test that asks runs on both databases."""
    found: str = request.getfixturevalue(request.param)
    return found


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[World]:
    world = World(url, FakeClock())
    try:
        yield world
    finally:
        await world.outbox.drain()
        await world.store.close()


@pytest.fixture
async def world(sqlite_url: str) -> AsyncIterator[World]:
    """On SQLite."""
    async with opened(sqlite_url) as found:
        yield found


@pytest.fixture
async def either(either_url: str) -> AsyncIterator[World]:
    """On SQLite, then on PostgreSQL."""
    async with opened(either_url) as found:
        yield found


@pytest.fixture
async def shared(postgres: str) -> AsyncIterator[World]:
    """On PostgreSQL, which other processes may be using."""
    async with opened(postgres) as found:
        yield found
