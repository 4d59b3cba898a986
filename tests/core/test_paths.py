"""Which services of one repository a deployment is of: those whose paths its commits touch."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.deployment import Commit, DeploymentState, Report
from bot.core.events import CommitsFound, DeploymentReported
from bot.core.link import Label
from bot.core.paths import touches
from tests.core.world import START, World, policy

MINUTES = timedelta(minutes=1)

TOUCHES = [
    # paths, files, whether they are touched
    (["checkout/**"], ["checkout/cart/total.py"], True),
    (["checkout/**"], ["README.md", "checkout/a.py"], True),
    (["checkout/**"], ["search/a.py"], False),
    (["checkout/**"], ["checkouts/a.py", "old/checkout/a.py"], False),
    (["checkout/"], ["checkout/cart/total.py"], True),
    (["checkout"], ["checkout/cart/total.py"], True),
    (["./checkout/*"], ["checkout/a.py"], True),
    (["libs/**", "checkout/**"], ["libs/money/round.py"], True),
    (["**/Dockerfile"], ["Dockerfile"], True),
    (["**/Dockerfile"], ["checkout/Dockerfile"], True),
    (["Checkout/**"], ["checkout/a.py"], False),  # paths compare with case
    (["checkout/**"], [], None),  # nothing is known: a merge, or going back
    (["checkout/**"], [f"search/{n}" for n in range(300)], None),  # the list may have been cut
]


@pytest.mark.parametrize(("paths", "files", "expected"), TOUCHES)
def test_paths_are_compared_with_what_commits_touched(
    paths: list[str], files: list[str], expected: bool | None
) -> None:
    commits = (Commit("a"), Commit("b", files=tuple(files)))
    assert touches(paths, commits) is expected


def shipped(world: World, *files: str, complete: bool = True, shared: bool = True) -> None:
    """A deployment of the whole repository, then the commits of its range."""
    started, ended = START - 8 * MINUTES, START - 6 * MINUTES
    report = Report(
        "d1", "checkout", "production", DeploymentState.SUCCEEDED, version="v9", shared=shared
    )
    told = replace(report, started_at=started, ended_at=ended)
    world.happens(DeploymentReported(told, world.now))
    commit = Commit("f" * 40, "fix: it", files=files)
    world.happens(CommitsFound("d1", "checkout", (commit,), complete, world.now))


def repository_of_several() -> World:
    rules = policy()
    checkout = replace(rules.services["checkout"], repository="acme/mono", paths=("checkout/**",))
    return World(replace(rules, services={**rules.services, "checkout": checkout}))


def test_a_deployment_that_touches_nothing_of_the_service_is_not_its_own() -> None:
    world = repository_of_several()
    shipped(world, "search/index.py")
    world.goes_down()
    assert world.incident.link.label is Label.NONE


def test_it_is_taken_back_when_the_commits_are_known_only_later() -> None:
    world = repository_of_several()
    world.goes_down()
    shipped(world, "search/index.py")
    assert world.incident.link.label is Label.NONE
    assert world.replies()[-1] == "No deployment is linked any more."


@pytest.mark.parametrize(
    ("files", "complete", "shared"),
    [
        (("checkout/cart.py",), True, True),  # it touches the service
        ((), True, True),  # nobody knows the files
        (("search/index.py",), False, True),  # not all of them
        (("search/index.py",), True, False),  # the sender named the service
    ],
)
def test_whatever_may_be_the_services_counts(
    files: tuple[str, ...], complete: bool, shared: bool
) -> None:
    world = repository_of_several()
    shipped(world, *files, complete=complete, shared=shared)
    world.goes_down()
    assert world.incident.link.label is Label.SUSPECTED
