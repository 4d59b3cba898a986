"""A process dies between judging and telling: its successor tells it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from bot.core.events import Event
from bot.ports import StoredResult, StoreUnavailable
from bot.store import SqlStore
from checks import Outcome
from tests.engine.watching import Service, levels, probes, watch_of
from tests.engine.world import World


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


class Hangs(SqlStore):
    """A database that takes results and never answers."""

    async def add_results(self, results_: Sequence[StoredResult]) -> None:
        await asyncio.Event().wait()


async def test_a_database_that_hangs_keeps_no_probe_waiting(world: World) -> None:
    service = Service()
    service.outcome = Outcome.UP
    world.engine.store = Hangs(world.store.database, world.clock)
    watch = await watch_of(world, service)
    async with asyncio.timeout(10):
        await probes(world, watch, 3)
    assert service.asked == 3
    world.engine.store = world.store
    await watch.stop()
    assert len(await world.store.last_results()) == 1, "what it did not take was kept"


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
