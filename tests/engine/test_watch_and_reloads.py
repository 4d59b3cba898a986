"""The configuration is taken again while a check is being probed, or is down."""

import asyncio

from checks import Outcome
from tests.engine.watching import Service, levels, probes, watch_of, watched
from tests.engine.world import World


async def test_a_verdict_reached_while_the_configuration_was_taken_is_remembered(
    world: World,
) -> None:
    """Else the service is told down, and nobody knows any more that it was when it comes back."""
    service = Service()
    watch = await watch_of(world, service)
    await probes(world, watch, 1)
    service.answers.clear()
    world.clock.forward(10)
    await watch.tick()
    await asyncio.sleep(0)
    await watch.configure([watched(service)])
    service.answers.set()
    await watch.settle()
    assert await levels(world) == {"checkout": "down"}
    service.outcome = Outcome.UP
    await probes(world, watch, 2)
    assert await levels(world) == {"checkout": "up"}


async def test_a_check_that_is_taken_out_while_it_is_down_and_put_back_tells_it_again(
    world: World,
) -> None:
    service = Service()
    watch = await watch_of(world, service)
    await probes(world, watch, 2)
    assert await levels(world) == {"checkout": "down"}
    await watch.configure([])
    assert await levels(world) == {}
    await watch.configure([watched(service)])
    await probes(world, watch, 2)
    assert await levels(world) == {"checkout": "down"}


async def test_what_a_probe_says_of_a_check_that_has_left_no_longer_counts(world: World) -> None:
    """It could never say "up" again."""
    service = Service()
    watch = await watch_of(world, service)
    await probes(world, watch, 1)
    service.answers.clear()
    world.clock.forward(10)
    await watch.tick()
    await asyncio.sleep(0)
    await watch.configure([])
    service.answers.set()
    await watch.settle()
    assert await levels(world) == {}
