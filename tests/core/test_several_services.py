"""An incident of several services: it is over when every one of them is up."""

from dataclasses import replace

from bot.core.incident import Affected
from tests.core.world import START, World


def two_down() -> World:
    """checkout and search are down in one incident."""
    world = World()
    world.goes_down("checkout")
    search = Affected("search", START, "HTTP 503")
    both = replace(world.incident, services=(*world.incident.services, search))
    world.scene = replace(world.scene, incidents=(both,))
    world.goes_down("search")
    assert len(world.scene.incidents) == 1
    return world


def test_it_is_over_when_every_service_in_it_is_up() -> None:
    world = two_down()
    world.comes_up("checkout")
    assert world.incident.open
    assert world.incident.down() == ("search",)
    assert "search" in world.replies()[-1]
    world.comes_up("search")
    assert not world.incident.open


def test_resolving_by_hand_is_refused_while_any_service_in_it_is_down() -> None:
    world = two_down()
    world.comes_up("checkout")
    (told,) = world.texts("ana", "1 ok")
    assert told.startswith("#1 stays open: search is still down (HTTP 503).")
    assert world.incident.open


def test_one_that_is_down_again_is_no_longer_counted_as_up() -> None:
    world = two_down()
    world.comes_up("checkout")
    world.goes_down("checkout")
    world.comes_up("search")
    assert world.incident.open
    assert world.incident.down() == ("checkout",)
