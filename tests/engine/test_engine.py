"""The engine: each event is decided once, whatever becomes of the others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from bot.engine import BURST, TRIES
from bot.ports import StoreUnavailable, Transaction
from bot.store import SqlStore
from tests.core.world import policy
from tests.engine.poisoned import Poisoned
from tests.engine.ports import NOW
from tests.engine.world import World, down


class Away(SqlStore):
    """A database that can be switched off."""

    away = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        if self.away:
            raise StoreUnavailable("it is away")
        async with super().transaction() as tx:
            yield tx


async def numbers(world: World) -> list[int]:
    return sorted(incident.number for incident in await world.store.incidents())


async def test_an_event_that_comes_twice_is_decided_once(either: World) -> None:
    event = down("checkout", either.clock)
    assert await either.engine.receive("e1", event)
    assert not await either.engine.receive("e1", event)
    assert await either.engine.receive_all([("e1", event), ("e2", event), ("e2", event)]) == 1
    assert await either.engine.work() == 2
    assert not await either.engine.receive("e1", event)
    assert await either.engine.work() == 0
    assert await numbers(either) == [1]


async def test_an_event_that_cannot_be_decided_holds_up_no_other(world: World) -> None:
    world.engine.policy = replace(world.rules, services=Poisoned(world.rules.services, "search"))
    await world.engine.receive("bad", down("search", world.clock))
    await world.engine.receive("good", down("payments", world.clock))
    await world.engine.work()
    assert await world.store.undecided(["bad", "good"]) == ["bad"]
    assert await numbers(world) == [1]


async def test_it_is_tried_so_often_and_then_kept_as_failed(world: World) -> None:
    world.engine.policy = replace(world.rules, services=Poisoned(world.rules.services, "search"))
    await world.engine.receive("bad", down("search", world.clock))
    tries = 0
    for _ in range(600):
        tries += await world.engine.work()
        world.clock.forward(1)
    assert tries == 2 * TRIES, "each time once more without weighing the deployments"
    assert world.engine.failed_events == 1
    assert await world.store.undecided(["bad"]) == ["bad"]
    world.engine.policy = world.rules
    assert await world.engine.work() == 0, "it waits for a person"


async def test_it_is_decided_as_soon_as_the_bug_is_gone(world: World) -> None:
    world.engine.policy = replace(world.rules, services=Poisoned(world.rules.services, "search"))
    await world.engine.receive("bad", down("search", world.clock))
    await world.engine.work()
    world.engine.policy = world.rules
    world.clock.forward(1)
    assert await world.engine.work() == 1
    assert await numbers(world) == [1]
    assert world.engine.failed_events == 0


async def test_nothing_of_a_decision_stays_when_its_event_cannot_be_decided(
    world: World,
) -> None:
    world.engine.policy = replace(world.rules, services=Poisoned(world.rules.services, "search"))
    await world.engine.receive("bad", down("search", world.clock))
    await world.engine.work()
    assert await world.store.signals() == []
    assert await world.waits() == []


async def test_many_events_leave_room_for_other_work(world: World) -> None:
    event = down("checkout", world.clock)
    await world.engine.receive_all([(f"e{n}", event) for n in range(BURST + 5)])
    assert await world.engine.work() == BURST
    assert await world.engine.work() == 5


async def test_a_timer_is_one_event_however_often_the_clock_ticks(world: World) -> None:
    await world.goes_down()
    world.clock.forward(3600)
    before = await count(world)
    for _ in range(3):
        await world.engine.tick()
    assert await count(world) == before + 1


async def count(world: World) -> int:
    async with world.store.database.transaction() as db:
        found = await db.exec_driver_sql("SELECT count(*) FROM events")
        return int(found.scalar_one())


async def test_a_database_that_comes_back_finds_the_engine_waiting(world: World) -> None:
    store = Away(world.store.database, world.clock)
    world.engine.store = store
    await world.engine.receive("e1", down("checkout", world.clock))
    store.away = True
    told = asyncio.Event()
    world.engine.on_decided.append(told.set)
    running = asyncio.create_task(world.engine.run())
    while world.clock.now() == NOW:  # it has met the outage, and waits
        await asyncio.sleep(0)
    store.away = False
    world.engine.wake.set()
    await asyncio.wait_for(told.wait(), 5)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert await numbers(world) == [1]


async def test_two_processes_that_see_the_same_outage_open_one_incident(shared: World) -> None:
    """Each decides another signal of the same service: one of them is second and looks again."""
    shared.engine.policy = replace(policy(), storm=1000)
    other = shared.another()
    other.engine.policy = shared.engine.policy
    services = ("checkout", "search", "payments")
    events = [
        (f"{service}-{name}", replace(down(service, shared.clock), signal=name))
        for service in services
        for name in ("health", "login", "basket")
    ]
    await shared.engine.receive_all(events)
    for _ in range(20):
        await asyncio.gather(shared.engine.work(), other.engine.work())
        shared.clock.forward(1)
    assert await shared.store.undecided([key for key, _event in events]) == []
    open_services = sorted(
        part.service for incident in await shared.store.incidents() for part in incident.services
    )
    assert open_services == sorted(services)
    await other.store.close()
