"""A world on an empty SQLite file, and the same on either database."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.store import migrate
from tests.engine.ports import FakeClock
from tests.engine.world import World


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with empty tables, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "midwatch.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(empty_file: Path, tmp_path: Path) -> str:
    """A database of the test's own."""
    shutil.copy(empty_file, tmp_path / "midwatch.db")
    return f"sqlite:///{tmp_path / 'midwatch.db'}"


@pytest.fixture
def postgres(postgres_database: Callable[[], str]) -> str:
    """A migrated PostgreSQL database of the test's own."""
    url = postgres_database()
    asyncio.run(migrate(url))
    return url


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
