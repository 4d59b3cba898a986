"""Whether a production deployment is what was signed, whatever its reports say and when."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.deployment import Commit, DeploymentState
from bot.core.events import CommitsFound
from bot.core.release import ReleaseState
from tests.core.release_world import NEW, OLD, SHA, ReleaseWorld

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("status", [DeploymentState.STARTED, DeploymentState.SUCCEEDED])
def test_a_pipeline_that_says_it_began_days_ago_is_flagged_when_it_says_so(
    status: DeploymentState,
) -> None:
    world = ReleaseWorld()
    long_ago = world.now - timedelta(days=2)
    ended = None if status is DeploymentState.STARTED else long_ago + timedelta(minutes=5)
    world.deploys("d9", NEW, status, version="v1.68", started_at=long_ago, ended_at=ended)
    assert len(world.flags()) == 1
    world.now += timedelta(minutes=1)
    world.deploys("d9", NEW, DeploymentState.SUCCEEDED, version="v1.68", ended_at=world.now)
    assert len(world.flags()) == 1


@pytest.mark.parametrize(("ended_ago", "flags"), [(timedelta(), 1), (timedelta(days=2), 0)])
def test_what_a_host_lists_as_begun_days_ago_is_flagged_if_it_ends_now(
    ended_ago: timedelta, flags: int
) -> None:
    world = ReleaseWorld()
    began = world.now - timedelta(days=2, minutes=5)
    world.deploys("d9", NEW, created_at=began, started_at=began, listed=True)
    ended = world.now - ended_ago
    world.deploys("d9", NEW, DeploymentState.SUCCEEDED, ended_at=ended, listed=ended_ago > HOUR)
    assert len(world.flags()) == flags


@pytest.mark.parametrize(
    ("began_before_signature", "said", "flags"),
    [
        (timedelta(minutes=20), {}, 1),
        (timedelta(minutes=2), {}, 0),  # clocks differ
        (timedelta(minutes=-1), {}, 0),
        # Dated from its creation: it waited for the signature.
        (timedelta(minutes=20), {"created": True}, 0),
        (timedelta(minutes=20), {"callback": "github 7 https://api.github.com/x production"}, 0),
    ],
)
def test_a_signature_does_not_cover_what_was_going_out_before_it(
    began_before_signature: timedelta, said: dict[str, object], flags: int
) -> None:
    world = ReleaseWorld()
    world.ready(callback=said.get("callback"))
    world.approves()
    began = world.now - began_before_signature
    world.now += timedelta(minutes=2)
    created = began if said.get("created") else None
    world.deploys(status=DeploymentState.SUCCEEDED, started_at=began, created_at=created)
    assert len(world.flags()) == flags
    if flags:
        assert "had begun before v1.42 of checkout was approved" in world.flags()[0]
        assert world.release().state is ReleaseState.APPROVED


def one_of_several() -> ReleaseWorld:
    """Checkout shares its repository with other services."""
    world = ReleaseWorld()
    services = world.policy.services
    checkout = replace(services["checkout"], paths=("checkout/",))
    world.policy = replace(world.policy, services={**services, "checkout": checkout})
    return world


def test_a_deployment_that_seemed_to_be_of_another_service_is_flagged_once_it_is_not() -> None:
    world = one_of_several()
    other = (Commit("1" * 40, "docs", "Dee", files=("payments/a.py",)),)
    world.deploys("d9", NEW, previous_sha=OLD, commits=other, shared=True)
    assert world.flags() == []
    own = (Commit("2" * 40, "feat", "Dee", files=("checkout/a.py",)),)
    for _ in range(2):
        world.happens(CommitsFound("d9", "checkout", own, True, world.now))
    assert len(world.flags()) == 1
    world.deploys("d9", NEW, DeploymentState.SUCCEEDED, shared=True)
    assert len(world.flags()) == 1


def test_the_same_holds_where_a_later_report_tells_what_it_touches() -> None:
    world = one_of_several()
    other = (Commit("1" * 40, "docs", "Dee", files=("payments/a.py",)),)
    world.deploys("d9", NEW, commits=other, shared=True)
    own = (Commit("2" * 40, "feat", "Dee", files=("checkout/a.py",)),)
    world.deploys("d9", NEW, DeploymentState.SUCCEEDED, commits=own, shared=True)
    assert len(world.flags()) == 1


def test_an_older_build_that_was_signed_does_not_go_out_after_a_newer_one_unseen() -> None:
    world = ReleaseWorld()
    world.ready("b1")
    world.approves("mia", "b1")
    world.now += timedelta(minutes=1)
    world.ready("b2", sha=NEW)
    assert world.release("b1").state is ReleaseState.APPROVED
    world.approves("kai", "b2")
    world.deploys("d2", NEW, version="v1.2")
    assert world.release("b1").state is ReleaseState.SUPERSEDED
    assert "v1.1* of checkout was superseded" in world.said_under_card()[-1]
    world.deploys("d1", SHA, version="v1.1")
    (flag,) = world.flags()
    assert "a newer build went out after v1.1 of checkout was approved" in flag


def test_one_build_that_was_announced_and_signed_twice_may_go_out_twice() -> None:
    world = ReleaseWorld()
    for id_ in ("b1", "b2"):
        world.ready(id_)
        world.approves("mia", id_)
        world.now += timedelta(minutes=1)
    world.deploys("d1")
    world.deploys("d2")
    assert world.flags() == []


def test_going_back_leaves_the_signature_of_the_mended_build_alone() -> None:
    world = ReleaseWorld()
    for id_, sha in (("b1", SHA), ("b2", NEW)):
        world.ready(id_, sha=sha)
        world.approves("mia", id_)
        world.deploys(f"d{id_}", sha, DeploymentState.SUCCEEDED)
        world.now += timedelta(minutes=2)
    world.goes_down()
    world.blames("db2")
    world.announces("b3", OLD, mends=1)
    world.approves("kai", "b3")
    world.now += timedelta(minutes=1)
    world.announces("b1again", SHA)
    world.approves("kai", "b1again")
    world.deploys("d4", SHA)
    assert world.release("b1again").state is ReleaseState.DEPLOYED
    assert world.release("b3").state is ReleaseState.APPROVED


@pytest.mark.parametrize("began", [True, False])
def test_a_deployment_that_tells_a_version_only_is_not_taken_for_the_signed_commit(
    began: bool,
) -> None:
    world = ReleaseWorld()
    world.ready()
    world.approves()
    if began:
        world.deploys("d1", None)
        assert world.flags() == []  # its build may still be told
    for _ in range(2):
        world.deploys("d1", None, DeploymentState.SUCCEEDED)
    (flag,) = world.flags()
    assert "neither its commit nor its artifact is told" in flag


def test_where_a_version_was_signed_a_version_is_enough() -> None:
    world = ReleaseWorld()
    world.ready(sha="", artifact="")
    world.approves()
    world.deploys("d1", None, DeploymentState.SUCCEEDED)
    assert world.flags() == []


def test_a_clock_that_was_set_back_after_the_signature_accuses_nobody() -> None:
    world = ReleaseWorld()
    world.ready()
    world.approves()
    world.now -= timedelta(minutes=10)
    world.deploys()
    assert world.flags() == []
    assert world.release().state is ReleaseState.DEPLOYED
