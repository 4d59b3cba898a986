"""The first message of an incident's thread stands there once, however events and tries fall."""

from bot.core.effects import RefreshThread
from bot.core.page import PageState
from bot.ports import Posted
from tests.engine.world import LOST, World


async def opened(world: World) -> None:
    """Posted and recorded; the event that tells the incident where waits in the inbox."""
    await world.goes_down()
    await world.outbox.deliver_due()
    assert threads(world) == 1


def threads(world: World) -> int:
    return [text for _key, text in world.chat.posted].count("thread of 1")


async def test_news_that_come_before_the_incident_knows_its_thread_edit_it(either: World) -> None:
    await opened(either)
    await either.queue(RefreshThread(1))
    await either.outbox.deliver_due()
    assert threads(either) == 1
    assert either.chat.edits == [Posted("C1", "1.0")]


async def test_the_same_when_it_was_found_after_its_answer_was_lost(world: World) -> None:
    world.chat.script = [LOST]
    await world.goes_down()
    await world.outbox.deliver_due()
    world.clock.forward(3)
    await world.outbox.reconcile()
    world.clock.forward(3)
    await world.outbox.deliver_due()
    assert threads(world) == 1
    assert world.chat.edits == [Posted("C1", "1.0")]
    assert (await world.row("thread:1"))[0] is PageState.SENT


async def test_a_thread_that_somebody_deleted_begins_anew_once(world: World) -> None:
    await opened(world)
    await world.engine.work()
    world.chat.gone.add(Posted("C1", "1.0"))
    for _ in range(2):
        await world.queue(RefreshThread(1))
        await world.outbox.deliver_due()
    assert threads(world) == 2
    new = Posted("C1", f"{len(world.chat.posted)}.0")
    assert world.chat.edits[-1] == new
    await world.engine.work()
    view = await world.store.incident(1)
    assert view is not None
    assert view.incident.thread_ts == new.ts
