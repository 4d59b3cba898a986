"""Heartbeats: a job that must call in, and what happens when it does not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stories.setting import CONFIG
from tests.stories.world import World, world

BACKUP = """  backup:
    teams: [it]
    checks: [{heartbeat: nightly, period: 10m, grace: 2m, every: 10s, failures: 1}]
"""


@pytest.fixture
async def nightly(tmp_path: Path) -> AsyncIterator[World]:
    """A job that should call in every ten minutes."""
    async with world(tmp_path, CONFIG + BACKUP) as it:
        yield it


async def calls_in(story: World, how: str = "") -> None:
    """The job tells how it is."""
    answer = await story.post(f"/hooks/heartbeats/nightly{how}")
    assert answer.is_success, answer.text


async def test_a_job_that_calls_in_is_up(nightly: World) -> None:
    for _round in range(3):
        await calls_in(nightly)
        await nightly.passes(minutes=9, step=60)
    assert nightly.phone("ana") == []


async def test_a_job_that_does_not_call_in_pages_after_period_and_grace(nightly: World) -> None:
    await calls_in(nightly)
    await nightly.passes(minutes=11.5, step=30)
    assert nightly.phone("ana") == []
    await nightly.passes(minutes=1, step=5)
    assert nightly.phone("ana")[0].startswith("#1 DOWN backup 03:2")
    assert "last called in 12 min ago, due every 10" in nightly.phone("ana")[0]
    assert nightly.phone("bo") == [], "it is IT's alone"


async def test_the_next_call_resolves_it(nightly: World) -> None:
    await calls_in(nightly)
    await nightly.passes(minutes=13, step=30)
    assert await nightly.open_incidents() == [1]
    await calls_in(nightly)
    await nightly.passes(seconds=30, step=3)
    assert await nightly.open_incidents() == []
    assert "UP backup" in nightly.phone("ana")[-1]


async def test_a_job_that_says_that_it_failed_pages_at_once(nightly: World) -> None:
    await calls_in(nightly)
    await nightly.passes(seconds=1)
    await calls_in(nightly, "/fail")
    await nightly.passes(seconds=15, step=3)
    assert "it reported a failure" in nightly.phone("ana")[0]


async def test_a_job_that_started_and_did_not_end_pages_after_its_grace(nightly: World) -> None:
    await calls_in(nightly)
    await nightly.passes(seconds=10, step=5)
    await calls_in(nightly, "/start")
    await nightly.passes(minutes=2.5, step=10)
    assert "has not ended" in nightly.phone("ana")[0]


async def test_a_job_that_has_never_called_gets_its_first_period(nightly: World) -> None:
    await nightly.passes(minutes=11, step=60)
    assert nightly.phone("ana") == []
    await nightly.passes(minutes=2, step=20)
    assert "it has never called in" in nightly.phone("ana")[0]


async def test_a_restart_does_not_give_a_late_job_a_new_period(nightly: World) -> None:
    await calls_in(nightly)
    await nightly.passes(minutes=8, step=60)
    await nightly.restarts()
    await nightly.passes(minutes=5, step=20)
    assert len(nightly.phone("ana")) == 1


async def test_calls_that_cannot_be_looked_up_are_not_missed(nightly: World) -> None:
    """The job calls in, and nobody can write it down: that is our own fault."""
    await calls_in(nightly)
    await nightly.passes(minutes=1, step=20)
    await nightly.loses_its_database()
    await nightly.passes(minutes=13, step=60)
    await nightly.gets_its_database_back()
    await calls_in(nightly)
    await nightly.passes(minutes=1, step=10)
    assert nightly.phone("ana") == []


async def test_an_unknown_heartbeat_is_refused(nightly: World) -> None:
    answer = await nightly.post("/hooks/heartbeats/daily")
    assert answer.status_code in (400, 404)
    assert "daily" in answer.text
