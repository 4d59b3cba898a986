"""What a release brings: what was built before it and never went out comes along with it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.deployment import Commit, DeploymentState
from bot.core.effects import FetchCommits
from bot.core.events import CommitsFound
from bot.core.release import ReleaseState
from tests.core.release_world import NEW, OLD, SHA, ReleaseWorld

BY_MIA = Commit("d" * 40, "feat: vouchers", "Mia", files=("migrations/001_drop.sql",))
BY_DEE = Commit("e" * 40, "fix: a typing error", "Dee")


def running() -> ReleaseWorld:
    """v1.41 runs where users are."""
    world = ReleaseWorld()
    world.deploys("d0", OLD, DeploymentState.SUCCEEDED, version="v1.41")
    world.now += timedelta(minutes=1)
    return world


def asked(world: ReleaseWorld, id_: str = "b43") -> list[tuple[str, str]]:
    """The ranges that the host was asked for."""
    found = [it for it in world.effects if isinstance(it, FetchCommits) and it.release == id_]
    return [(it.base, it.head) for it in found]


@pytest.mark.parametrize("fate", ["waits", "rejected", "taken back"])
def test_a_build_on_top_of_one_that_never_went_out_brings_its_commits_and_parts(fate: str) -> None:
    world = running()
    world.announces("b42", previous_sha=OLD, commits=(BY_MIA,), by_hand=("voucher table",))
    if fate == "rejected":
        world.decides("kai", "reject", reason="not translated")
    elif fate == "taken back":
        world.cancels()
    world.now += timedelta(minutes=1)
    later = world.ready("b43", sha=NEW, previous_sha=SHA, commits=(BY_DEE,))
    assert (later.previous_sha, later.commits) == (OLD, (BY_MIA, BY_DEE))
    assert later.range_known
    assert later.to_do == ("database", "voucher table")
    assert "You wrote part of" in world.approves("mia", "b43")
    assert "approved" in world.approves("kai", "b43")


def test_what_went_out_before_does_not_come_along_again() -> None:
    world = running()
    world.ready("b42", previous_sha=OLD, commits=(BY_MIA,))
    world.approves("kai")
    world.deploys(status=DeploymentState.SUCCEEDED)
    world.now += timedelta(minutes=1)
    later = world.announces("b43", NEW, previous_sha=SHA, commits=(BY_DEE,))
    assert (later.previous_sha, later.commits, later.range_known) == (SHA, (BY_DEE,), True)


def test_what_goes_out_while_a_build_on_top_of_it_waits_comes_along_no_more() -> None:
    world = running()
    world.ready("b42", previous_sha=OLD, commits=(BY_MIA,))
    world.approves("kai")
    later = world.announces("b43", NEW, previous_sha=SHA, commits=(BY_DEE,))
    assert later.commits == (BY_MIA, BY_DEE)
    world.deploys()
    world.stays_good(minutes=1)
    assert world.release("b43").commits == (BY_MIA, BY_DEE), "it may still fail"
    world.deploys(status=DeploymentState.SUCCEEDED)
    world.stays_good(minutes=5)
    later = world.release("b43")
    assert (later.previous_sha, later.commits, later.range_known) == (SHA, (BY_DEE,), True)
    assert "approved" in world.approves("mia", "b43"), "what she wrote is out"


def test_what_went_out_and_back_while_a_build_waits_comes_along() -> None:
    world = running()
    world.ready("b42", previous_sha=OLD, commits=(BY_MIA,))
    world.approves("kai")
    world.announces("b43", NEW, previous_sha=SHA, commits=(BY_DEE,))
    world.deploys(status=DeploymentState.SUCCEEDED)
    world.stays_good(minutes=6)
    world.deploys(status=DeploymentState.ROLLED_BACK)
    world.stays_good(minutes=1)
    assert world.release("b43").commits == (BY_MIA, BY_DEE)
    assert "You wrote part of" in world.approves("mia", "b43")


def test_what_was_taken_back_from_production_comes_along_again() -> None:
    world = running()
    world.ready("b42", previous_sha=OLD, commits=(BY_MIA,))
    world.approves("kai")
    world.deploys(status=DeploymentState.SUCCEEDED)
    world.deploys(status=DeploymentState.ROLLED_BACK)
    later = world.announces("b43", NEW, previous_sha=SHA, commits=(BY_DEE,))
    assert (later.commits, later.range_known) == ((BY_MIA, BY_DEE), True)


def test_where_nothing_tells_what_lies_between_the_host_is_asked_from_what_runs() -> None:
    world = running()
    later = world.announces("b43", NEW, previous_sha="f" * 40, commits=(BY_DEE,))
    assert (later.previous_sha, later.range_known) == (OLD, False)
    assert asked(world) == [(OLD, NEW)]
    world.happens(CommitsFound("", "checkout", (BY_MIA, BY_DEE), True, world.now, release="b43"))
    assert (world.release("b43").commits, world.release("b43").range_known) == (
        (BY_MIA, BY_DEE),
        True,
    )


def test_an_answer_that_was_cut_drops_nobody_who_was_known() -> None:
    world = running()
    world.announces("b43", NEW, previous_sha="f" * 40, commits=(BY_DEE,))
    world.happens(CommitsFound("", "checkout", (BY_MIA,), False, world.now, release="b43"))
    assert set(world.release("b43").commits) == {BY_MIA, BY_DEE}


def test_a_list_that_goes_back_beyond_what_runs_is_all_of_it() -> None:
    world = running()
    runs = replace(BY_MIA, sha=OLD)
    later = world.announces("b43", NEW, previous_sha="v1.40", commits=(runs, BY_DEE))
    assert later.range_known
    assert asked(world) == []


def test_a_list_without_a_beginning_may_leave_out_a_build_that_never_went_out() -> None:
    world = running()
    world.announces("b42", commits=(BY_MIA,))
    assert world.release("b42").range_known
    world.now += timedelta(minutes=1)
    assert not world.announces("b43", NEW, commits=(BY_DEE,)).range_known
    assert asked(world) == [(OLD, NEW)]
    assert world.release("b42").state is ReleaseState.SUPERSEDED
    world.now += timedelta(minutes=1)
    whole = (BY_MIA, BY_DEE, Commit("9" * 40, "docs: a word", "Dee"))
    assert not world.announces("b44", "d4" * 20, commits=whole).range_known, "b43's is not known"


def test_before_the_first_deployment_the_pipeline_is_believed_and_builds_add_up() -> None:
    world = ReleaseWorld()
    world.announces("b42", previous_sha=OLD, commits=(BY_MIA,))
    later = world.announces("b43", NEW, previous_sha=SHA, commits=(BY_DEE,))
    assert (later.previous_sha, later.commits) == (OLD, (BY_MIA, BY_DEE))
    assert later.range_known


@pytest.mark.parametrize("how", ["rolled back", "the old one goes out again"])
def test_when_production_goes_back_what_waits_brings_what_was_taken_back(how: str) -> None:
    world = running()
    world.ready("b42", previous_sha=OLD, commits=(BY_MIA,))
    world.approves("kai")
    world.deploys(status=DeploymentState.SUCCEEDED)
    world.now += timedelta(minutes=1)
    world.ready("b43", sha=NEW, previous_sha=SHA, commits=(BY_DEE,))
    if how == "rolled back":
        world.deploys(status=DeploymentState.ROLLED_BACK)
    else:
        world.deploys("d2", OLD, DeploymentState.SUCCEEDED, version="v1.41")
    world.stays_good(minutes=1)
    later = world.release("b43")
    assert (later.previous_sha, later.commits, later.range_known) == (OLD, (BY_MIA, BY_DEE), True)
    assert "You wrote part of" in world.approves("mia", "b43")


def test_a_mend_that_goes_out_meanwhile_changes_nothing_of_what_waits() -> None:
    world = running()
    world.ready("b42", previous_sha=OLD, commits=(BY_MIA,))
    world.deploys("d9", "9" * 40, DeploymentState.SUCCEEDED, version="v1.41.1")
    world.stays_good(minutes=1)
    assert (world.release().previous_sha, world.release().range_known) == (OLD, True)


def test_what_is_out_does_not_come_along_with_a_build_on_top_of_a_mend() -> None:
    world = running()
    world.ready("b42", previous_sha=OLD, commits=(BY_MIA,))
    world.approves("kai")
    world.deploys(status=DeploymentState.SUCCEEDED)
    world.now += timedelta(minutes=1)
    world.deploys("d9", "9" * 40, DeploymentState.SUCCEEDED, version="v1.42.1")
    world.now += timedelta(minutes=1)
    later = world.announces("b43", NEW, previous_sha=SHA, commits=(BY_DEE,))
    assert (later.commits, later.range_known) == ((BY_DEE,), False)
    assert asked(world) == [("9" * 40, NEW)]
