"""The ticks: one that fails stops no other, and one that stays away is set anew."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bot.ports import StoreUnavailable
from bot.scheduler import MISSING_AFTER_SECONDS, Job, Ticks
from tests.engine.ports import FakeClock

OFTEN = 0.02
PATIENCE_SECONDS = 10.0


class StillClock(FakeClock):
    """Nobody wakes up by itself: the test looks after the ticks."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.Event().wait()


class Counter:
    """What a job does: it counts, and fails as often as it is told."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.count, self.changed = list(errors), 0, asyncio.Event()

    async def run(self) -> None:
        self.count += 1
        self.changed.set()
        if self.errors:
            raise self.errors.pop(0)

    async def reaches(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.count < count:
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def running(*jobs: Job) -> AsyncIterator[tuple[Ticks, StillClock]]:
    clock = StillClock()
    ticks = Ticks(clock, list(jobs))
    ticks.start()
    try:
        yield ticks, clock
    finally:
        await ticks.stop()


def silenced(ticks: Ticks, name: str) -> None:
    """To the scheduler a wall clock that was set back by a day looks like this."""
    ticks._scheduler.modify_job(name, next_run_time=datetime.now(UTC) + timedelta(days=1))


async def test_a_tick_that_fails_comes_again_and_stops_no_other() -> None:
    bad = Counter(ZeroDivisionError(), StoreUnavailable("away"), ZeroDivisionError())
    good = Counter()
    async with running(Job("bad", OFTEN, bad.run), Job("good", OFTEN, good.run)):
        await bad.reaches(5)
        await good.reaches(5)


async def test_a_wall_clock_that_is_set_back_silences_nothing_that_pages() -> None:
    probe, report = Counter(), Counter()
    jobs = (Job("probe", OFTEN, probe.run, watched=True), Job("report", OFTEN, report.run))
    async with running(*jobs) as (ticks, clock):
        await probe.reaches(2)
        await report.reaches(2)
        for name in ("probe", "report"):
            silenced(ticks, name)
        before = probe.count
        clock.set_wall_clock_back(86_400)
        clock.forward(MISSING_AFTER_SECONDS + OFTEN + 0.1)
        ticks.check()
        await probe.reaches(before + 3)
        assert ticks.resets == 1


async def test_a_tick_that_is_a_little_late_is_left_alone() -> None:
    probe = Counter()
    async with running(Job("probe", OFTEN, probe.run, watched=True)) as (ticks, clock):
        await probe.reaches(1)
        silenced(ticks, "probe")
        clock.forward(MISSING_AFTER_SECONDS - 0.1)
        ticks.check()
        assert ticks.resets == 0


async def test_a_tick_that_takes_long_is_neither_doubled_nor_set_anew() -> None:
    gate, started = asyncio.Event(), Counter()

    async def slow() -> None:
        await started.run()
        await gate.wait()

    quick = Counter()
    jobs = (Job("slow", OFTEN, slow, watched=True), Job("quick", OFTEN, quick.run))
    async with running(*jobs) as (ticks, clock):
        await started.reaches(1)
        await quick.reaches(quick.count + 5)
        clock.forward(60)
        ticks.check()
        assert started.count == 1
        assert ticks.age_seconds("slow") == 60
        gate.set()
        await started.reaches(2)


async def test_the_health_page_knows_since_when_a_tick_is_missing() -> None:
    probe = Counter()
    async with running(Job("probe", OFTEN, probe.run)) as (ticks, clock):
        await probe.reaches(1)
        silenced(ticks, "probe")
        clock.forward(7)
        assert ticks.age_seconds("probe") == 7
        assert ticks.age_seconds("no such tick") is None


async def test_a_database_that_refuses_a_tick_is_seen_by_the_health_page() -> None:
    """A full disk still answers questions, so asking it is not enough."""
    clock = FakeClock()

    async def refused() -> None:
        raise StoreUnavailable("database or disk is full")

    job = Job("probe", 0.25, refused)
    ticks = Ticks(clock, [job])
    assert ticks.refused_seconds_ago() is None
    await ticks._run(job)
    clock.forward(7)
    assert ticks.refused_seconds_ago() == 7


async def test_a_tick_that_runs_when_everything_stops_is_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def hangs() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with running(Job("probe", OFTEN, hangs)):
        await begun.wait()
    await ended.wait()
    for _ in range(5):
        await asyncio.sleep(0)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
