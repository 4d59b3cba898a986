"""Many services that know nothing of each other, and a storm of them."""

from dataclasses import replace

from bot.core.incident import Incident
from bot.core.policy import Policy, Service
from tests.core.world import STEPS, World, policy

SEVEN = tuple(f"s{n}" for n in range(1, 8))


def many(*names: str, storm: int = 5) -> Policy:
    """Services that know nothing of each other, of IT and Development; the last one of Payments."""
    base = policy()
    both = ("it", "development")
    services = {name: Service(name, both, STEPS) for name in names}
    last = names[-1]
    services[last] = replace(services[last], teams=("payments_team",))
    return replace(base, services={**base.services, **services}, storm=storm)


def stormy(down: int = 6) -> World:
    """So many go down, a second apart: the first texts went out, the others wait for the 20 s."""
    world = World(many(*SEVEN))
    for name in SEVEN[:down]:
        world.goes_down(name)
        if name == "s1":
            world.sends(*world.pages())
        world.passes(seconds=1)
    return world


def open_ones(world: World) -> list[Incident]:
    return [incident for incident in world.scene.incidents if incident.open]


def number(world: World, n: int) -> Incident:
    return next(incident for incident in world.scene.incidents if incident.number == n)
