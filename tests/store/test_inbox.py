"""The inbox: an event is kept once, decided once, and blocks nobody else."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.core.events import Actor, Event, TextReceived
from bot.store import SqlStore
from bot.store.inbox import PATIENCE
from tests.store.world import NOW, down, events, minutes

Open = Callable[[], SqlStore]
SECOND = timedelta(seconds=1)


async def test_an_event_is_received_once_however_often_it_comes(store: SqlStore) -> None:
    assert await store.receive(events("a", "b"), NOW) == 2
    assert await store.receive(events("b", "c", "c"), NOW) == 1
    assert await store.receive(events("a"), NOW) == 0
    assert await store.receive([], NOW) == 0


async def test_events_are_decided_oldest_first_and_only_once(store: SqlStore) -> None:
    await store.receive(events("a", "b"), NOW)
    seen = []
    for _ in range(3):
        async with store.transaction() as tx:
            row = await tx.next_event(NOW)
            if row:
                seen.append((row.key, row.event, row.received_at, row.attempts))
                await tx.finish_event(row.id, NOW)
    assert seen == [("a", down(), NOW, 0), ("b", down(), NOW, 0)]


async def test_an_event_whose_transaction_failed_is_offered_again(store: SqlStore) -> None:
    await store.receive(events("a"), NOW)
    try:
        async with store.transaction() as tx:
            row = await tx.next_event(NOW)
            assert row is not None
            await tx.finish_event(row.id, NOW)
            raise ArithmeticError
    except ArithmeticError:
        pass
    async with store.transaction() as tx:
        again = await tx.next_event(NOW)
    assert again is not None
    assert again.key == "a"


async def test_a_postponed_event_waits_and_lets_others_pass(store: SqlStore) -> None:
    await store.receive(events("bad", "good"), NOW)
    async with store.transaction() as tx:
        bad = await tx.next_event(NOW)
        assert bad is not None
        await tx.postpone_event(bad.id, NOW + minutes(1), "a bug", False)
        good = await tx.next_event(NOW)
        assert good is not None
        assert good.key == "good"
        await tx.finish_event(good.id, NOW)
    async with store.transaction() as tx:
        assert await tx.next_event(NOW) is None
        later = await tx.next_event(NOW + minutes(1))
        assert later is not None
        assert (later.key, later.attempts) == ("bad", 1)
        await tx.postpone_event(later.id, NOW + minutes(2), "a bug", True)
    async with store.transaction() as tx:
        assert await tx.next_event(NOW + minutes(60)) is None


async def test_undecided_names_what_waits_or_failed_or_never_came(store: SqlStore) -> None:
    await store.receive(events("done", "waits"), NOW)
    async with store.transaction() as tx:
        row = await tx.next_event(NOW)
        assert row is not None
        await tx.finish_event(row.id, NOW)
    assert await store.undecided(["done", "waits", "unknown"]) == ["waits", "unknown"]
    assert await store.undecided([]) == []


async def test_two_workers_never_decide_the_same_event(store: SqlStore, opened: Open) -> None:
    keys = [f"e{number}" for number in range(20)]
    await store.receive(events(*keys), NOW)
    decided: list[str] = []

    async def work(own: SqlStore) -> None:
        while True:
            async with own.transaction() as tx:
                row = await tx.next_event(NOW)
                if row is None:
                    return
                decided.append(row.key)
                await asyncio.sleep(0)
                await tx.finish_event(row.id, NOW)

    await asyncio.gather(*(work(opened()) for _ in range(3)))
    assert sorted(decided) == sorted(keys)


async def test_an_event_that_only_a_newer_version_can_read_blocks_nobody(store: SqlStore) -> None:
    await store.receive(events("new", "old"), NOW)
    async with store.database.transaction() as db:
        await db.execute(
            sa.text("UPDATE events SET payload = '{\"kind\": \"x\"}' WHERE key = 'new'")
        )
    async with store.transaction() as tx:
        row = await tx.next_event(NOW)
        assert row is not None
        assert row.key == "old"
        await tx.finish_event(row.id, NOW)
    async with store.transaction() as tx:
        assert await tx.next_event(NOW) is None
    async with store.database.transaction() as db:
        kept = await db.execute(sa.text("SELECT failed, done_at FROM events WHERE key = 'new'"))
        assert tuple(kept.one()) == (False, None)


async def test_text_from_outside_never_makes_an_insert_fail(store: SqlStore) -> None:
    nasty = "a\x00b\ud800c" + "x" * 300_000
    event = TextReceived(Actor("ana", "sms", nasty), nasty, NOW, nasty)
    assert await store.receive([(nasty, event)], NOW) == 1
    assert await store.receive([(nasty, event)], NOW) == 0
    async with store.transaction() as tx:
        row = await tx.next_event(NOW + timedelta(seconds=1))
        assert row is not None
        assert isinstance(row.event, TextReceived)
        assert row.event.body.startswith("a\ufffdb\ufffdcxxx")
        await tx.finish_event(row.id, NOW)
    assert await store.undecided([nasty]) == []


async def taken(store: SqlStore, at: datetime) -> str:
    """The key of the event that is decided next."""
    async with store.transaction() as tx:
        row = await tx.next_event(at)
        assert row is not None
        await tx.finish_event(row.id, at)
        return row.key


def flood(count: int) -> list[tuple[str, Event]]:
    return [(f"f{n}", TextReceived(Actor("ana", "sms"), "?", NOW)) for n in range(count)]


async def test_no_outage_waits_behind_a_flood_of_other_events(store: SqlStore) -> None:
    await store.receive(flood(5), NOW)
    await store.receive(events("down", "down again"), NOW + SECOND)
    assert await taken(store, NOW + SECOND) == "f0", "nothing is late yet: each in its turn"
    late = NOW + SECOND + PATIENCE
    assert [await taken(store, late) for _ in range(4)] == ["down", "down again", "f1", "f2"]


async def test_what_was_reported_just_before_an_outage_is_decided_before_it(
    store: SqlStore,
) -> None:
    await store.receive(flood(1), NOW)
    await store.receive(events("down"), NOW + SECOND)
    assert await taken(store, NOW + SECOND) == "f0"


async def test_only_what_was_never_tried_waits_its_turn(store: SqlStore) -> None:
    await store.receive(events("tried", "done", "waits"), NOW)
    names = ["tried", "done", "waits", "unknown"]
    async with store.transaction() as tx:
        row = await tx.next_event(NOW)
        assert row is not None
        await tx.postpone_event(row.id, NOW + minutes(1), "a bug", False)
    assert await store.in_turn(names, NOW - SECOND) == [], "nobody decides anything"
    assert await taken(store, NOW) == "done"
    assert await store.in_turn(names, NOW - SECOND) == ["waits"]
    assert await store.in_turn(names, NOW + SECOND) == [], "that was long ago"
    assert await store.in_turn(names, NOW - minutes(60)) == [], "or by a clock that was wrong"
