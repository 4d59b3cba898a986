"""What people decide about the cause, and what of it is refused or repeated."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.events import Actor, CauseDecided
from bot.core.scene import Decision, Scene
from tests.core.world import World, deployment

MINUTES, DAYS = timedelta(minutes=1), timedelta(days=1)
BO = Actor("bo", "slack")


def down() -> World:
    """Down; v9 is suspected, v8 was long before and is no candidate."""
    scene = Scene(
        deployments=(deployment("v9", ended=6 * MINUTES), deployment("v8", ended=9 * DAYS))
    )
    world = World(scene=scene)
    world.goes_down()
    assert [one.deployment.id for one in world.incident.link.candidates] == ["v9"]
    return world


def decides(world: World, choice: Any, actor: Actor = BO, **more: Any) -> Decision:
    return world.happens(CauseDecided(more.pop("number", 1), choice, actor, world.now, **more))


def written(decision: Decision) -> list[dict[str, str]]:
    """The facts of each line about the cause."""
    return [dict(it.facts) for it in decision.entries if it.kind == "cause_decided"]


def cause(world: World) -> tuple[str, str | None, str] | None:
    found = world.incident.cause
    return (found.kind, found.deployment, found.note) if found else None


def test_a_stranger_decides_nothing() -> None:
    world = down()
    decision = decides(world, "this", Actor(None, "slack", slack="U0X"))
    assert (cause(world), decision.entries) == (None, ())
    assert "in no team" in world.private()[-1]


def test_an_incident_that_never_was_has_no_cause() -> None:
    world = down()
    decision = decides(world, "other", number=7)
    assert decision.incidents == ()
    assert world.private()[-1].startswith("There is no incident #7.")


CHOICES = [
    ("this", None, "v9"),  # the one that is named
    ("this", "v8", "v8"),  # the one that was named when the button was drawn
    ("another", "v8", "v8"),  # need not have been weighed
    ("another", "v7", None),  # is not known at all
    ("another", None, None),
    ("this", "v7", None),
]


@pytest.mark.parametrize(("choice", "deployment_id", "decided"), CHOICES)
def test_a_deployment_can_be_the_cause_if_it_is_known(
    choice: str, deployment_id: str | None, decided: str | None
) -> None:
    world = down()
    decision = decides(world, choice, deployment=deployment_id)
    assert cause(world) == (("deployment", decided, "") if decided else None)
    assert len(written(decision)) == (1 if decided else 0)
    if decided is None:
        assert "Choose one with Another one" in world.private()[-1]


def test_a_candidate_counts_although_its_own_record_is_gone() -> None:
    world = down()
    world.scene = replace(world.scene, deployments=())
    decides(world, "this")
    assert cause(world) == ("deployment", "v9", "")


def test_another_answer_replaces_the_first_and_the_log_says_what_stood_before() -> None:
    world = down()
    before = []
    answers: list[tuple[str, str | None, str]] = [
        ("this", None, ""),
        ("another", "v8", ""),  # the same kind is not the same answer
        ("other", None, "the disk"),
        ("other", None, "the disk was full"),
    ]
    for choice, which, note in answers:
        (facts,) = written(decides(world, choice, deployment=which, note=note))
        before.append(facts["before"])
    assert before == ["", "deployment", "deployment", "other"]
    assert cause(world) == ("other", None, "the disk was full")
    assert decides(world, "other", note="the disk was full").entries == ()
    assert "noted already" in world.private()[-1]
