"""A process dies between judging and telling: its successor tells it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.events import Event
from bot.ports import StoreUnavailable
from bot.store import SqlStore
from bot.watch import Watch, Watched
from checks import Context, Kind, Outcome, Result
from checks.options import CheckOptions
from checks.verdict import Rules
from tests.engine.world import World

RULES = Rules(
    timedelta(seconds=10), timedelta(seconds=3), timedelta(seconds=30), failures=2, successes=2
)


class Service:
    """What is watched: it says what the test lets it say."""

    def __init__(self) -> None:
        self.outcome = Outcome.DOWN

    async def probe(self, _options: CheckOptions, context: Context) -> Result:
        return Result(self.outcome, "http_status", "HTTP 503", context.now())


class DeafInbox(SqlStore):
    """A database that takes everything but events, as one does whose process dies just then."""

    deaf = True

    async def receive(
        self,
        events: Sequence[tuple[str, Event]],
        now: datetime,
        *,
        streak: tuple[str, str] | None = None,
    ) -> int:
        if self.deaf:
            raise StoreUnavailable("it does not come to it")
        return await super().receive(events, now, streak=streak)


class DiesAfterReceiving(SqlStore):
    """A process that is killed right after the event was committed: nothing later is kept."""

    dead = False

    async def receive(
        self,
        events: Sequence[tuple[str, Event]],
        now: datetime,
        *,
        streak: tuple[str, str] | None = None,
    ) -> int:
        new = await super().receive(events, now, streak=streak)
        self.dead = True
        return new

    async def save_streak(self, check: str, document: str, now: datetime) -> None:
        if self.dead:
            raise StoreUnavailable("it does not come to it")
        await super().save_streak(check, document, now)


async def watch_of(world: World, service: Service) -> Watch:
    """A process starts to watch."""

    async def sighted() -> bool:
        return True

    watch = Watch(world.engine, lambda _: Context(world.clock.now), sighted)
    kind = Kind("scripted", CheckOptions, service.probe)
    await watch.configure([Watched("checkout", "health", kind, CheckOptions(), RULES)])
    return watch


async def probes(world: World, watch: Watch, times: int) -> None:
    for _ in range(times):
        world.clock.forward(10)
        await watch.tick()
        await watch.settle()


async def levels(world: World) -> dict[str, str]:
    await world.engine.work()
    return {signal.service: signal.level.value for signal in await world.store.signals()}


async def test_an_outage_that_was_judged_and_not_told_is_told_by_the_next_process(
    world: World,
) -> None:
    service, store = Service(), DeafInbox(world.store.database, world.clock)
    world.engine.store = store
    await probes(world, await watch_of(world, service), 2)
    assert await levels(world) == {}  # and here the process is killed
    store.deaf = False
    await probes(world, await watch_of(world, service), 1)
    assert await levels(world) == {"checkout": "down"}


async def test_a_recovery_that_was_judged_and_not_told_is_told_by_the_next_process(
    world: World,
) -> None:
    service, store = Service(), DeafInbox(world.store.database, world.clock)
    world.engine.store, store.deaf = store, False
    watch = await watch_of(world, service)
    await probes(world, watch, 2)
    assert await levels(world) == {"checkout": "down"}
    service.outcome, store.deaf = Outcome.UP, True
    await probes(world, watch, 2)
    store.deaf = False
    await probes(world, await watch_of(world, service), 2)
    assert await levels(world) == {"checkout": "up"}


async def test_an_outage_that_was_told_is_known_to_the_next_process(world: World) -> None:
    """Else it would see a service that is up, know of no outage, and never say that it is over."""
    service, store = Service(), DiesAfterReceiving(world.store.database, world.clock)
    world.engine.store = store
    await probes(world, await watch_of(world, service), 2)
    assert await levels(world) == {"checkout": "down"}
    world.engine.store, service.outcome = world.store, Outcome.UP
    await probes(world, await watch_of(world, service), 2)
    assert await levels(world) == {"checkout": "up"}


async def test_what_waits_for_the_database_is_told_once_it_is_back(world: World) -> None:
    service, store = Service(), DeafInbox(world.store.database, world.clock)
    world.engine.store = store
    watch = await watch_of(world, service)
    await probes(world, watch, 3)
    store.deaf = False
    await watch.keep()
    assert await levels(world) == {"checkout": "down"}
    await probes(world, await watch_of(world, service), 3)
    assert len(await world.store.incidents()) == 1
