"""A process died while it was sending: what its successor finds out, and how soon."""

from bot.core.page import PageState
from bot.outbox import LEASE
from bot.ports import Delivery
from tests.engine.world import World, send_page


async def claim(world: World) -> list[Delivery]:
    """The last that the dead process did to the database."""
    async with world.store.transaction() as tx:
        keys = [row.key for row in await tx.due_deliveries(world.clock.now(), 50)]
        return await tx.claim(keys, world.clock.now(), LEASE)


async def test_a_page_that_was_claimed_and_never_sent_goes_out(either: World) -> None:
    await either.queue(send_page())
    await claim(either)
    either.clock.forward(LEASE.total_seconds())
    assert await either.outbox.reconcile() == 1
    assert await either.outbox.deliver_due() == 1
    assert [call.key for call in either.sms.calls] == ["p1"]
    assert (await either.page_of()).state is PageState.SENT


async def test_a_page_that_went_and_was_never_recorded_is_not_sent_again(either: World) -> None:
    await either.queue(send_page())
    (mine,) = await claim(either)
    await either.sms.send(mine.key, "ana", send_page().page.text)
    either.clock.forward(LEASE.total_seconds())
    await either.outbox.reconcile()
    await either.outbox.deliver_due()
    assert len(either.sms.there) == 1
    assert ((await either.page_of()).state, (await either.page_of()).provider_id) == (
        PageState.SENT,
        "SM1",
    )


async def test_on_sqlite_a_new_process_asks_at_once(world: World) -> None:
    """There is one process a file, so whoever held the lease is dead."""
    await world.queue(send_page())
    await claim(world)
    world.clock.forward(1)
    assert await world.store.stalled_deliveries(world.clock.now(), 10) == []
    assert await world.store.abandon_leases(world.clock.now()) == 1
    assert await world.store.abandon_leases(world.clock.now()) == 0
    await world.outbox.reconcile()
    await world.outbox.deliver_due()
    assert len(world.sms.calls) == 1


async def test_on_a_shared_database_the_lease_of_another_process_stands(shared: World) -> None:
    await shared.queue(send_page())
    (mine,) = await claim(shared)
    assert await shared.store.abandon_leases(shared.clock.now()) == 0
    assert await shared.outbox.reconcile() == 0
    assert await shared.store.settle(mine, PageState.SENT, shared.clock.now(), provider_id="SM9")
