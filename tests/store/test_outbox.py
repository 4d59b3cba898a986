"""The outbox: one owner at a time, nothing lost, nothing sent by somebody who lost the lease."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.core.effects import Post, RefreshThread, Reply, SendPage
from bot.core.page import Page, PageState, Urgency
from bot.core.scene import Decision, Need
from bot.store import SqlStore
from tests.store.world import (
    LEASE,
    NOW,
    claim_due,
    down,
    find_page,
    incident,
    minutes,
    page,
    save,
    scene,
    send,
    send_page,
)

Open = Callable[[], SqlStore]
SECOND = timedelta(seconds=1)


async def test_an_effect_becomes_a_row_once(store: SqlStore) -> None:
    reply = Reply("r1", 1, "hello")
    await send(store, reply, SendPage(page()))
    await send(store, replace(reply, text="other"), SendPage(page(text="other")))
    claimed = await claim_due(store)
    assert [delivery.effect for delivery in claimed if delivery.key == "r1"] == [reply]
    assert (await find_page(store, page().key)).text == page().text
    assert len(claimed) == 2


async def test_the_most_urgent_goes_first_then_the_oldest(store: SqlStore) -> None:
    await send(store, Post("p", "support", "hi"), RefreshThread(1))
    await send_page(store, key="info", urgency=Urgency.INFO)
    await send_page(store, key="late", due_at=NOW - SECOND)
    await send_page(store, key="first", due_at=NOW - 2 * SECOND)
    async with store.transaction() as tx:
        keys = [delivery.key for delivery in await tx.due_deliveries(NOW, 50)]
    assert keys[:3] == ["first", "late", "thread:1"]
    assert sorted(keys[3:]) == ["info", "p"]


async def test_what_is_posted_in_one_place_waits_for_what_was_said_there_before(
    store: SqlStore,
) -> None:
    await send(store, Post("down", "support", "x"), Reply("r", 1, "x"), Post("o", "incidents", "x"))
    await send(store, Post("a-up", "support", "x"), RefreshThread(1), at=NOW + SECOND)
    await send_page(store, due_at=NOW)
    now = NOW + 2 * SECOND
    claimed = {it.key: it for it in await claim_due(store, now)}
    assert set(claimed) == {"down", "o", page().key, "r", "thread:1"}
    busy = minutes(5)
    await store.settle(claimed["down"], PageState.QUEUED, now, error="busy", due_at=now + busy)
    assert await claim_due(store, now + minutes(4)) == []
    await send(store, Post("later", "support", "x"), at=now + minutes(4))
    (again,) = await claim_due(store, now + minutes(4))
    assert again.key == "down", "news behind it: it is tried at once"
    await store.settle(again, PageState.SENT, now)
    (following,) = await claim_due(store, now + minutes(4))
    assert following.key == "a-up"
    await store.settle(following, PageState.QUEUED, now, due_at=now + busy, out_of_line=True)
    assert [it.key for it in await claim_due(store, now + minutes(4))] == ["later"]


async def test_what_a_replica_of_an_earlier_version_settled_holds_up_nobody(
    store: SqlStore,
) -> None:
    await send(store, Post("down", "support", "x"))
    (claimed,) = await claim_due(store)
    await store.settle(claimed, PageState.SENT, NOW)
    async with store.transaction() as tx:
        stood = sa.text("UPDATE outbox SET place = 'channel:support' WHERE key = 'down'")
        await tx.connection.execute(stood)  # type: ignore[attr-defined]
    await send(store, Post("up", "support", "x"), at=NOW + SECOND)
    assert [it.key for it in await claim_due(store, NOW + SECOND)] == ["up"]


async def test_a_claim_is_a_lease_with_a_new_token(store: SqlStore) -> None:
    await send_page(store)
    (first,) = await claim_due(store)
    assert (first.state, first.attempts, first.claimed_at) == (PageState.SENDING, 1, NOW)
    assert await claim_due(store) == []
    assert await store.settle(first, PageState.QUEUED, NOW, error="busy", due_at=NOW + SECOND)
    assert await claim_due(store) == []
    (second,) = await claim_due(store, NOW + SECOND)
    assert second.attempts == 2
    assert second.token > first.token
    assert second.error == "busy"
    assert second.claimed_at == NOW + SECOND


async def test_a_try_that_does_not_count_is_not_counted(store: SqlStore) -> None:
    await send(store, Reply("r", 1, "x"))
    (first,) = await claim_due(store)
    await store.settle(first, PageState.QUEUED, NOW, uncounted=True)
    (again,) = await claim_due(store)
    assert again.attempts == 1


async def test_claims_of_several_workers_never_overlap(store: SqlStore, opened: Open) -> None:
    await send(store, *(SendPage(page(f"p{number}")) for number in range(60)))

    async def work(own: SqlStore) -> list[str]:
        mine: list[str] = []
        while claimed := await claim_due(own, limit=7):
            mine += [delivery.key for delivery in claimed]
        return mine

    found = await asyncio.gather(*(work(opened()) for _ in range(4)))
    counts = Counter(key for keys in found for key in keys)
    assert len(counts) == 60
    assert set(counts.values()) == {1}


async def test_a_stalled_owner_changes_nothing(store: SqlStore) -> None:
    await send_page(store)
    (mine,) = await claim_due(store)
    assert await store.stalled_deliveries(NOW + LEASE - SECOND, 10) == []
    later = NOW + LEASE
    (theirs,) = await store.stalled_deliveries(later, 10)
    assert theirs.token > mine.token
    assert theirs.claimed_at == NOW  # the provider is asked for what went since then
    told = [("told", down())]
    assert not await store.settle(mine, PageState.SENT, later, provider_id="SM1", events=told)
    assert await store.undecided(["told"]) == ["told"]
    assert (await find_page(store, mine.key)).state is PageState.SENDING
    assert await store.settle(theirs, PageState.SENT, later, provider_id="SM2")
    assert (await find_page(store, mine.key)).provider_id == "SM2"
    assert await store.stalled_deliveries(later + 2 * LEASE, 10) == []


async def test_a_doubtful_try_keeps_the_time_of_its_first_claim(store: SqlStore) -> None:
    await send_page(store)
    (first,) = await claim_due(store)
    await store.settle(first, PageState.SENDING, NOW, error="reset", due_at=NOW + 2 * SECOND)
    assert await store.stalled_deliveries(NOW + SECOND, 10) == []
    (asked,) = await store.stalled_deliveries(NOW + 2 * SECOND, 10)
    await store.settle(asked, PageState.QUEUED, NOW + 3 * SECOND)
    (again,) = await claim_due(store, NOW + 3 * SECOND)
    assert (again.claimed_at, again.attempts) == (NOW, 2)


async def test_an_outcome_and_its_events_are_one(store: SqlStore) -> None:
    await send_page(store)
    (mine,) = await claim_due(store)
    receipt_due = NOW + minutes(1)
    assert await store.settle(
        mine,
        PageState.SENT,
        NOW + SECOND,
        provider_id="SM1",
        receipt_due_at=receipt_due,
        events=[("told", down())],
    )
    found = await find_page(store, mine.key)
    assert (found.state, found.sent_at, found.state_at) == (
        PageState.SENT,
        NOW + SECOND,
        NOW + SECOND,
    )
    assert found.receipt_due_at == receipt_due
    async with store.transaction() as tx:
        row = await tx.next_event(NOW + SECOND)
    assert row is not None
    assert row.key == "told"


@pytest.mark.parametrize("settled", [PageState.SENT, PageState.QUEUED, PageState.FAILED])
async def test_a_receipt_that_was_faster_stands(store: SqlStore, settled: PageState) -> None:
    await send_page(store)
    (mine,) = await claim_due(store)
    early = replace(await find_page(store, mine.key), state=PageState.DELIVERED, provider_id="SM1")
    await save(store, Decision(pages=(early,)))
    assert await store.settle(
        mine, settled, NOW + SECOND, error="timed out", events=[("told", down())]
    )
    found = await find_page(store, mine.key)
    assert (found.state, found.provider_id, found.error) == (PageState.DELIVERED, "SM1", None)
    # "It failed" is not told about a page that did arrive.
    heard = settled is PageState.SENT
    async with store.transaction() as tx:
        assert (await tx.next_event(NOW + minutes(1)) is not None) == heard


async def test_a_page_known_as_sent_by_its_receipt_only_is_still_asked_about(
    store: SqlStore,
) -> None:
    one = await send_page(store)
    await claim_due(store)
    early = replace(one, state=PageState.SENT, provider_id="SM1", sent_at=NOW)
    await save(store, Decision(pages=(early,)))  # and then the process dies
    assert [it.key for it in await store.silent_pages(NOW + minutes(1), 10)] == [one.key]


async def test_a_page_being_handed_over_cannot_be_cancelled_by_stale_sight(
    store: SqlStore, opened: Open
) -> None:
    """Whoever decides holds the pages: a claim waits, or passes them by."""
    await save(store, Decision(incidents=(incident(),), effects=(SendPage(page()),)))
    other = opened()
    async with store.transaction() as tx:
        found = (await tx.scene(Need(every_open=True), NOW)).pages
        assert [it.state for it in found] == [PageState.QUEUED]
        claiming = asyncio.create_task(claim_due(other))
        await asyncio.wait({claiming}, timeout=0.05)
        gone = replace(found[0], state=PageState.CANCELLED)
        await tx.save(Decision(pages=(gone,)), NOW)
    assert await claiming == []
    assert await claim_due(other) == []


async def test_a_thread_is_one_row_that_is_sent_again_when_it_changes(store: SqlStore) -> None:
    await send(store, RefreshThread(7), RefreshThread(7))
    await send(store, RefreshThread(7))
    (first,) = await claim_due(store)
    await send(store, RefreshThread(7))  # it changes while it is being posted
    assert await claim_due(store, NOW + LEASE / 2) == []
    await store.settle(first, PageState.SENT, NOW, provider_id="1.1")
    (second,) = await claim_due(store)
    assert second.attempts == 1
    await store.settle(second, PageState.SENT, NOW, provider_id="1.1")
    assert await claim_due(store) == []
    await send(store, RefreshThread(7), at=NOW + SECOND)
    assert await claim_due(store) == []
    (third,) = await claim_due(store, NOW + SECOND)
    assert third.provider_id == "1.1"


async def test_a_thread_that_waits_for_its_turn_keeps_it(store: SqlStore) -> None:
    await send(store, RefreshThread(7))
    (first,) = await claim_due(store)
    await store.settle(first, PageState.QUEUED, NOW, error="rate", due_at=NOW + minutes(1))
    await send(store, RefreshThread(7), at=NOW + SECOND)
    assert await claim_due(store, NOW + SECOND) == []
    assert len(await claim_due(store, NOW + minutes(1))) == 1


async def test_a_silent_page_comes_once_a_minute(store: SqlStore) -> None:
    one = await send_page(store)
    (mine,) = await claim_due(store)
    await store.settle(mine, PageState.SENT, NOW, receipt_due_at=NOW + minutes(1))
    assert await store.silent_pages(NOW + minutes(0.9), 10) == []
    assert [it.key for it in await store.silent_pages(NOW + minutes(1), 10)] == [one.key]
    assert await store.silent_pages(NOW + minutes(1.5), 10) == []
    assert [it.key for it in await store.silent_pages(NOW + minutes(2), 10)] == [one.key]
    assert [it.key for it in await store.silent_pages(NOW + timedelta(days=2), 10)] == [one.key]
    assert await store.silent_pages(NOW + timedelta(days=3), 10) == []


async def test_bundled_pages_wait_in_the_page_that_carries_them(store: SqlStore) -> None:
    for key, number in (("a", 1), ("b", 2)):
        await send_page(store, key=key, number=number)
    await save(store, Decision(incidents=(incident(1), incident(2, "search"))))
    carrier = page("bundle-1", reason="bundle", text="2 DOWN")
    async with store.transaction() as tx:
        due = [it.effect.page for it in await tx.due_deliveries(NOW, 9) if it.effect.kind == "page"]
        carried = [replace(it, state=PageState.BUNDLED, bundled_into=carrier.key) for it in due]
        await tx.save_pages(carried, [carrier])
        claimed = await tx.claim([carrier.key], NOW, LEASE)
    assert [it.effect.page.text for it in claimed if isinstance(it.effect, SendPage)] == ["2 DOWN"]
    found = await scene(store, Need(page=carrier.key))
    assert sorted(it.key for it in found.pages) == ["a", "b", "bundle-1"]
    assert [it.number for it in found.incidents] == [1, 2]


async def test_recent_pages_are_those_handed_over_or_on_their_way(store: SqlStore) -> None:
    await send_page(store, key="sent")
    (mine,) = await claim_due(store)
    await store.settle(mine, PageState.SENT, NOW)
    await send_page(store, key="sending", person="bo")
    await claim_due(store)
    await send_page(store, key="waits")
    async with store.transaction() as tx:
        both = await tx.recent_pages(["ana", "bo"], NOW - minutes(60))
        late = await tx.recent_pages(["ana", "bo"], NOW + SECOND)
    assert sorted(it.key for it in both) == ["sending", "sent"]
    assert late == []


async def test_a_page_comes_back_as_it_was(store: SqlStore) -> None:
    one: Page = page(
        urgency=Urgency.INFO,
        state=PageState.UNDELIVERED,
        sent_at=NOW,
        receipt_due_at=NOW + minutes(1),
        provider_id="SM1",
        error="unreachable",
        step=3,
        bundled_into="other",
        fell_back=True,
        silent=True,
        state_at=NOW + SECOND,
        number=0,
    )
    await send(store, SendPage(one))
    assert await find_page(store, one.key) == one


async def test_a_row_that_only_a_newer_version_can_read_blocks_nobody(store: SqlStore) -> None:
    await send(store, Reply("r", 1, "x"), Reply("s", 1, "y"))
    async with store.database.transaction() as db:
        await db.execute(sa.text("UPDATE outbox SET payload = '{\"kind\": \"x\"}' WHERE key = 'r'"))
    assert await claim_due(store) == []
    assert [it.key for it in await claim_due(store)] == ["s"]
    async with store.database.transaction() as db:
        state = (await db.execute(sa.text("SELECT state FROM outbox WHERE key = 'r'"))).scalar_one()
    assert state == "queued"
