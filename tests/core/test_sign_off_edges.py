"""Ways around the signature that were tried and must not lead anywhere."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.deployment import Commit, DeploymentState
from bot.core.events import CommitsFound
from bot.core.release import ReleaseState, TriggerState
from bot.core.release_events import Announcement, ReleaseAnnounced, ReleaseCancelled
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


def test_a_rejection_reaches_github_although_the_service_left_the_configuration() -> None:
    world = ReleaseWorld()
    world.ready(callback="github 7 https://api.github.com/x production")
    world.policy = replace(world.policy, services={})
    world.looks_at_staging()
    world.decides("mia", "reject", reason="nobody runs it any more")
    assert [it.approved for it in world.triggers()] == [False]


def blamed() -> ReleaseWorld:
    """v1.42 was signed and deployed, and took the service down, people say."""
    world = ReleaseWorld()
    world.ready()
    world.approves()
    world.deploys()
    world.deploys(status=DeploymentState.SUCCEEDED)
    world.now += timedelta(minutes=2)
    world.goes_down()
    world.blames("d1")
    return world


def test_putting_out_the_blamed_build_once_more_is_no_way_back() -> None:
    world = blamed()
    world.announces("b42again", SHA)
    assert "frozen until #1 is resolved" in world.approves("kai", "b42again")
    assert len(world.triggers()) == 1


def test_an_artifact_that_is_named_after_the_signature_is_not_signed() -> None:
    world = ReleaseWorld()
    world.ready(artifact=None)
    world.approves()
    world.announces(artifact="sha256:evil")
    assert world.release().artifact is None


def test_the_signature_of_an_emergency_expires_as_any_other_does() -> None:
    world = ReleaseWorld(sign_off=replace(SIGN_OFF, expires=timedelta(hours=1)))
    world.goes_down()
    world.deploys("d1", OLD, version="v1.41", started_at=world.now - timedelta(minutes=5))
    world.blames("d1")
    world.announces("b43", NEW, mends=1)
    world.approves("mia", "b43")
    world.trigger_ends(TriggerState.FAILED, id_="b43")
    world.waits(hours=1, minutes=1)
    assert world.release("b43").state is ReleaseState.EXPIRED
    world.settles("kai", "again", "b43")
    assert len(world.triggers()) == 1


@pytest.mark.parametrize("began_with", [{"sha": None}, {"sha": SHA}])
@pytest.mark.parametrize("ended_with", [{"sha": NEW}, {"artifact": "sha256:evil"}])
def test_a_deployment_that_turns_out_to_be_another_build_is_flagged_once(
    began_with: dict[str, str | None], ended_with: dict[str, str]
) -> None:
    world = ReleaseWorld()
    world.ready()
    world.approves()
    world.deploys(**began_with)  # type: ignore[arg-type]
    assert world.flags() == []
    for _ in range(2):
        world.deploys(status=DeploymentState.SUCCEEDED, **ended_with)
    (flag,) = world.flags()
    assert "signed was" in flag


def test_taking_back_one_service_leaves_another_of_the_same_id_alone() -> None:
    both = replace(SIGN_OFF, services=frozenset({"checkout", "payments"}))
    world = ReleaseWorld(sign_off=both)
    world.announces("run7")
    said = Announcement(id="run7", service="payments", version="v7", sha=NEW)
    world.happens(ReleaseAnnounced(said, world.now))
    world.happens(ReleaseCancelled("run7", "ci", world.now, service="payments"))
    assert world.release("run7").state is ReleaseState.WAITING
    assert world.release("run7:payments").state is ReleaseState.CANCELLED


def test_a_build_that_somebody_put_out_by_hand_is_flagged_as_any_other() -> None:
    world = ReleaseWorld()
    world.deploys("d9", NEW, version="hot fix", by_hand=True)
    assert "nobody approved it" in world.flags()[0]


@pytest.mark.parametrize("deployed", [False, True])
def test_commits_that_come_after_the_signature_tell_who_signed_their_own_work(
    deployed: bool,
) -> None:
    world = ReleaseWorld()
    world.ready(commits=(), previous_sha=OLD)
    assert "approved" in world.approves("kai")
    if deployed:
        world.deploys()
    wrote = (Commit("e" * 40, "fix: rounding", "Kai"),)
    decision = world.happens(CommitsFound("", "checkout", wrote, True, world.now, release="b42"))
    (told,) = [text for text in world.posts() if "Four eyes" in text]
    assert "Kai signed" in told
    assert ("which is deployed" in told) is deployed
    assert [it.kind for it in decision.entries] == ["signed_own_work"]
    assert world.release().commits == wrote
    world.happens(CommitsFound("", "checkout", wrote, True, world.now, release="b42"))
    assert len([text for text in world.posts() if "Four eyes" in text]) == 1


def test_an_approver_who_wrote_it_may_stop_it_and_may_not_sign_it() -> None:
    world = ReleaseWorld()
    world.ready(commits=(Commit("e" * 40, "fix: rounding", "Bo"),))
    assert "You wrote part of" in world.approves("bo")
    assert "rejected" in world.decides("bo", "reject", reason="I forgot the migration")
    assert world.release().state is ReleaseState.REJECTED


def test_who_asked_for_it_may_stop_it_and_a_stranger_may_not() -> None:
    world = ReleaseWorld()
    world.ready(by="Mia")
    assert "not among the approvers" in world.decides("ana", "reject", reason="no")
    assert "rejected" in world.decides("mia", "reject", reason="too early")


def test_a_build_that_was_rejected_and_comes_back_under_another_id_says_so() -> None:
    world = ReleaseWorld()
    world.ready()
    world.decides("mia", "reject", reason="the totals are wrong")
    world.announces("b42again")
    assert "Mia rejected this very build before" in world.said_under_card()[-1]
    assert "the totals are wrong" in world.said_under_card()[-1]
    before = len(world.said_under_card())
    world.announces("b43", NEW)
    assert not [it for it in world.said_under_card()[before:] if "rejected" in it]


def test_a_deployment_first_heard_of_as_rolled_back_is_flagged_too() -> None:
    world = ReleaseWorld()
    world.deploys("d9", NEW, DeploymentState.ROLLED_BACK, version="v1.68")
    assert len(world.flags()) == 1


def test_a_start_that_is_told_too_early_hides_nothing() -> None:
    world = ReleaseWorld()
    began = world.now - timedelta(days=2)
    world.deploys("d9", NEW, DeploymentState.SUCCEEDED, version="v1.68", started_at=began)
    assert len(world.flags()) == 1


def test_a_release_that_never_gets_ready_expires_all_the_same() -> None:
    world = ReleaseWorld()
    world.announces()
    world.waits(hours=24, minutes=2)
    assert world.release().state is ReleaseState.EXPIRED


def test_a_list_of_commits_that_was_too_long_is_not_taken_for_all_of_them() -> None:
    world = ReleaseWorld()
    assert not world.announces(commits_cut=True).range_known
    assert not world.announces(url="https://ci/1", commits_cut=True).range_known


@pytest.mark.parametrize("reported", ["before", "after", "never"])
def test_a_build_that_never_got_to_staging_is_never_ready(reported: str) -> None:
    world = ReleaseWorld()
    world.deploys("s1", OLD, DeploymentState.SUCCEEDED, environment="staging", version="v1.41")
    world.now += timedelta(minutes=1)
    if reported == "before":
        world.deploys("s2", SHA, DeploymentState.FAILED, environment="staging")
    world.announces()
    if reported == "after":
        world.deploys("s2", SHA, DeploymentState.FAILED, environment="staging")
    world.looks_at_staging()
    world.stays_good(minutes=10)
    assert world.release().state is ReleaseState.WAITING
    assert "v1.42 is not on staging" in world.approves()


def test_a_first_deployment_to_staging_that_fails_makes_nothing_ready() -> None:
    world = ReleaseWorld()
    world.deploys("s1", SHA, DeploymentState.FAILED, environment="staging")
    world.announces()
    world.looks_at_staging()
    world.stays_good(minutes=10)
    assert world.release().state is ReleaseState.WAITING


def test_who_has_not_told_of_staging_for_weeks_is_believed_by_the_announcement() -> None:
    world = ReleaseWorld()
    world.deploys("s1", OLD, DeploymentState.SUCCEEDED, environment="staging", version="v1.41")
    world.now += timedelta(days=40)
    assert world.ready().state is ReleaseState.READY


def test_a_new_commit_under_the_name_of_an_old_artifact_is_no_way_back() -> None:
    world = ReleaseWorld()
    for number, sha in (("41", OLD), ("42", SHA)):
        world.ready(f"b{number}", sha=sha)
        world.approves("mia", f"b{number}")
        world.deploys(f"d{number}", sha, DeploymentState.SUCCEEDED, version=f"v1.{number}")
        world.now += timedelta(minutes=2)
    world.goes_down()
    world.blames("d42")
    world.announces("b44", NEW, artifact=f"sha256:{OLD[:8]}")
    assert world.release("b44").emergency == ""
    assert "frozen until #1 is resolved" in world.approves("kai", "b44")


def test_red_staging_takes_the_button_away_although_the_clock_was_set_back() -> None:
    world = ReleaseWorld()
    world.ready()
    world.now -= timedelta(minutes=10)
    world.looks_at_staging("down", "HTTP 503")
    assert world.release().state is ReleaseState.WAITING
