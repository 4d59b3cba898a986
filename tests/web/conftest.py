"""A whole Midwatch behind a real address: `story`."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.core.signal import Level
from tests.stories.world import World, world


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[World]:
    """Two services, three teams, everything healthy at 03:12."""
    async with world(tmp_path) as it:
        yield it


@pytest.fixture
async def stranger(story: World) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of somebody who has not signed in."""
    async with httpx.AsyncClient(base_url=story.url, trust_env=False) as browser:
        yield browser


@pytest.fixture
async def bo(story: World) -> AsyncIterator[httpx.AsyncClient]:
    """Bo's browser, beside one open incident."""
    await story.reports(Level.DOWN)
    async with story.signed_in("bo") as browser:
        yield browser
