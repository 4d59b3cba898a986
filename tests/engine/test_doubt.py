"""A try that may have gone through: the provider is asked before anything is sent again."""

import asyncio

import pytest

from bot.core.effects import Post
from bot.core.page import PageState
from bot.ports import Delivery, Outcome
from bot.tries import TRIES
from tests.engine.world import BUSY, LOST, World, send_page


async def passes(world: World, seconds: float, step: float = 1.0) -> None:
    """Time passes with a tick each second."""
    for _ in range(int(seconds / step)):
        world.clock.forward(step)
        await world.outbox.reconcile()
        await world.outbox.deliver_due()


async def test_a_text_whose_answer_was_lost_is_found_and_not_sent_again(world: World) -> None:
    world.sms.script = [LOST]
    await world.queue(send_page())
    await world.outbox.deliver_due()
    assert await world.row() == (PageState.SENDING, 1)
    await passes(world, 5)
    assert len(world.sms.there) == 1
    assert await world.row() == (PageState.SENT, 1)
    assert (await world.page_of()).provider_id == "SM1"


async def test_a_text_that_was_lost_on_the_way_is_sent_again(world: World) -> None:
    world.sms.script = [LOST]
    await world.queue(send_page())
    await world.outbox.deliver_due()
    world.sms.there.clear()
    await passes(world, 3)
    assert len(world.sms.there) == 1
    assert await world.row() == (PageState.SENT, 2)


async def test_a_provider_that_could_not_be_asked_is_asked_before_the_next_try(
    world: World,
) -> None:
    """It was away for a while: the text is there, and nobody gets it twice."""
    world.sms.script = [LOST]
    world.sms.asking = [BUSY]
    await world.queue(send_page())
    await world.outbox.deliver_due()
    await passes(world, 20)
    assert world.sms.asked == 2
    assert len(world.sms.there) == 1
    assert await world.row() == (PageState.SENT, 2)


async def test_a_page_that_nobody_can_decide_is_sent_again(world: World) -> None:
    """Two texts are better than none."""
    world.sms.script = [LOST]
    world.sms.asking = [BUSY] * 50
    await world.queue(send_page())
    await world.outbox.deliver_due()
    await passes(world, 3)
    assert len(world.sms.there) == 2
    assert (await world.page_of()).state is PageState.SENT


async def test_a_message_waits_until_slack_can_say_whether_it_has_it(world: World) -> None:
    """Nobody sleeps through a late message; said twice it only confuses."""
    world.chat.script = [LOST]
    world.chat.asking = [BUSY] * 4
    await world.queue(Post("hello", "support", "hello"))
    await world.outbox.deliver_due()
    await passes(world, 50)
    assert await world.row("hello") == (PageState.SENDING, 1)
    await passes(world, 20)
    assert await world.row("hello") == (PageState.SENT, 1)
    assert world.chat.posted == [("hello", "hello")]


async def test_a_message_that_slack_can_say_nothing_of_for_a_day_is_posted_again(
    world: World,
) -> None:
    world.chat.script = [LOST]
    world.chat.asking = [BUSY] * 9999
    await world.queue(Post("hello", "support", "hello"))
    await world.outbox.deliver_due()
    await passes(world, 23 * 3600, step=300.0)
    assert world.chat.posted == [("hello", "hello")]
    await passes(world, 2 * 3600, step=300.0)
    assert world.chat.posted == [("hello", "hello")] * 2
    assert (await world.row("hello"))[0] is PageState.SENT


async def test_a_bug_in_asking_keeps_no_page_from_going_out(world: World) -> None:
    world.sms.script = [LOST]
    world.sms.asking = [KeyError("sid"), KeyError("sid")]
    await world.queue(send_page())
    await world.outbox.deliver_due()
    await passes(world, 3)
    assert len(world.sms.there) == 2
    assert (await world.page_of()).state is PageState.SENT


async def test_doubt_ends_after_so_many_tries(world: World) -> None:
    world.sms.script = [LOST] * 99
    world.sms.asking = [BUSY] * 999
    await world.queue(send_page())
    await passes(world, 3600, step=5.0)
    state, tries = await world.row()
    assert state is PageState.FAILED
    assert TRIES["page"] < tries <= TRIES["page"] + 10, "each of them may have been a text"
    assert len(world.sms.calls) == tries


class Stuck:
    """A provider that never says what it has."""

    async def deliver(self, delivery: Delivery) -> Outcome:
        raise LOST

    async def find(self, delivery: Delivery) -> Outcome | None:
        await asyncio.Event().wait()
        return None


async def test_a_page_does_not_wait_until_another_provider_has_answered(world: World) -> None:
    """Slack hangs while Twilio could tell at once."""
    world.outbox.handlers = {**world.outbox.handlers, "post": Stuck()}
    world.sms.script = [LOST]
    await world.queue(Post("hello", "support", "hello"), send_page())
    await world.outbox.deliver_due()
    world.clock.forward(3)
    assert await world.outbox.start_asking() == 2
    async with asyncio.timeout(5):
        while (await world.row())[0] is not PageState.SENT:
            await asyncio.sleep(0.005)
    assert (await world.row("hello"))[0] is PageState.SENDING
    for task in world.outbox._asking:
        task.cancel()


@pytest.mark.parametrize("error", [None, LOST], ids=["recorded", "in doubt"])
async def test_an_owner_who_lost_the_lease_changes_nothing(
    either: World, error: Exception | None
) -> None:
    """It stood still for longer than the lease, and another process has settled the row."""
    other = either.another()

    async def the_other_settles() -> None:
        either.sms.meanwhile = None
        either.clock.forward(61)
        assert await other.outbox.reconcile() == 1

    either.sms.script = [error]
    either.sms.meanwhile = the_other_settles
    await either.queue(send_page())
    await either.outbox.deliver_due()
    assert await either.row() == (PageState.SENT, 1)
    either.clock.forward(61)
    assert await either.outbox.reconcile() == 0
    assert len(either.sms.there) == 1
    await other.store.close()


async def test_what_keeps_a_thread_whole_outlives_hours_of_answers_that_say_nothing(
    world: World,
) -> None:
    """HTTP 503 for three hours: it is asked for and tried ever less often, and not given up."""
    world.chat.script = [LOST] * 1000
    await world.queue(Post("hello", "support", "hello"))
    for _ in range(3 * 360):
        await passes(world, 10, step=10)
        world.chat.posted.clear()
    state, attempts = await world.row("hello")
    assert state is PageState.SENDING
    assert attempts < 100
    world.chat.script = []
    await passes(world, 360, step=10)
    assert (await world.row("hello"))[0] is PageState.SENT
    assert [key for key, _text in world.chat.posted] == ["hello"]
