"""What is posted in one place is read in the order of the facts, whatever Slack does meanwhile."""

from datetime import timedelta

import pytest

from bot.core.draft import Draft
from bot.core.effects import Post, Reply
from bot.core.page import PageState
from bot.core.scene import Scene
from bot.ports import Delivery, Outcome, Permanent
from bot.tries import DOUBT_IN_LINE, LONGEST_IN_LINE, TRIES_IN_LINE, leaves_line
from tests.engine.ports import NOW
from tests.engine.world import BUSY, World, send_page

DOWN = Post("z-down", "incidents", "down")
UP = Post("a-up", "incidents", "up")


async def seconds_pass(world: World, seconds: int) -> None:
    for _ in range(seconds):
        await world.outbox.deliver_due()
        world.clock.forward(1)


async def test_when_slack_is_back_the_last_word_is_the_last_fact(world: World) -> None:
    world.chat.script = [BUSY] * 6
    await world.queue(DOWN)
    await seconds_pass(world, 15)
    assert world.chat.posted == []
    await world.queue(UP)
    await seconds_pass(world, 60)
    assert world.chat.posted == [("z-down", "down"), ("a-up", "up")]


@pytest.mark.parametrize(
    "fault",
    [Permanent("msg_too_long"), KeyError("a fault of ours")],
    ids=["refused for good", "our own fault"],
)
async def test_what_cannot_be_posted_holds_up_nothing_else(world: World, fault: Exception) -> None:
    world.chat.script = [fault]
    await world.queue(DOWN)
    await world.outbox.deliver_due()
    world.clock.forward(0.1)
    await world.queue(UP)
    await world.outbox.deliver_due()
    assert world.chat.posted == [("a-up", "up")]


async def test_no_page_and_no_first_message_of_a_thread_stands_in_line(world: World) -> None:
    await world.goes_down()
    await seconds_pass(world, 3)
    await world.engine.work()
    world.chat.script = [BUSY]
    await world.queue(Reply("r1", 1, "hello"), DOWN)
    await world.outbox.deliver_due()
    edits, texts = len(world.chat.edits), len(world.sms.there)
    await world.queue(send_page(person="kai"))
    async with world.store.transaction() as tx:
        await tx.refresh_threads((1,), world.clock.now())
    await world.outbox.deliver_due()
    assert len(world.chat.edits) == edits + 1
    assert len(world.sms.there) == texts + 1


async def test_many_news_while_slack_is_away_use_up_nobodys_place(world: World) -> None:
    told = [Post(f"p{number:03}", "incidents", str(number)) for number in range(60)]
    world.chat.script = [BUSY] * len(told)
    for post in told:
        await world.queue(post)
        await world.outbox.deliver_due()
        world.clock.forward(1)
    world.chat.script = []
    await seconds_pass(world, 120)
    assert world.chat.posted == [(post.key, post.text) for post in told]


@pytest.mark.parametrize(
    ("attempts", "waited", "doubted", "leaves"),
    [
        (1, LONGEST_IN_LINE, None, False),
        (TRIES_IN_LINE - 1, LONGEST_IN_LINE, timedelta(hours=1), False),
        (TRIES_IN_LINE, LONGEST_IN_LINE / 2, None, False),
        (TRIES_IN_LINE, LONGEST_IN_LINE, None, True),
        (1, LONGEST_IN_LINE, DOUBT_IN_LINE, True),
    ],
)
def test_nothing_holds_up_others_for_ever(
    attempts: int, waited: timedelta, doubted: timedelta | None, leaves: bool
) -> None:
    delivery = Delivery(
        key="z-down",
        effect=DOWN,
        state=PageState.SENDING,
        due_at=NOW,
        created_at=NOW - waited,
        attempts=attempts,
        token=1,
        claimed_at=NOW - doubted if doubted else NOW,
        provider_id=None,
        error=None,
        doubtful=doubted is not None,
    )
    assert leaves_line(delivery, Outcome(PageState.QUEUED), NOW) is leaves


async def test_many_posts_of_one_event_keep_their_order(world: World) -> None:
    draft = Draft(Scene(), world.engine.policy, NOW, "event")
    for number in range(12):
        draft.post("incidents", str(number))
    await world.queue(*draft.decision().effects)
    await seconds_pass(world, 12)
    assert [text for _, text in world.chat.posted] == [str(number) for number in range(12)]


async def test_news_are_told_at_once_although_the_clock_was_set_back(world: World) -> None:
    world.chat.script = [BUSY]
    await world.queue(DOWN)
    await world.outbox.deliver_due()
    world.clock.forward(-600)
    await world.queue(UP)
    await seconds_pass(world, 3)
    assert sorted(text for _, text in world.chat.posted) == ["down", "up"]
