"""The outbox: when a try comes again, how often, and what it tells the engine."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.effects import AnswerText, FetchCommits, Post, Reply
from bot.core.events import PageFailed, ReceiptReceived
from bot.core.page import PageState
from bot.outbox import AT_ONCE
from bot.ports import Permanent, Posted, Receipt, Transient
from bot.tries import LONGEST_WAIT_SECONDS, TRIES, backoff_seconds
from tests.engine.ports import FakeClock, RecordingChat
from tests.engine.world import BUSY, World, send_page

SECOND = timedelta(seconds=1)


@given(st.integers(1, 10_000), st.floats(0, 1), st.booleans())
def test_a_wait_is_bounded_and_never_nothing(
    attempts: int, jitter: float, first_page: bool
) -> None:
    wait = backoff_seconds(attempts, jitter, first_page=first_page)
    assert 0.25 <= wait <= (30 if first_page else LONGEST_WAIT_SECONDS)


@given(st.integers(1, 50), st.booleans())
def test_jitter_spreads_a_wait_over_half_of_it(attempts: int, first_page: bool) -> None:
    """Everybody who failed together does not come back together."""
    longest = backoff_seconds(attempts, 1.0, first_page=first_page)
    assert backoff_seconds(attempts, 0.0, first_page=first_page) == longest / 2


def test_a_first_page_is_tried_three_times_within_four_seconds() -> None:
    waits = [backoff_seconds(attempt, 1.0, first_page=True) for attempt in (1, 2)]
    assert sum(waits) <= 4


async def tries_of(world: World, seconds: float) -> list[float]:
    """When the channel was tried, in seconds from now."""
    times = []
    before = len(world.sms.calls)
    passed = 0.0
    while passed < seconds:
        await world.outbox.deliver_due()
        times += [passed] * (len(world.sms.calls) - before)
        before = len(world.sms.calls)
        step = 0.25 if passed < 60 else 5.0
        world.clock.forward(step)
        passed += step
    return times


async def test_a_page_is_tried_again_and_again_each_time_later_then_given_up(
    world: World,
) -> None:
    world.sms.script = [BUSY] * 199
    await world.queue(send_page())
    times = await tries_of(world, 50 * 60)
    assert len(times) >= TRIES["page"]
    assert times[1] <= 1
    assert times[2] <= 2.5
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert max(gaps) <= 35
    assert 45 * 60 <= times[-1] <= 45.5 * 60, "longer than a whole escalation takes"
    assert await world.row() == (PageState.FAILED, len(times))
    assert f"given up after {len(times)} tries" in ((await world.page_of()).error or "")


async def test_a_page_that_fails_twice_is_told_so_that_others_are_tried_meanwhile(
    world: World,
) -> None:
    world.sms.script = [BUSY] * 4
    await world.queue(send_page())
    await tries_of(world, 60)
    assert (await world.page_of()).state is PageState.SENT
    (stuck,) = [event for event in await told(world) if isinstance(event, PageFailed)]
    assert (stuck.page, stuck.error) == ("p1", "cannot be reached")
    assert (stuck.silent, stuck.stuck) == (True, True)


async def told(world: World) -> list[object]:
    """What the outbox put into the inbox."""
    async with world.store.transaction() as tx:
        found = []
        while (row := await tx.next_event(world.clock.now())) is not None:
            found.append(row.event)
            await tx.postpone_event(row.id, world.clock.now() + SECOND * 3600, "seen", False)
    return list(found)


async def test_what_a_provider_asks_for_is_waited(world: World) -> None:
    world.sms.script = [Transient("slow down", retry_after_seconds=7)]
    await world.queue(send_page())
    assert await tries_of(world, 20) == [0, 7]


async def test_a_page_is_not_kept_for_longer_than_five_minutes_nor_hammered(world: World) -> None:
    world.sms.script = [Transient("tomorrow", retry_after_seconds=86400)]
    world.sms.script += [Transient("at once", retry_after_seconds=0)] * 3
    await world.queue(send_page())
    first, second, *others = await tries_of(world, 330)
    assert (first, second) == (0, 300)
    assert len(set(others)) == len(others) >= 3
    assert min(others) > 300


async def test_a_page_that_has_to_wait_for_its_provider_is_stuck_at_once(world: World) -> None:
    world.sms.script = [Transient("slow down", retry_after_seconds=16)]
    await world.queue(send_page())
    await tries_of(world, 1)
    assert [(it.stuck, it.error) for it in await told(world) if isinstance(it, PageFailed)] == [
        (True, "slow down")
    ]


async def test_a_refusal_for_good_is_not_tried_again_and_marks_the_number(world: World) -> None:
    world.sms.script = [Permanent("has opted out", code="21610", mark="opted_out")]
    await world.queue(send_page())
    assert await tries_of(world, 20) == [0]
    found = await world.page_of()
    assert (found.state, found.error) == (PageState.FAILED, "has opted out (21610)")
    (failed,) = await told(world)
    assert isinstance(failed, PageFailed)
    assert (failed.mark, failed.silent) == ("opted_out", False)


async def test_a_bug_in_a_channel_is_a_try_like_any_other(world: World) -> None:
    world.sms.script = [ZeroDivisionError("secret +15005550101")]
    await world.queue(send_page())
    assert len(await tries_of(world, 3)) == 2
    assert await world.row() == (PageState.SENT, 2)


async def test_an_answer_to_a_text_is_not_tried_for_ever(world: World) -> None:
    world.sms.script = [BUSY] * 99
    await world.queue(AnswerText("a1", "ana", "checkout is down"))
    times = await tries_of(world, 120)
    assert len(times) == TRIES["answer_text"]
    assert await world.row("a1") == (PageState.FAILED, TRIES["answer_text"])


async def test_a_kind_that_is_switched_off_fails_at_once(world: World) -> None:
    fetch = FetchCommits("d1", "checkout", "gitlab", "acme/checkout", "a", "b")
    await world.queue(fetch)
    await world.outbox.deliver_due()
    assert (await world.row(fetch.key))[0] is PageState.FAILED
    del world.outbox.handlers["post"]  # type: ignore[attr-defined]
    await world.queue(Post("hello", "support", "hello"))
    await world.outbox.deliver_due()
    assert (await world.row("hello"))[0] is PageState.FAILED


async def test_a_reply_waits_for_its_thread_and_that_counts_as_no_try(world: World) -> None:
    world.chat.script = [BUSY] * 6
    await world.goes_down()
    await world.queue(Reply("r1", 1, "hello"))
    for _ in range(10):
        await world.outbox.deliver_due()
        world.clock.forward(1)
    assert await world.row("r1") == (PageState.QUEUED, 0)
    for _ in range(80):
        await world.outbox.deliver_due()
        await world.engine.work()
        world.clock.forward(1)
    assert await world.row("r1") == (PageState.SENT, 1)
    keys = [key for key, _text in world.chat.posted]
    assert keys.index("thread:1") < keys.index("r1")
    assert len(keys) == len(set(keys))


async def test_slow_providers_are_not_flooded(world: World) -> None:
    """No more than so many at once; the rest waits unclaimed, so that others may take it."""
    gate = asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    world.sms.meanwhile = wait
    pages = [send_page(f"p{n}", f"person{n}") for n in range(AT_ONCE + 10)]
    await world.queue(*pages)
    assert await world.outbox.start_due() == AT_ONCE
    waits = await world.waits()
    assert len(waits) == 10
    gate.set()
    await world.outbox.drain()
    await world.outbox.deliver_due()
    assert len(world.sms.there) == AT_ONCE + 10


@pytest.mark.parametrize(
    ("receipt", "events"),
    [
        (Receipt(PageState.DELIVERED), [ReceiptReceived]),
        (Receipt(PageState.UNDELIVERED, "unreachable"), [ReceiptReceived]),
        (Receipt(PageState.SENT), []),
        (Receipt(PageState.SENDING), [ReceiptReceived]),
        (None, []),
    ],
    ids=["delivered", "undelivered", "sent", "its queue", "unknown"],
)
async def test_a_phone_that_says_nothing_for_a_minute_is_asked_about(
    world: World, receipt: Receipt | None, events: list[type]
) -> None:
    world.sms.receipts = {"SM1": receipt} if receipt else {}
    await world.queue(send_page())
    await world.outbox.deliver_due()
    world.clock.forward(59)
    assert await world.silent_pages.ask() == 0
    world.clock.forward(2)
    assert await world.silent_pages.ask() == 1
    assert [type(event) for event in await told(world)] == events


@pytest.mark.parametrize("answer", [Receipt(PageState.SENT), None, BUSY], ids=str)
async def test_two_minutes_without_a_receipt_is_not_paged(
    world: World, answer: Receipt | Exception | None
) -> None:
    if isinstance(answer, Receipt):
        world.sms.receipts = {"SM1": answer}
    if isinstance(answer, Exception):
        world.sms.asking = [answer, answer]
    await world.queue(send_page())
    await world.outbox.deliver_due()
    for _ in range(2):
        world.clock.forward(61)
        await world.silent_pages.ask()
    (failed,) = await told(world)
    assert isinstance(failed, PageFailed)
    assert (failed.page, failed.silent, failed.stuck) == ("p1", True, False)


async def test_a_bug_in_asking_about_one_page_does_not_hide_another_ones_receipt(
    world: World,
) -> None:
    world.sms.asking = [KeyError("sid"), None]
    world.sms.receipts = {sid: Receipt(PageState.DELIVERED) for sid in ("SM1", "SM2")}
    await world.queue(send_page("p1", "ana"), send_page("p2", "bo"))
    await world.outbox.deliver_due()
    world.clock.forward(61)
    assert await world.silent_pages.ask() == 2
    assert [type(event) for event in await told(world)] == [ReceiptReceived]


async def test_a_text_in_its_providers_own_queue_is_not_silent_however_long(world: World) -> None:
    world.sms.receipts = {"SM1": Receipt(PageState.SENDING)}
    await world.queue(send_page())
    await world.outbox.deliver_due()
    for _ in range(9):
        world.clock.forward(61)
        await world.silent_pages.ask()
    assert [event for event in await told(world) if isinstance(event, PageFailed)] == []
    left = world.clock.now() - timedelta(seconds=30)
    world.sms.receipts = {"SM1": Receipt(PageState.SENT, sent_at=left)}
    world.clock.forward(61)
    await world.silent_pages.ask()
    assert [event for event in await told(world) if isinstance(event, PageFailed)] == []
    world.clock.forward(61)
    await world.silent_pages.ask()
    assert isinstance((await told(world))[-1], PageFailed), "two minutes after it left the queue"


async def test_one_page_that_cannot_be_asked_about_does_not_hold_up_the_others(
    world: World,
) -> None:
    world.sms.receipts = {"SM2": Receipt(PageState.DELIVERED)}
    world.sms.asking = [BUSY, None]
    await world.queue(send_page("p1"), send_page("p2", "bo"))
    await world.outbox.deliver_due()
    world.clock.forward(61)
    assert await world.silent_pages.ask() == 2
    (receipt,) = await told(world)
    assert isinstance(receipt, ReceiptReceived)
    assert receipt.state is PageState.DELIVERED


async def test_a_channel_without_receipts_has_delivered_when_it_has_sent(world: World) -> None:
    world.sms.gives_receipts = False
    await world.queue(send_page())
    await world.outbox.deliver_due()
    (receipt,) = await told(world)
    assert isinstance(receipt, ReceiptReceived)
    assert (receipt.page, receipt.state) == ("p1", PageState.DELIVERED)
    assert (await world.page_of()).state is PageState.DELIVERED


class Hanging(RecordingChat):
    """Slack takes connections and answers nothing."""

    async def post(self, key: str, name: str, text: str) -> Posted:
        await asyncio.Event().wait()
        raise AssertionError("it never answers")


async def test_a_first_page_waits_for_no_chat_that_hangs(sqlite_url: str) -> None:
    world = World(sqlite_url, FakeClock(), chat=Hanging())
    await world.queue(*(Post(f"post-{number}", "incidents", "x") for number in range(AT_ONCE + 10)))
    async with asyncio.timeout(10):
        while await world.outbox.start_due():
            pass
        await world.queue(send_page())
        while not world.sms.calls:
            await world.outbox.start_due()
            await asyncio.sleep(0)
    for task in world.outbox._running:
        task.cancel()
    await world.outbox.drain()
    await world.store.close()
