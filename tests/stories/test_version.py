"""`$version`: what was deployed must be what runs, and no roll-out makes a false alarm."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stories.setting import CONFIG
from tests.stories.world import World, world

ASKED = CONFIG.replace(
    'checkout/health", every: 10s, timeout: 1s}',
    'checkout/health", every: 10s, timeout: 1s, expect: {json: {version: $version}}}',
)


@pytest.fixture
async def checkout(tmp_path: Path) -> AsyncIterator[World]:
    """A service that tells v1.41, which was deployed an hour ago."""
    async with world(tmp_path, ASKED) as it:
        await it.deploys("d0", version="v1.40", ago=90)
        await it.deploys("d1", version="v1.41", ago=60)
        await it.passes(seconds=12, step=12)
        yield it


async def rolls_out(story: World, status: str) -> None:
    await story.deploys("d2", version="v1.42", status=status, ago=0, took=1)


async def test_a_roll_out_makes_no_alarm_whenever_its_instances_change(checkout: World) -> None:
    await rolls_out(checkout, "started")
    for told in ("1.42", "v1.41", "1.42"):
        checkout.services["checkout"].version = told
        await checkout.passes(seconds=40, step=10)
    await rolls_out(checkout, "succeeded")
    await checkout.passes(minutes=2, step=10)
    assert checkout.phone("ana") == []
    assert checkout.channel() == []


async def test_a_success_that_changed_nothing_is_down_when_it_has_settled(checkout: World) -> None:
    await rolls_out(checkout, "succeeded")
    await checkout.passes(seconds=80, step=10)
    assert checkout.phone("ana") == []
    await checkout.passes(seconds=24, step=4)
    text = checkout.phone("ana")[0]
    assert text.startswith("#1 DOWN checkout")
    assert 'version is "v1.41", not "v1.42"' in text
    checkout.services["checkout"].version = "v1.42"
    await checkout.passes(seconds=15, step=5)
    assert await checkout.open_incidents() == []


async def test_a_version_that_nobody_has_reported_yet_pages_nobody(checkout: World) -> None:
    """A pipeline that only reports its end: for minutes the new version is a strange one."""
    checkout.services["checkout"].version = "v1.42"
    await checkout.passes(seconds=30, step=5)
    assert checkout.phone("ana") == []
    assert 'version is "v1.42", not "v1.41"' in checkout.channel()[-1]
    await rolls_out(checkout, "succeeded")
    await checkout.passes(seconds=20, step=5)
    assert checkout.phone("ana") == []
    assert await checkout.open_incidents() == []


async def test_while_the_database_is_away_no_version_is_judged_for_long(checkout: World) -> None:
    await checkout.loses_its_database()
    await checkout.passes(seconds=70, step=10)
    checkout.services["checkout"].version = "v1.40"  # rolled back, and nobody can note it
    await checkout.passes(seconds=40, step=10)
    await checkout.gets_its_database_back()
    await checkout.passes(seconds=1)
    assert checkout.phone("ana") == []
