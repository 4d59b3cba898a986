"""The watch: who is probed when, whatever the others, the database and the configuration do."""

import asyncio
import resource
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.core.events import Event
from bot.open_files import files_allowed
from bot.ports import StoredResult
from bot.store import SqlStore
from bot.watch import Watch, Watched
from checks import Context, Kind, Outcome, Result
from checks.options import CheckOptions
from checks.verdict import Rules
from tests.engine.world import World

EVERY = timedelta(seconds=10)
RULES = Rules(EVERY, timedelta(seconds=3), timedelta(seconds=30), failures=2, successes=2)


class Probes:
    """What is watched: it says what the test lets it say, when the test lets it."""

    def __init__(self) -> None:
        self.outcome, self.hung = Outcome.UP, set[str]()
        self.let_go = asyncio.Event()
        self.at: dict[str, list[float]] = {}

    def of(self, world: World, service: str) -> Watched:
        async def probe(_options: CheckOptions, context: Context) -> Result:
            at = context.now()
            self.at.setdefault(service, []).append(world.clock.monotonic())
            if service in self.hung:
                await self.let_go.wait()
            return Result(self.outcome, "http_status", "HTTP 503", at)

        return Watched(
            service, "health", Kind("scripted", CheckOptions, probe), CheckOptions(), RULES
        )


@pytest.fixture
def probes() -> Probes:
    return Probes()


async def watch_of(world: World, *checks: Watched, at_once: int = 200) -> Watch:
    async def sighted() -> bool:
        return True

    watch = Watch(world.engine, lambda _: Context(world.clock.now), sighted, at_once=at_once)
    await watch.configure(checks)
    return watch


async def passes(world: World, watch: Watch, seconds: float, step: float = 1.0) -> None:
    """Time passes, a tick each step. Good results need no database: they are there at once."""
    for _ in range(round(seconds / step)):
        world.clock.forward(step)
        await watch.tick()
        for _turn in range(5):
            await asyncio.sleep(0)


async def levels(world: World) -> dict[str, str]:
    await world.engine.work()
    return {signal.service: signal.level.value for signal in await world.store.signals()}


async def test_probes_that_hang_delay_nobody_elses(world: World, probes: Probes) -> None:
    names = [f"dead{n}" for n in range(20)]
    probes.hung = set(names)
    checks = [probes.of(world, name) for name in (*names, "alive")]
    watch = await watch_of(world, *checks, at_once=25)
    await passes(world, watch, 120)
    assert len(probes.at["alive"]) == 12
    probes.let_go.set()
    await watch.settle()


async def test_where_probes_must_wait_the_slow_ones_do(world: World, probes: Probes) -> None:
    probes.hung = {f"dead{n}" for n in range(30)}
    checks = [probes.of(world, name) for name in (*probes.hung, "alive")]
    watch = await watch_of(world, *checks, at_once=3)
    for _ in range(60):  # every 3 s those that hang time out, and the next ones take their places
        await passes(world, watch, 3)
        probes.let_go.set()
        await watch.settle()
        probes.let_go.clear()
    turns = [after - before for before, after in pairwise(probes.at["alive"])]
    assert len(turns) >= 8
    assert max(turns[1:]) <= 13, "its ten seconds, and at most one turn of the slow ones"
    assert all(len(probes.at[name]) > 1 for name in probes.hung)


async def test_a_tick_that_comes_a_little_late_does_not_stretch_the_period(
    world: World, probes: Probes
) -> None:
    watch = await watch_of(world, probes.of(world, "checkout"))
    await passes(world, watch, 1000, step=0.3)
    times = probes.at["checkout"]
    assert (times[-1] - times[0]) / (len(times) - 1) == pytest.approx(10, abs=0.01)


async def test_a_probe_that_was_long_overdue_is_not_made_up_for(
    world: World, probes: Probes
) -> None:
    watch = await watch_of(world, probes.of(world, "checkout"))
    await passes(world, watch, 20)
    world.clock.forward(300)  # the machine slept
    count = len(probes.at["checkout"])
    await passes(world, watch, 20)
    assert len(probes.at["checkout"]) - count in (2, 3)


class HangingStore(SqlStore):
    """A database that takes results and never says that it did."""

    async def add_results(self, results_: Sequence[StoredResult]) -> None:
        await asyncio.Event().wait()


