"""A host that asks whether its deployment may go on is answered, whatever becomes of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.release import ReleaseState
from bot.core.release_events import ReleaseTimePassed
from tests.core.release_world import NEW, SIGN_OFF, ReleaseWorld

RUN = "https://api.github.com/repos/acme/checkout/actions/runs/1/deployment_protection_rule"
WAITS = f"github 7 {RUN} production"


def told(world: ReleaseWorld) -> list[tuple[str, bool, str]]:
    """What hosts were told."""
    return [(it.release, it.approved, it.reason) for it in world.triggers()]


def test_a_run_that_is_started_again_after_a_rejection_waits_for_a_decision_of_its_own() -> None:
    world = ReleaseWorld()
    world.ready(callback=WAITS, ask="901")
    world.decides("mia", "reject", reason="not translated")
    world.now += timedelta(minutes=10)
    world.announces(callback=WAITS, ask="902")
    world.looks_at_staging()
    world.stays_good(minutes=6)
    assert world.release("b42").state is ReleaseState.REJECTED
    assert world.release("b42:902").state is ReleaseState.READY
    world.approves("mia", "b42:902")
    assert told(world) == [("b42", False, "not translated"), ("b42:902", True, "")]


def test_a_run_that_is_asked_about_again_while_it_waits_is_one_release() -> None:
    world = ReleaseWorld()
    world.announces(callback=WAITS, ask="901")
    world.announces(callback=WAITS, ask="902")
    assert [it.id for it in world.scene.releases] == ["b42"]


def test_whoever_rejects_the_second_try_at_the_host_takes_that_one_back() -> None:
    world = ReleaseWorld()
    world.ready(callback=WAITS, ask="901")
    world.decides("mia", "reject", reason="not translated")
    world.announces(callback=WAITS, ask="902")
    world.cancels("b42")
    assert world.release("b42:902").state is ReleaseState.CANCELLED
    assert len(world.triggers()) == 1


def test_a_release_that_nobody_signs_in_time_does_not_leave_its_host_waiting() -> None:
    world = ReleaseWorld()
    world.announces(callback=WAITS)
    world.waits(hours=25)
    ((_, approved, reason),) = told(world)
    assert (approved, reason) == (False, "it has expired: its pipeline has to announce it again")
    assert world.triggers()[0].by == ""


def test_a_newer_build_answers_the_host_of_the_one_before() -> None:
    world = ReleaseWorld()
    world.ready(callback=WAITS)
    world.announces("b43", NEW, callback=WAITS.replace("/1/", "/2/"))
    assert told(world) == [("b42", False, "it was superseded by a newer build")]


def test_what_the_newer_build_waits_at_itself_is_not_answered() -> None:
    world = ReleaseWorld()
    world.ready(callback=WAITS)
    world.announces("b43", NEW, callback=WAITS)
    assert told(world) == []


def test_an_approval_that_nobody_used_was_answered_before() -> None:
    world = ReleaseWorld()
    world.ready(callback=WAITS)
    world.approves()
    world.waits(hours=25)
    assert world.release().state is ReleaseState.EXPIRED
    assert [approved for _, approved, _ in told(world)] == [True]


@pytest.mark.parametrize("trigger", ["workflow", "webhook", "manual_job"])
def test_a_host_that_only_takes_orders_is_told_nothing(trigger: str) -> None:
    world = ReleaseWorld(sign_off=replace(SIGN_OFF, trigger=trigger))
    world.announces(callback="gitlab job 7")
    world.announces("b43", NEW)
    world.waits(hours=25)
    assert told(world) == []


def test_releases_go_on_when_sign_off_comes_back_into_the_configuration() -> None:
    world = ReleaseWorld()
    world.ready(callback=WAITS)
    rules, world.policy = world.policy.sign_off, replace(world.policy, sign_off=None)
    seen = set()
    for _ in range(3):
        due = world.release().next_due_at
        assert due is not None
        seen.add(due)
        world.now = max(world.now, due)
        world.happens(ReleaseTimePassed("b42", world.now))
    assert len(seen) == 3, "each time it is looked at anew"
    assert "has no sign_off" in world.approves()
    world.policy = replace(world.policy, sign_off=rules)
    world.looks_at_staging()
    world.stays_good(minutes=6)
    assert "approved" in world.approves()
    assert [approved for _, approved, _ in told(world)] == [True]


def test_without_sign_off_a_release_expires_and_its_host_hears_of_it() -> None:
    world = ReleaseWorld()
    world.announces(callback=WAITS)
    world.policy = replace(world.policy, sign_off=None)
    world.waits(hours=25)
    assert world.release().state is ReleaseState.EXPIRED
    assert [approved for _, approved, _ in told(world)] == [False]
