"""What runs for ever ends when it is told to, whatever it was doing just then."""

import asyncio

import pytest

from tests.engine.world import World


@pytest.mark.parametrize("turns", range(6))
@pytest.mark.parametrize("part", ["engine", "outbox"])
async def test_a_loop_that_is_told_to_stop_while_it_wakes_up_stops(
    world: World, part: str, turns: int
) -> None:
    """`turns` of the event loop lie between the news that wake it and the order to stop."""
    loop = world.engine if part == "engine" else world.outbox
    task = asyncio.create_task(loop.run())
    await asyncio.sleep(0.05)  # it rests
    loop.wake.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=5)
    assert done == {task}
