"""A bug of ours in weighing the deployments: people are paged all the same, without a link."""

from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

import pytest

from bot.core.deployment import DeploymentState, Report
from bot.core.events import Actor, DeploymentReported, OpenedByHand
from bot.core.link import Label
from tests.engine.world import World, down


class Unmeasurable(timedelta):
    """A window that nothing can be held against."""

    def fails(self, *_: object) -> NoReturn:
        raise ZeroDivisionError("a bug of ours")

    __lt__ = __gt__ = __le__ = __ge__ = total_seconds = fails


@pytest.fixture
def broken(world: World) -> World:
    """Weighing for checkout fails; the rest of the rules is as it was."""
    services = dict(world.rules.services)
    services["checkout"] = replace(services["checkout"], suspect_window=Unmeasurable(1))
    world.engine.policy = replace(world.rules, services=services)
    return world


async def deployed(world: World, key: str = "d1") -> None:
    report = Report(key, "checkout", "production", DeploymentState.SUCCEEDED, version="v1")
    await world.engine.receive(key, DeploymentReported(report, world.clock.now()))
    await world.engine.work()


async def test_the_first_page_goes_out_at_once_and_says_so(broken: World) -> None:
    await deployed(broken)
    await broken.goes_down()
    await broken.outbox.deliver_due()
    assert sorted(call.person for call in broken.sms.calls) == ["ana", "bo", "dee", "ida"]
    assert all("Deployments not weighed (our fault)." in call.text for call in broken.sms.calls)
    view = await broken.store.incident(1)
    assert view is not None
    assert (view.incident.link.label, view.incident.link.weighed) == (Label.NONE, False)
    assert [it.kind for it in view.timeline] == ["triggered", "not_weighed"]
    assert len(broken.engine.outages) == 0


async def test_an_outage_that_a_person_opened_is_not_held_up_either(broken: World) -> None:
    await deployed(broken)
    opened = OpenedByHand("checkout", "cannot pay", Actor("ana", "slack"), broken.clock.now())
    await broken.engine.receive("o1", opened)
    await broken.engine.work()
    assert await broken.store.incident(1) is not None


async def test_a_deployment_is_kept_although_it_cannot_be_weighed(broken: World) -> None:
    await broken.goes_down()
    await deployed(broken, "d9")
    assert [it.id for it in await broken.store.deployments()] == ["d9"]


async def test_when_the_bug_is_gone_the_next_report_is_weighed_again(broken: World) -> None:
    await deployed(broken)
    broken.clock.forward(60)
    await broken.goes_down()
    broken.engine.policy = broken.rules
    await deployed(broken, "d2")
    view = await broken.store.incident(1)
    assert view is not None
    assert view.incident.link.named is not None
    assert view.incident.link.weighed


async def test_others_are_weighed_as_always(broken: World) -> None:
    await broken.engine.receive("e2", down("search", broken.clock))
    await broken.goes_down()
    found = {it.service: it.link.weighed for it in await broken.store.incidents()}
    assert found == {"search": True, "checkout": False}
