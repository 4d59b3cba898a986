"""Which versions of a service may run now: after, during and around its roll-outs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.core.deployment import DeploymentState
from bot.core.running_versions import running_versions
from tests.core.world import START, deployment

SETTLING = timedelta(seconds=90)
NEW, OLD, OLDER = "v3", "v2", "v1"


def ended(version: str, ago: float, state: Any = DeploymentState.SUCCEEDED, **more: Any) -> Any:
    made = deployment(version, ended=timedelta(minutes=ago))
    return replace(made, state=state, **{"sha": None, **more})


def rolling(version: str, ago: float) -> Any:
    started = START - timedelta(minutes=ago)
    return ended(version, 0, DeploymentState.STARTED, started_at=started, ended_at=None)


def of(*history: Any) -> Any:
    return running_versions(history, START, SETTLING)


def test_the_last_one_that_succeeded_is_right_and_those_before_are_former() -> None:
    assert of(ended(OLDER, 900), ended(NEW, 60), ended(OLD, 500)) == ((NEW,), (OLDER, OLD))


def test_without_a_success_nothing_is_known() -> None:
    assert of() is None
    assert of(rolling(NEW, 2), ended(OLD, 60, DeploymentState.FAILED)) is None


def test_while_it_rolls_out_old_and_new_are_right() -> None:
    assert of(rolling(NEW, 2), ended(OLD, 500), ended(OLDER, 900)) == ((OLD, NEW), (OLDER,))


def test_just_after_a_roll_out_some_instances_may_still_be_old() -> None:
    assert of(ended(NEW, 1.4), ended(OLD, 500)) == ((NEW, OLD), ())
    assert of(ended(NEW, 1.6), ended(OLD, 500)) == ((NEW,), (OLD,))


def test_a_failed_one_is_right_while_it_settles_and_another_one_then() -> None:
    failed = DeploymentState.FAILED
    assert of(ended(NEW, 1, failed), ended(OLD, 500)) == ((OLD, NEW), ())
    assert of(ended(NEW, 9, failed), ended(OLD, 500)) == ((OLD,), ())


def test_one_that_was_rolled_back_ran_before() -> None:
    assert of(ended(NEW, 9, DeploymentState.ROLLED_BACK), ended(OLD, 500)) == ((OLD,), (NEW,))


def test_going_back_to_an_old_version_makes_it_right_again() -> None:
    assert of(ended(OLD, 9), ended(NEW, 60), ended(OLD, 500, id="again")) == ((OLD,), (NEW,))


def test_one_that_never_reports_its_end_is_right_for_as_long_as_it_may_roll_out() -> None:
    assert of(rolling(NEW, 44), ended(OLD, 500)) == ((OLD, NEW), ())
    assert of(rolling(NEW, 60), ended(OLD, 500)) == ((OLD,), ())


def test_a_commit_is_a_version_too_and_work_by_hand_is_none() -> None:
    assert of(ended("main", 60, sha="a1b2c3d")) == (("main", "a1b2c3d"), ())
    assert of(ended(NEW, 9, by_hand=True), ended(OLD, 60)) == ((OLD,), ())
