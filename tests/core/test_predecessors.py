"""What ran there before a deployment: its range of commits begins where that one ended."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.deployment import Commit, Deployment, DeploymentState, Report
from bot.core.effects import FetchCommits
from bot.core.events import Actor, CommitsFound, DeployedByHand, DeploymentReported
from bot.core.pushes import Push
from bot.core.scene import Decision, Scene
from tests.core.world import START, World, deployment, policy

HOURS = timedelta(hours=1)
STARTED, SUCCEEDED, FAILED = (
    DeploymentState.STARTED,
    DeploymentState.SUCCEEDED,
    DeploymentState.FAILED,
)


def sha(letter: str) -> str:
    return letter * 40


def ran(letter: str, hours: float, **fields: Any) -> Deployment:
    """What ended so many hours before START; its commit is all one letter."""
    known = deployment(f"run-{letter}{hours}", ended=hours * HOURS)
    return replace(known, **{"sha": sha(letter)} | fields)


def report(id_: str = "new", **fields: Any) -> Report:
    """The deployment that the tests are about: it began 3 h before START and took one."""
    facts: dict[str, Any] = {
        "service": "checkout",
        "environment": "production",
        "status": SUCCEEDED,
        "version": "v9",
        "sha": sha("e"),
        "started_at": START - 3 * HOURS,
        "ended_at": START - 2 * HOURS,
    }
    return Report(id_, **facts | fields)


def reported(*before: Deployment, **fields: Any) -> Deployment:
    """What becomes of it, when these had run before."""
    world = World(scene=Scene(deployments=before))
    decision = world.happens(DeploymentReported(report(**fields), world.now))
    return decision.deployments[0]


PREDECESSORS = [
    # what had run, what the report says itself -> the letter of the predecessor
    ([], {}, None),
    ([ran("a", 5)], {}, "a"),
    ([ran("b", 4), ran("a", 5)], {}, "b"),  # the last one, in whatever order they are known
    ([ran("a", 5), ran("b", 4)], {}, "b"),
    ([ran("a", 5)], {"previous_sha": sha("c")}, "c"),  # the pipeline knows better
    ([ran("a", 5), ran("b", 4, state=FAILED)], {}, "a"),  # never got there
    ([ran("a", 5), ran("e", 4)], {}, "a"),  # the same once more: what it replaced is older
    ([ran("a", 5), ran("b", 4, sha=None)], {}, "a"),
    ([ran("a", 5), ran("b", 4, service="search")], {}, "a"),
    ([ran("a", 5), ran("b", 4, environment="staging")], {}, "a"),
    ([ran("a", 5, environment="Production")], {}, "a"),
    ([ran("a", 5), ran("b", 2.5)], {}, "a"),  # was still rolling out when this one began
    ([ran("a", 5), ran("b", 1)], {}, "a"),  # later: a report that is late
    ([ran("a", 5), ran("b", 1)], {"started_at": None}, "a"),  # of which only the end is known
    ([ran("a", 5)], {"sha": None}, None),  # no revision, no range
]


@pytest.mark.parametrize(("before", "said", "letter"), PREDECESSORS)
def test_a_deployment_follows_what_ran_there_before(
    before: list[Deployment], said: dict[str, Any], letter: str | None
) -> None:
    assert reported(*before, **said).previous_sha == (sha(letter) if letter else None)


def test_a_deployment_that_is_run_again_does_not_follow_itself() -> None:
    world = World(scene=Scene(deployments=(ran("a", 5),)))
    failed = report(status=FAILED, sha=None, started_at=START - 4 * HOURS)
    failed = replace(failed, ended_at=START - 3.5 * HOURS)
    for told in (failed, report()):
        decision = world.happens(DeploymentReported(told, world.now))
    again = decision.deployments[0]
    assert (again.state, again.rollback, again.previous_sha) == (SUCCEEDED, False, sha("a"))


ROLLBACKS = [
    ([ran("e", 6), ran("a", 5)], {}, True),
    # a part done by hand has no place in the line of versions
    ([ran("e", 6), ran("a", 5), ran("e", 4, by_hand=True)], {}, True),
    ([ran("e", 6, by_hand=True), ran("a", 5)], {}, False),
    ([ran("e", 6), ran("a", 5)], {"by_hand": True}, False),
    ([ran("e", 6), ran("a", 5, service="search")], {}, False),
    ([ran("e", 6), ran("a", 5, environment="staging")], {}, False),
]


@pytest.mark.parametrize(("before", "said", "back"), ROLLBACKS)
def test_going_back_is_told_by_what_ran_there_before(
    before: list[Deployment], said: dict[str, Any], back: bool
) -> None:
    assert reported(*before, **said).rollback is back


SAME_ID = [
    # where the second report of that id goes; is it the same deployment
    ({}, True),
    ({"environment": "Production"}, True),
    ({"environment": "staging"}, False),
    ({"service": "search"}, False),
]


@pytest.mark.parametrize(("place", "same"), SAME_ID)
def test_one_id_in_two_places_is_two_deployments(place: dict[str, Any], same: bool) -> None:
    world = World()
    world.happens(DeploymentReported(report(), world.now))
    world.happens(DeploymentReported(report(url="https://ci/1", **place), world.now))
    assert len(world.scene.deployments) == (1 if same else 2)


def entries(decision: Decision) -> list[tuple[str, str]]:
    return [(entry.kind, dict(entry.facts).get("state", "")) for entry in decision.entries]


def test_each_state_of_a_deployment_is_written_down_once() -> None:
    world = World()
    begun = report(status=STARTED, ended_at=None)
    assert entries(world.happens(DeploymentReported(begun, world.now))) == [
        ("deployment", "started")
    ]
    told = world.happens(DeploymentReported(replace(begun, url="https://ci/1"), world.now))
    assert (len(told.deployments), entries(told)) == (1, [])
    assert entries(world.happens(DeploymentReported(report(), world.now))) == [
        ("deployment", "succeeded")
    ]


def test_a_report_from_a_clock_that_was_ahead_has_arrived_by_now() -> None:
    world = World()
    begun = report(status=STARTED, started_at=None, ended_at=None)
    told = world.happens(DeploymentReported(begun, world.now + HOURS))
    assert (told.deployments[0].started_at, told.deployments[0].reported_at) == (START, START)


# -- its commits


def test_the_pipelines_own_list_of_commits_is_not_mixed_with_what_was_pushed() -> None:
    own, pushed = Commit(sha("e"), "fix: prices"), Commit(sha("d"), "wip")
    push = Push("acme/checkout", sha("a"), sha("e"), (pushed, Commit(sha("e"))))
    world = World(scene=Scene(pushes=(push,)))
    told = report(previous_sha=sha("a"), commits=(own,))
    decision = world.happens(DeploymentReported(told, world.now))
    assert decision.deployments[0].commits == (own,)


@pytest.mark.parametrize(("complete", "kinds"), [(True, []), (False, ["commits_cut"])])
def test_a_list_of_commits_that_was_cut_is_written_down_as_such(
    complete: bool, kinds: list[str]
) -> None:
    world = World()
    world.happens(DeploymentReported(report(previous_sha=sha("a")), world.now))
    found = CommitsFound("new", "checkout", (Commit(sha("e")),), complete, world.now)
    decision = world.happens(found)
    assert [entry.kind for entry in decision.entries] == kinds
    assert ["Only 1 commits of v9 are known" in e.text for e in decision.entries] == [True] * len(
        kinds
    )
    assert world.happens(found).entries == (), "the same answer again is no news"


@pytest.mark.parametrize(
    "changes", [{"source": ""}, {"commits": (Commit(sha("e")),)}, {"sha": None}]
)
def test_nobody_is_asked_for_commits_without_need(changes: dict[str, Any]) -> None:
    rules = policy()
    checkout = replace(rules.services["checkout"], repository="acme/checkout")
    world = World(replace(rules, services={**rules.services, "checkout": checkout}))
    told = {"source": "github", "previous_sha": sha("a")} | changes
    decision = world.happens(DeploymentReported(report(**told), world.now))
    assert not [effect for effect in decision.effects if isinstance(effect, FetchCommits)]


# -- by hand


def test_a_stranger_deploys_nothing_by_hand() -> None:
    world = World()
    actor = Actor(None, "slack", slack="U0X")
    decision = world.happens(DeployedByHand("checkout", "an index", actor, world.now))
    assert decision.deployments == ()
    assert "in no team" in world.private()[-1]


def test_a_service_that_nobody_knows_is_named_with_those_that_are_known() -> None:
    world = World()
    actor = Actor("ana", "slack")
    decision = world.happens(DeployedByHand("chekout", "an index", actor, world.now))
    assert decision.deployments == ()
    assert world.private() == ["There is no service chekout. Known: checkout, payments, search."]


def test_what_is_done_by_hand_is_done_where_users_are() -> None:
    rules = policy()
    checkout = replace(rules.services["checkout"], environment="live")
    world = World(replace(rules, services={**rules.services, "checkout": checkout}))
    actor = Actor("ana", "slack")
    decision = world.happens(DeployedByHand("checkout", "an index", actor, world.now))
    assert decision.deployments[0].environment == "live"
    world.passes(minutes=3)
    world.goes_down()
    assert world.incident.link.named is not None
