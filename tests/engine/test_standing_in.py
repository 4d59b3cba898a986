"""Every process knows who stands in, whichever of them decided it, and pages from memory by it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.core.events import Actor, OverrideAsked
from bot.core.recipients import on_call
from bot.core.rota import Layer, Rota
from bot.emergency import people_to_page
from tests.core.world import policy
from tests.engine.world import World

ANA = Actor("ana", "cli")
HOUR = timedelta(hours=1)


@pytest.fixture
def rota_of_it(world: World) -> World:
    """Ana before Ida, since long ago, for a year each."""
    base = policy()
    starts = datetime.fromisoformat("2026-01-01 09:00")
    turns = Rota((Layer("primary", ("ana", "ida"), timedelta(days=365), starts, "UTC"),))
    world.rules = replace(base, teams={**base.teams, "it": replace(base.teams["it"], rota=turns)})
    world.engine.policy = world.rules
    return world


async def stands_in(world: World, who: str) -> None:
    now = world.clock.now()
    await world.engine.receive("o1", OverrideAsked(who, now, now + HOUR, ANA, now, team="it"))
    await world.engine.work()


async def test_another_process_learns_it_without_an_event_of_its_own(rota_of_it: World) -> None:
    other = rota_of_it.another()
    await stands_in(rota_of_it, "ida")
    assert "ana" in people_to_page(other.engine.policy, "checkout", other.clock.now())
    await other.engine.tick()
    people = people_to_page(other.engine.policy, "checkout", other.clock.now())
    assert "ida" in people
    assert "ana" not in people
    await other.store.close()


async def test_a_configuration_that_is_read_anew_keeps_it(rota_of_it: World) -> None:
    await stands_in(rota_of_it, "ida")
    rota_of_it.engine.policy = replace(rota_of_it.rules, storm=9)
    known, now = rota_of_it.engine.policy, rota_of_it.clock.now()
    assert on_call(known.teams["it"], known, now) == ("ida",)
    assert on_call(known.teams["it"], known, now + HOUR) == ("ana",)
