"""Alerts and the database: time-outs that the engine finds, and outages that are told again."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.events import SignalReported
from bot.core.policy import Window
from bot.core.signal import Level
from bot.ports import StoreUnavailable
from tests.engine.ports import FakeClock
from tests.engine.test_paging_from_memory import Night
from tests.engine.world import World

DAY = timedelta(hours=24).total_seconds()


def alert(
    clock: FakeClock, signal: str = "alertmanager:1", level: Level = Level.DOWN
) -> SignalReported:
    now = clock.now()
    ends = None if level is Level.UP else now + timedelta(seconds=DAY)
    links = (("graph", "https://prom.example/g"),)
    return SignalReported(
        *("checkout", signal, "alertmanager", level, now, now, "ApiDown: 5 <errors>"),
        expires_at=ends,
        links=links,
    )


async def hears(world: World, event: SignalReported) -> None:
    """Every delivery has a key of its own."""
    await world.engine.receive(f"{event.signal}:{event.level}:{event.at.isoformat()}", event)
    await world.engine.work()


async def looks(world: World, after: float) -> None:
    world.clock.forward(after)
    await world.engine.tick()
    await world.engine.work()


async def test_an_alert_ends_once_however_many_processes_look(either: World) -> None:
    await hears(either, alert(either.clock))
    await looks(either, DAY - 1)
    other = either.another()
    view = await either.store.incident(1)
    assert view is not None
    assert view.incident.open
    assert view.incident.services[0].links == (("graph", "https://prom.example/g"),)
    either.clock.forward(1)
    await either.engine.tick()
    await either.engine.tick()
    either.clock.forward(10)
    await other.engine.tick()
    await other.engine.work()
    await either.engine.work()
    view = await either.store.incident(1)
    assert view is not None
    assert not view.incident.open
    assert [entry.kind for entry in view.timeline].count("signal_expired") == 1
    ended = "ApiDown has not been repeated for 24 h and was never resolved: taken as over"
    assert view.incident.services[0].ended == ended
    await other.store.close()


async def test_a_repeat_that_was_heard_in_time_and_is_decided_late_wins(world: World) -> None:
    await hears(world, alert(world.clock))
    world.clock.forward(DAY - 1)
    repeat = alert(world.clock)
    await world.engine.receive("repeat", repeat)
    await looks(world, 10)
    view = await world.store.incident(1)
    assert view is not None
    assert view.incident.open


async def test_alerts_that_are_over_are_not_kept_for_ever(world: World) -> None:
    for level in (Level.DOWN, Level.UP):
        await hears(world, alert(world.clock, level=level))
    await hears(world, alert(world.clock, "alertmanager:2"))
    await world.store.roll_up(world.clock.now() + timedelta(hours=23))
    assert len(await world.store.signals()) == 2
    await world.store.roll_up(world.clock.now() + timedelta(hours=25))
    assert [it.name for it in await world.store.signals()] == ["alertmanager:2"]


async def test_an_alert_inside_a_planned_window_pages_at_its_end(world: World) -> None:
    """Level, not edge: it fired when nobody was to be paged, and it still does."""
    now = world.clock.now()
    planned = Window(now, now + timedelta(minutes=10), frozenset({"checkout"}))
    world.engine.policy = replace(world.rules, windows=(planned,))
    await hears(world, alert(world.clock))
    await looks(world, 599)
    assert await world.store.incidents() == []
    await looks(world, 2)
    (incident,) = await world.store.incidents()
    assert (incident.service, incident.began_at) == ("checkout", now)


@pytest.fixture
def night(world: World, tmp_path: Path) -> Night:
    """The database is away."""
    return Night(world, tmp_path)


async def refused(night: Night, *events: SignalReported) -> None:
    with pytest.raises(StoreUnavailable):
        await night.world.engine.receive_all([(f"{e.signal}:{e.at}", e) for e in events])


async def test_a_group_of_three_hundred_is_one_page_from_memory(night: Night) -> None:
    clock = night.world.clock
    await refused(night, *[alert(clock, f"alertmanager:{number}") for number in range(300)])
    await night.passes(20)
    await night.passes(60)
    texts = [call.text for call in night.sms.calls if call.person == "ana"]
    assert len(texts) == 1
    assert texts[0].startswith("DOWN checkout 03:12: ApiDown: 5 <errors>. ")


async def test_who_knows_that_a_service_is_down_is_not_paged_for_its_next_alert(
    night: Night,
) -> None:
    await refused(night, alert(night.world.clock))
    await night.passes(20)
    await refused(night, alert(night.world.clock, "alertmanager:2"))
    await night.passes(60)
    assert len(night.sms.calls) == 4


async def test_its_sender_tries_again_each_time_as_if_anew(night: Night) -> None:
    for _try in range(5):
        await refused(night, alert(night.world.clock))
        await night.passes(10)
    assert len(night.sms.calls) == 4, "each of four people once"
    night.store.away = False
    await hears(night.world, alert(night.world.clock))
    assert len(night.world.engine.outages) == 0
    await night.passes(1)
    assert not night.journal.exists()


async def test_its_sender_never_tries_again_and_it_is_not_lost(night: Night) -> None:
    await refused(night, alert(night.world.clock))
    await night.passes(20)
    night.store.away = False
    await looks(night.world, 1)
    assert len(await night.world.store.incidents()) == 1
    await night.passes(1)
    assert not night.journal.exists()
    await night.passes(60)
    assert len(night.sms.calls) == 4


async def test_one_that_ends_before_it_could_be_recorded_pages_nobody(night: Night) -> None:
    await refused(night, alert(night.world.clock))
    await refused(night, alert(night.world.clock, level=Level.UP))
    await night.passes(60)
    assert night.sms.calls == []
    night.store.away = False
    await looks(night.world, 1)
    assert await night.world.store.incidents() == []


async def test_a_repeat_of_what_is_known_is_no_new_outage(night: Night) -> None:
    """Also where another process decided it."""
    night.store.away = False
    other = night.world.another()
    await hears(other, alert(night.world.clock))
    await night.world.engine.tick()
    night.store.away = True
    await refused(night, alert(night.world.clock))
    await night.passes(60)
    assert night.sms.calls == []
    await refused(night, alert(night.world.clock, level=Level.UP))
    await refused(night, alert(night.world.clock))
    await night.passes(20)
    assert len(night.sms.calls) == 4, "it ended, and began anew"
    await other.store.close()


async def test_what_another_process_took_in_is_not_waited_for_here(night: Night) -> None:
    """Its sender was refused here and tried another replica."""
    await refused(night, alert(night.world.clock))
    other = night.world.another()
    await hears(other, alert(night.world.clock))
    night.store.away = False
    await night.passes(20)
    assert night.sms.calls == []
    assert len(night.world.engine.outages) == 0
    await other.store.close()
