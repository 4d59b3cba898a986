"""A migrated SQLite file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store import SqlStore, open_store
from tests.house.database import migrated
from tests.store.world import TestClock


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    made = open_store(migrated(f"sqlite:///{tmp_path / 'midwatch.db'}"), clock=TestClock())
    yield made
    await made.close()
