"""The commits of a deployment from what was pushed, without asking anybody."""

from dataclasses import replace

import pytest

from bot.core.deployment import Commit, DeploymentState, Report
from bot.core.effects import FetchCommits
from bot.core.events import CommitsPushed, DeploymentReported
from bot.core.pushes import Push, between
from bot.core.scene import Scene
from tests.core.world import START, World, policy


def sha(letter: str) -> str:
    return letter * 40


def push(before: str, after: str, *commits: str) -> Push:
    return Push(
        "acme/checkout",
        sha(before),
        sha(after),
        tuple(Commit(sha(one), f"fix: {one}", "Bo") for one in commits),
    )


PUSHES = (push("a", "c", "b", "c"), push("c", "d", "d"), push("d", "f", "e", "f"))


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        ("a", "c", "bc"),  # exactly one push
        ("a", "f", "bcdef"),  # several in a row
        ("b", "c", "c"),  # the base in the middle of a push
        ("a", "b", "b"),  # the head in the middle of a push
        ("b", "e", "cde"),  # both in the middle
        ("c", "c", ""),  # nothing changed
        ("z", "c", None),  # the base was never seen
        ("a", "z", None),  # the head was never seen
        ("f", "a", None),  # backward: a rollback is no range of pushes
    ],
)
def test_pushes_are_joined_from_one_revision_to_the_next(
    base: str, head: str, expected: str | None
) -> None:
    found = between(reversed(PUSHES), sha(base), sha(head))
    assert (None if found is None else "".join(one.sha[0] for one in found)) == expected


def test_a_deployment_takes_the_pushed_commits_and_asks_nobody() -> None:
    rules = policy()
    checkout = replace(rules.services["checkout"], repository="acme/checkout")
    world = World(
        replace(rules, services={**rules.services, "checkout": checkout}),
        Scene(pushes=PUSHES),
    )
    report = Report(
        "d1", "checkout", "production", DeploymentState.SUCCEEDED, version="v1",
        sha=sha("d"), previous_sha=sha("a"), started_at=START, ended_at=START, source="github",
    )  # fmt: skip
    world.happens(DeploymentReported(report, START))
    assert [one.sha[0] for one in world.scene.deployments[0].commits] == ["b", "c", "d"]
    assert not any(isinstance(effect, FetchCommits) for effect in world.effects)


def test_a_push_is_kept_for_the_deployment_that_will_name_it() -> None:
    world = World()
    decision = world.happens(CommitsPushed(PUSHES[0], START))
    assert decision.pushes == (PUSHES[0],)
    assert decision.effects == ()
