"""Ways around the signature that were tried and must not lead anywhere."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.deployment import DeploymentState
from bot.core.release import ReleaseState, TriggerState
from tests.core.release_world import NEW, OLD, SHA, SIGN_OFF, ReleaseWorld


@pytest.mark.parametrize("trigger", ["workflow", "webhook", "manual_job"])
def test_a_rejection_orders_nothing_from_a_host_that_only_takes_orders(trigger: str) -> None:
    world = ReleaseWorld(sign_off=replace(SIGN_OFF, trigger=trigger))
    world.ready(callback="gitlab job 7")
    world.decides("mia", "reject", reason="the totals are wrong")
    assert world.release().state is ReleaseState.REJECTED
    assert world.triggers() == []


def test_a_rejection_is_told_to_a_host_that_waits_for_an_answer() -> None:
    world = ReleaseWorld(sign_off=replace(SIGN_OFF, trigger="deployment_approval"))
    world.ready(callback="gitlab deployment 7")
    world.decides("mia", "reject", reason="the totals are wrong")
    assert [it.approved for it in world.triggers()] == [False]


def test_a_click_that_comes_before_the_clock_says_expired_is_too_late_all_the_same() -> None:
    world = ReleaseWorld(sign_off=replace(SIGN_OFF, expires=timedelta(minutes=1)))
    world.ready()
    while world.now < world.release().expires_at:  # type: ignore[operator]
        world.now += timedelta(seconds=30)
        world.looks_at_staging()
    assert "has expired" in world.approves()
    assert world.release().state is ReleaseState.READY
    assert world.triggers() == []


def test_a_service_that_left_the_configuration_is_not_signed_for() -> None:
    world = ReleaseWorld()
    world.ready()
    others = {key: it for key, it in world.policy.services.items() if key != "checkout"}
    world.policy = replace(world.policy, services=others)
    assert "no longer in the configuration" in world.approves()
    assert world.triggers() == []
