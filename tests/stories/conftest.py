"""One night with a whole Midwatch: `story`. Another configuration: `async with world(...)`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stories.world import World, world


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[World]:
    """Two services, three teams, everything healthy at 03:12."""
    async with world(tmp_path) as it:
        yield it