async def test_a_database_that_hangs_stops_no_probe(world: World, probes: Probes) -> None:
    world.engine.store = HangingStore(world.store.database, world.clock)
    watch = await watch_of(world, probes.of(world, "checkout"))
    async with asyncio.timeout(2):
        await passes(world, watch, 10)
        keeping = asyncio.create_task(watch.keep())
        await passes(world, watch, 60)
    assert len(probes.at["checkout"]) == 7
    assert not keeping.done()
    keeping.cancel()


class CountingStore(SqlStore):
    """Counts the events that it is asked to keep."""

    received = 0

    async def receive(
        self,
        events: Sequence[tuple[str, Event]],
        now: datetime,
        *,
        streak: tuple[str, str] | None = None,
    ) -> int:
        self.received += len(events)
        return await super().receive(events, now, streak=streak)


async def test_services_that_go_down_together_are_each_told_once(
    world: World, probes: Probes
) -> None:
    store = CountingStore(world.store.database, world.clock)
    world.engine.store, probes.outcome = store, Outcome.DOWN
    names = [f"service{n}" for n in range(30)]
    watch = await watch_of(world, *(probes.of(world, name) for name in names))
    for _ in range(2):
        await passes(world, watch, 10, step=10)
        await watch.settle()
    await watch.keep()
    assert store.received == len(names)


async def test_a_reload_forgets_nothing_of_a_probe_under_way(world: World, probes: Probes) -> None:
    """Else an outage that this probe confirms would be told, and never be over."""
    probes.outcome = Outcome.DOWN
    watch = await watch_of(world, probes.of(world, "checkout"))
    await passes(world, watch, 10)
    await watch.settle()
    probes.hung.add("checkout")
    await passes(world, watch, 3)
    await watch.configure(watch.checks)
    probes.let_go.set()
    await watch.settle()
    assert await levels(world) == {"checkout": "down"}
    probes.outcome = Outcome.UP
    for _ in range(2):
        await passes(world, watch, 10)
        await watch.settle()
    assert await levels(world) == {"checkout": "up"}


async def test_a_check_that_leaves_the_configuration_says_no_last_word(
    world: World, probes: Probes
) -> None:
    """It could never take it back."""
    probes.outcome = Outcome.DOWN
    watch = await watch_of(world, probes.of(world, "checkout"))
    await passes(world, watch, 10)
    await watch.settle()
    probes.hung.add("checkout")
    await passes(world, watch, 3)
    await watch.configure([])
    probes.let_go.set()
    await watch.settle()
    assert await levels(world) == {}


def test_the_systems_soft_limit_of_open_files_is_raised_as_far_as_needed() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 2, hard))
        assert files_allowed(soft - 1) == soft - 1
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (soft - 1, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_clock_that_is_set_back_in_an_outage_does_not_keep_it_open(
    world: World, probes: Probes
) -> None:
    """As after a start with a wrong clock: the network comes, and with it the time."""
    probes.outcome = Outcome.DOWN
    watch = await watch_of(world, probes.of(world, "checkout"))
    for _ in range(2):
        await passes(world, watch, 10)
        await watch.settle()
    assert await levels(world) == {"checkout": "down"}
    world.clock.set_wall_clock_back(7200)
    probes.outcome = Outcome.UP
    for _ in range(2):
        await passes(world, watch, 10)
        await watch.settle()
    assert await levels(world) == {"checkout": "up"}


async def test_a_check_with_news_is_probed_at_once_and_then_as_ever(
    world: World, probes: Probes
) -> None:
    watch = await watch_of(world, probes.of(world, "news"), probes.of(world, "none"))
    await passes(world, watch, 12)
    now = world.clock.monotonic()
    watch.hurry(lambda it: it.service == "news")
    await passes(world, watch, 12)
    assert [at - now for at in probes.at["news"] if at > now] == [1, 11]
    assert {after - before for before, after in pairwise(probes.at["none"])} == {10}


async def test_news_that_come_while_it_is_probed_are_not_missed(
    world: World, probes: Probes
) -> None:
    probes.hung = {"slow"}
    watch = await watch_of(world, probes.of(world, "slow"))
    await passes(world, watch, 12)
    watch.hurry(lambda _: True)
    probes.let_go.set()
    await watch.settle()
    await passes(world, watch, 2)
    assert len(probes.at["slow"]) == 2
