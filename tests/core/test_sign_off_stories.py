"""From a build on staging to a signed deployment, as the people in it would tell it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.database_changes import Breaking, DatabaseChange, Seen
from bot.core.deployment import Commit, DeploymentState, Report
from bot.core.effects import FetchCommits, PostNotes, ReadMigrations
from bot.core.events import Actor, CommitsFound, DeploymentReported, MigrationsRead
from bot.core.release import ReleaseState, TriggerState
from bot.core.release_events import ReleaseNotesEdited
from bot.core.wording.release_card import card
from tests.core.release_world import NEW, OLD, SHA, SIGN_OFF, ReleaseWorld


def test_a_build_that_was_good_on_staging_for_five_minutes_can_be_signed() -> None:
    world = ReleaseWorld()
    world.announces()
    world.looks_at_staging()
    world.stays_good(minutes=4, seconds=30)
    assert world.release().state is ReleaseState.WAITING
    assert "another 30 s" in world.approves()
    world.stays_good(minutes=1)
    assert world.release().state is ReleaseState.READY
    assert world.approves() == "v1.42 of checkout approved."
    assert world.release().decided_by == "mia"


def test_a_check_that_fails_on_staging_begins_the_time_anew() -> None:
    world = ReleaseWorld()
    world.announces()
    world.looks_at_staging()
    world.stays_good(minutes=4)
    world.looks_at_staging("down", "HTTP 503")
    world.stays_good(minutes=4)
    assert world.release().state is ReleaseState.WAITING
    world.stays_good(minutes=2)
    assert world.release().state is ReleaseState.READY


def test_staging_that_fails_while_the_build_waits_takes_the_button_away() -> None:
    world = ReleaseWorld()
    world.ready()
    world.looks_at_staging("down", "HTTP 503")
    assert world.release().state is ReleaseState.WAITING
    assert "on staging health (HTTP 503) fails" in world.approves()
    assert "cannot be signed for now" in world.said_under_card()[-1]
    assert world.triggers() == []


def test_time_in_which_nobody_looked_at_staging_does_not_count() -> None:
    world = ReleaseWorld()
    world.announces()
    world.looks_at_staging()
    world.waits(minutes=10)
    assert world.release().state is ReleaseState.WAITING
    world.looks_at_staging()
    assert world.release().state is ReleaseState.WAITING


def test_the_time_counts_from_the_deployment_of_this_version_to_staging() -> None:
    world = ReleaseWorld()
    world.deploys("s1", OLD, DeploymentState.SUCCEEDED, environment="staging", version="v1.41")
    world.now += timedelta(minutes=1)
    world.announces()
    world.looks_at_staging()
    world.now += timedelta(seconds=30)
    world.deploys("s2", SHA, DeploymentState.SUCCEEDED, environment="staging")
    world.stays_good(minutes=4, seconds=45)
    assert world.release().state is ReleaseState.WAITING
    world.stays_good(minutes=1)
    assert world.release().state is ReleaseState.READY


def test_another_version_on_staging_takes_the_button_away() -> None:
    world = ReleaseWorld()
    world.ready()
    world.deploys("s3", NEW, DeploymentState.SUCCEEDED, environment="staging", version="v1.43")
    assert "v1.42 is not on staging" in world.approves()


@pytest.mark.parametrize(
    ("who", "words"),
    [
        (None, "Midwatch does not know you"),
        ("ana", "You are not among the approvers"),
        ("bo", "You wrote part of v1.42 of checkout"),
    ],
)
def test_who_may_not_sign_is_told_why_and_it_is_written_down(who: str | None, words: str) -> None:
    world = ReleaseWorld()
    world.ready(commits=(Commit("e" * 40, "fix: rounding", "Bo"),))
    told = world.approves(who)
    assert words in told
    assert "Approvers: Mia, Kai and Bo" in told
    assert world.release().state is ReleaseState.READY
    assert world.triggers() == []


def test_who_asked_for_the_release_does_not_sign_it() -> None:
    world = ReleaseWorld()
    world.ready(by="Mia")
    assert "You asked for v1.42 of checkout" in world.approves("mia")
    assert "approved" in world.approves("kai")


def test_a_name_with_accents_is_the_same_however_a_system_writes_it() -> None:
    people = ReleaseWorld().policy.people
    named = {**people, "mia": replace(people["mia"], name="Mía Núñez")}
    for written in ("Mi\u0301a Nu\u0301n\u0303ez", "Mía\u00a0 Núñez", "MÍA NÚÑEZ"):
        world = ReleaseWorld(people=named)
        world.ready(commits=(Commit("e" * 40, "fix: rounding", written),))
        assert "approved" not in world.approves("mia"), written


def test_an_approval_sets_the_deployment_in_motion_once() -> None:
    world = ReleaseWorld()
    world.ready()
    world.approves("mia")
    told = world.approves("kai")
    assert "was approved by Mia" in told
    (trigger,) = world.triggers()
    assert (trigger.trigger, trigger.sha, trigger.approved) == ("workflow", SHA, True)
    assert trigger.environment == "production"


def test_a_rejection_needs_a_reason() -> None:
    world = ReleaseWorld()
    world.ready()
    assert "Say why" in world.decides("mia", "reject")
    world.decides("mia", "reject", reason="the vouchers are not translated")
    assert world.release().state is ReleaseState.REJECTED
    assert "the vouchers are not translated" in world.said_under_card()[-1]
    assert "was rejected by Mia" in world.approves("kai")


def test_a_newer_build_takes_the_place_of_the_one_that_waits() -> None:
    world = ReleaseWorld()
    world.ready()
    world.announces("b43", NEW)
    assert world.release("b42").state is ReleaseState.SUPERSEDED
    assert "superseded by a newer build" in world.approves(id_="b42")
    assert world.release("b43").state is ReleaseState.WAITING


def test_a_newer_build_leaves_alone_what_is_signed() -> None:
    world = ReleaseWorld()
    world.ready()
    world.approves()
    world.announces("b43", NEW)
    assert world.release("b42").state is ReleaseState.APPROVED


def test_its_pipeline_takes_it_back() -> None:
    world = ReleaseWorld()
    world.ready()
    world.cancels()
    assert "taken back by its pipeline" in world.approves()


def test_the_same_announcement_twice_is_one_release() -> None:
    world = ReleaseWorld()
    world.ready()
    count = len(world.effects)
    world.announces()
    assert len(world.scene.releases) == 1
    assert world.release().state is ReleaseState.READY
    assert len(world.effects) == count


def test_what_nobody_signs_expires_after_a_day() -> None:
    world = ReleaseWorld()
    world.ready()
    world.stays_good(hours=24, minutes=1)
    assert world.release().state is ReleaseState.EXPIRED
    assert "has expired" in world.approves()


def test_an_approval_that_is_not_used_expires_too() -> None:
    world = ReleaseWorld()
    world.ready()
    world.approves()
    world.waits(hours=24, minutes=1)
    assert world.release().state is ReleaseState.EXPIRED
    world.deploys()
    assert "had expired" in world.flags()[0]


def test_the_deployment_of_what_was_signed_uses_the_approval() -> None:
    world = ReleaseWorld()
    world.ready()
    world.approves()
    world.deploys(artifact=f"sha256:{SHA[:8]}")
    release = world.release()
    assert (release.state, release.deployment) == (ReleaseState.DEPLOYED, "d1")
    assert "signed by Mia" in world.said_under_card()[-1]
    assert world.flags() == []
    world.deploys(status=DeploymentState.SUCCEEDED)
    assert world.flags() == []


def test_an_approval_is_used_once() -> None:
    world = ReleaseWorld()
    world.ready()
    world.approves()
    world.deploys("d1")
    world.now += timedelta(minutes=10)
    world.deploys("d2")
    assert "the approval of v1.42 of checkout was used before" in world.flags()[0]


def test_a_deployment_that_nobody_signed_is_flagged_once_and_approvers_hear_of_it() -> None:
    world = ReleaseWorld()
    world.deploys("d9", NEW, version="v1.50")
    world.deploys("d9", NEW, DeploymentState.SUCCEEDED, version="v1.50")
    (flag,) = world.flags()
    assert "v1.50 of checkout is being deployed to production" in flag
    assert {page.person for page in world.pages(reason="unsigned")} == {"mia", "kai", "bo"}


def test_what_is_told_of_when_it_is_over_was_deployed() -> None:
    world = ReleaseWorld()
    world.deploys("d9", NEW, DeploymentState.SUCCEEDED, version="v1.50")
    assert "v1.50 of checkout was deployed to production" in world.flags()[0]


def test_nobody_is_told_to_do_by_hand_what_belongs_to_a_release_that_never_goes_out() -> None:
    world = ReleaseWorld()
    world.ready(by_hand=("database",))
    assert "By hand: *database* (to do)" in card(world.release(), world.policy, world.now).lines
    world.cancels()
    lines = card(world.release(), world.policy, world.now).lines
    assert "By hand: *database* (not done)" in lines


def test_another_artifact_than_the_signed_one_is_flagged() -> None:
    world = ReleaseWorld()
    world.ready()
    world.approves()
    world.deploys(artifact="sha256:evil")
    assert "its artifact is sha256:evil, signed was sha256:a1a1a1a1" in world.flags()[0]
    assert world.release().state is ReleaseState.APPROVED


def test_staging_and_services_without_sign_off_are_not_flagged() -> None:
    world = ReleaseWorld()
    world.deploys("s1", environment="Staging")
    world.deploys("p1", service="payments")
    assert world.flags() == []


def test_while_a_deployment_is_blamed_for_an_open_outage_nothing_new_is_signed() -> None:
    world = frozen()
    world.announces("b43", NEW)
    world.looks_at_staging()
    world.stays_good(minutes=6)
    assert "frozen until #1 is resolved" in world.approves(id_="b43")
    world.comes_up()
    assert "approved" in world.approves(id_="b43")


def test_while_it_is_frozen_the_card_says_so_and_nobody_is_asked_for_a_signature() -> None:
    world = ReleaseWorld()
    world.now = world.now.replace(hour=10)
    world.deploys("d0", OLD, DeploymentState.SUCCEEDED, version="v1.41")
    world.ready()
    world.goes_down()
    world.blames("d0")
    world.stays_good(hours=1)
    shown = card(world.release(), world.policy, world.now)
    assert "*Not yet:* releases of checkout are frozen until #1 is resolved" in shown.lines
    assert [it.label for it in shown.buttons] == ["Reject"]
    assert not [line for line in shown.lines if "May sign" in line]
    assert "frozen until #1 is resolved" in world.said_under_card()[-1]
    assert world.pages(reason="release") == []
    world.comes_up()
    world.stays_good(minutes=1)
    assert "can be signed" in world.said_under_card()[-1]
    world.stays_good(minutes=14)
    assert world.pages(reason="release") == []
    world.stays_good(minutes=2)
    assert {page.person for page in world.pages(reason="release")} == {"mia", "kai", "bo"}


def signed_and_then_frozen() -> ReleaseWorld:
    """v1.42 was approved; then people say that v1.41, which runs, took the service down."""
    world = ReleaseWorld()
    world.deploys("d0", OLD, DeploymentState.SUCCEEDED, version="v1.41")
    world.ready()
    world.approves()
    world.goes_down()
    world.blames("d0")
    return world


def test_what_was_signed_before_and_goes_out_while_frozen_is_said_under_the_card() -> None:
    world = signed_and_then_frozen()
    world.deploys()
    assert world.release().state is ReleaseState.DEPLOYED
    assert "goes out although releases of checkout are frozen" in world.said_under_card()[-1]


def test_an_order_that_failed_is_not_given_again_while_frozen() -> None:
    world = signed_and_then_frozen()
    world.trigger_ends(TriggerState.FAILED, "the host is away")
    world.settles("kai", "again")
    assert len(world.triggers()) == 1
    assert "frozen until #1 is resolved" in world.private()[-1]
    world.comes_up()
    world.settles("kai", "again")
    assert len(world.triggers()) == 2


def test_going_back_to_what_was_signed_before_needs_no_soak_but_a_second_signature() -> None:
    world = frozen()
    world.announces("b41again", OLD, artifact=f"sha256:{OLD[:8]}")
    world.clock_ticks()
    assert world.release("b41again").state is ReleaseState.READY
    assert "approved" in world.approves("mia", "b41again")
    assert "an emergency (an earlier build)" in world.said_under_card()[-1]
    assert "somebody else's" in world.decides("mia", "second", "b41again")
    assert "signed as the second" in world.decides("kai", "second", "b41again")
    world.waits(hours=25)
    assert not [text for text in world.posts() if "second one is missing" in text]


def test_a_missing_second_signature_is_said_after_a_day() -> None:
    world = frozen()
    world.announces("b41again", OLD, artifact=f"sha256:{OLD[:8]}")
    world.approves("mia", "b41again")
    world.deploys("d2", OLD, version="v1.41")
    world.waits(hours=23)
    assert not [text for text in world.posts() if "second one is missing" in text]
    world.waits(hours=2)
    assert [text for text in world.posts() if "second one is missing" in text]


def test_a_release_that_mends_the_outage_can_be_signed() -> None:
    world = frozen()
    world.announces("b43", NEW, mends=1)
    assert "approved" in world.approves("mia", "b43")
    assert "it mends #1" in world.said_under_card()[-1]


def test_a_release_that_mends_another_outage_cannot() -> None:
    world = frozen()
    world.announces("b43", NEW, mends=7)
    assert "frozen" in world.approves("mia", "b43")


def frozen() -> ReleaseWorld:
    """v1.41 and v1.42 were signed and deployed; v1.42 took it down, people say."""
    world = ReleaseWorld()
    world.ready("b41", sha=OLD)
    world.approves("mia", "b41")
    world.deploys("d0", OLD, version="v1.41")
    world.deploys("d0", OLD, DeploymentState.SUCCEEDED, version="v1.41")
    world.ready("b42")
    world.approves("mia", "b42")
    world.deploys("d1")
    world.deploys("d1", status=DeploymentState.SUCCEEDED)
    world.now += timedelta(minutes=2)
    world.goes_down()
    world.blames("d1")
    return world


def test_a_trigger_that_may_have_run_is_never_repeated_by_itself() -> None:
    world = ReleaseWorld()
    world.ready()
    world.approves()
    world.trigger_ends(TriggerState.UNKNOWN, "no answer for 30 s")
    world.waits(hours=2)
    assert len(world.triggers()) == 1
    assert "Nobody can tell" in world.said_under_card()[-1]
    world.settles("kai", "again")
    assert [it.attempt for it in world.triggers()] == [1, 2]


def test_somebody_who_sees_it_run_says_so() -> None:
    world = ReleaseWorld()
    world.ready()
    world.approves()
    world.trigger_ends(TriggerState.UNKNOWN, "no answer for 30 s")
    world.settles("kai", "started")
    assert world.release().trigger is TriggerState.STARTED
    assert len(world.triggers()) == 1


def test_a_trigger_that_started_is_not_tried_again_by_a_late_click() -> None:
    world = ReleaseWorld()
    world.ready()
    world.approves()
    world.trigger_ends(TriggerState.STARTED)
    world.settles("kai", "again")
    assert len(world.triggers()) == 1


def test_a_part_by_hand_is_ticked_once_and_before_it_the_release_is_not_complete() -> None:
    world = ReleaseWorld()
    world.ready()
    world.approves()
    world.deploys()
    assert "Still to do by hand: database" in world.said_under_card()[-1]
    assert not world.release().complete
    world.ticks("ana")
    assert world.release().complete
    assert "done by Ana" in world.said_under_card()[-1]
    assert "was done by Ana" in world.ticks("bo")
    assert "is no part of" in world.ticks("bo", "mainframe")


def test_what_support_reads_is_worded_anew_once_a_part_by_hand_is_done() -> None:
    world = ReleaseWorld()
    world.ready()
    world.approves()
    world.deploys(status=DeploymentState.SUCCEEDED)
    assert world.effects.count(PostNotes("d1")) == 1
    world.ticks("kai")
    assert world.effects.count(PostNotes("d1")) == 2


def test_a_part_by_hand_that_is_done_is_a_deployment_for_the_link() -> None:
    world = ReleaseWorld()
    world.ready()
    world.approves()
    world.ticks("ana")
    (tick,) = [it for it in world.scene.deployments if it.by_hand]
    assert (tick.service, tick.version, tick.by) == ("checkout", "database of v1.42", "Ana")


def test_approvers_are_texted_after_a_quarter_of_an_hour_and_then_called() -> None:
    world = ReleaseWorld()
    world.now = world.now.replace(hour=10)
    world.ready()
    world.stays_good(minutes=14)
    assert world.pages(reason="release") == []
    world.stays_good(minutes=2)
    asked = {(page.person, page.channel) for page in world.pages(reason="release")}
    assert asked == {("mia", "sms"), ("kai", "sms"), ("bo", "sms")}
    world.stays_good(minutes=31)
    (call,) = [it for it in world.pages("kai", "release") if it.channel == "call"]
    assert call.text.startswith("Midwatch. A release of checkout, version one point forty two")
    count = len(world.pages(reason="release"))
    world.stays_good(hours=3)
    assert len(world.pages(reason="release")) == count


def test_at_night_a_release_that_can_wait_wakes_nobody() -> None:
    world = ReleaseWorld()
    world.now = world.now.replace(hour=23)
    world.ready()
    world.stays_good(hours=7, minutes=30)
    assert world.pages(reason="release") == []
    world.stays_good(minutes=45)
    assert {page.person for page in world.pages(reason="release")} == {"mia", "kai", "bo"}


def test_in_an_emergency_they_are_texted_at_once() -> None:
    world = frozen()
    world.announces("b41again", OLD, artifact=f"sha256:{OLD[:8]}")
    world.waits(seconds=61)
    texts = [page for page in world.pages(reason="release") if page.text.startswith("EMERGENCY")]
    assert {page.person for page in texts} == {"mia", "kai", "bo"}


STEP = st.one_of(
    st.tuples(st.just("look"), st.sampled_from(["up", "down", "unknown"])),
    st.tuples(st.just("wait"), st.integers(1, 400)),
    st.tuples(st.just("approve"), st.sampled_from(["mia", "kai", "bo", "dee", "ana"])),
    st.tuples(st.just("reject"), st.sampled_from(["mia", "dee"])),
    st.tuples(st.just("announce"), st.sampled_from(["b42", "b43"])),
    st.tuples(st.just("deploy"), st.sampled_from([SHA, NEW])),
    st.tuples(st.just("cancel"), st.just("b42")),
)


@settings(max_examples=150)
@given(st.lists(STEP, max_size=25))
def test_whatever_happens_only_a_right_signature_on_a_good_build_sets_anything_in_motion(
    steps: list[tuple[str, str]],
) -> None:
    world = ReleaseWorld(sign_off=replace(SIGN_OFF, soak=timedelta(minutes=2)))
    for what, which in steps:
        _play(world, what, which)
    for release in world.scene.releases:
        mine = [it for it in world.triggers() if it.release == release.id]
        assert len(mine) <= 1
        if mine:
            assert release.decided_by in ("mia", "kai", "bo")
            assert release.state in (
                ReleaseState.APPROVED,
                ReleaseState.DEPLOYED,
                ReleaseState.EXPIRED,
            )
            assert release.green_since is not None
            decided = release.decided_at
            assert decided is not None
            assert decided - release.green_since >= timedelta(minutes=2)
    used = [it.deployment for it in world.scene.releases if it.deployment]
    assert len(used) == len(set(used))
    open_ones = [
        it for it in world.scene.releases if it.state in (ReleaseState.WAITING, ReleaseState.READY)
    ]
    assert len(open_ones) <= 1


def _play(world: ReleaseWorld, what: str, which: str | int) -> None:
    match what:
        case "look":
            world.looks_at_staging(str(which))
        case "wait":
            world.now += timedelta(seconds=int(which))
            world.clock_ticks()
        case "approve":
            _if_known(world, lambda: world.approves(str(which)))
        case "reject":
            _if_known(world, lambda: world.decides(str(which), "reject", reason="no"))
        case "announce":
            world.announces(str(which), SHA if which == "b42" else NEW)
        case "deploy":
            world.deploys(f"d{world.serial}", str(which))
        case "cancel":
            _if_known(world, world.cancels)


def _if_known(world: ReleaseWorld, act) -> None:  # type: ignore[no-untyped-def]
    if any(it.id == "b42" for it in world.scene.releases):
        act()


def test_commits_that_the_pipeline_did_not_send_are_asked_for_and_four_eyes_hold() -> None:
    world = ReleaseWorld()
    world.deploys("d0", OLD, DeploymentState.SUCCEEDED, version="v1.41")
    world.announces(commits=())
    (asked,) = [it for it in world.effects if isinstance(it, FetchCommits) and it.release]
    assert (asked.base, asked.head, asked.repository) == (OLD, SHA, "acme/checkout")
    assert not world.release().range_known
    wrote = (Commit("e" * 40, "fix: rounding", "Kai"),)
    world.happens(CommitsFound("", "checkout", wrote, True, world.now, release="b42"))
    assert world.release().range_known
    world.looks_at_staging()
    world.stays_good(minutes=6)
    assert "You wrote part of" in world.approves("kai")
    assert "approved" in world.approves("mia")


def test_a_list_of_commits_that_was_cut_is_not_taken_for_all_of_them() -> None:
    world = ReleaseWorld()
    world.deploys("d0", OLD, DeploymentState.SUCCEEDED, version="v1.41")
    world.announces(commits=())
    wrote = (Commit("e" * 40, "fix: rounding", "Dee"),)
    world.happens(CommitsFound("", "checkout", wrote, False, world.now, release="b42"))
    assert not world.release().range_known
    assert world.release().commits == wrote


def test_what_may_break_in_the_database_is_on_the_card_with_file_and_line() -> None:
    world = ReleaseWorld()
    path = "db/migrations/V7__drop.sql"
    touched = (Commit("d" * 40, "feat: vouchers", "Dee", files=(path, "app/migrations/0007_x.py")),)
    world.announces(commits=touched)
    (asked,) = [it for it in world.effects if isinstance(it, ReadMigrations)]
    assert (asked.release, asked.revision, asked.paths) == ("b42", SHA, (path,))
    found = DatabaseChange(path, "Flyway", Seen.INSPECTED, (Breaking(3, "drops column price"),))
    world.happens(MigrationsRead("", "checkout", (found,), world.now, release="b42"))
    shown = card(world.release(), world.policy, world.now).lines
    assert f"• *May break: drops column price, {path} line 3*" in shown
    assert "• app/migrations/0007_x.py (Django): present, not inspected" in shown


def test_an_approver_writes_what_support_reads_and_nobody_else_does() -> None:
    world = ReleaseWorld()
    world.ready()
    edit = ReleaseNotesEdited("b42", "Vouchers are here.", Actor("ana", "web"), world.now)
    world.happens(edit)
    assert world.release().notes == ""
    world.happens(replace(edit, actor=Actor("mia", "web")))
    assert world.release().notes == "Vouchers are here."
    world.approves("mia")
    world.deploys()
    (notes,) = [it for it in world.scene.notes if it.deployment == "d1"]
    assert (notes.edited_text, notes.edited_by) == ("Vouchers are here.", "mia")


@pytest.mark.parametrize(
    ("ago", "told", "written"),
    [(timedelta(minutes=5), 1, 1), (timedelta(hours=3), 0, 1), (timedelta(days=2), 0, 0)],
)
def test_history_that_is_listed_late_is_written_down_and_not_told_as_news(
    ago: timedelta, told: int, written: int
) -> None:
    world = ReleaseWorld()
    began = world.now - ago
    report = Report(
        id="old",
        service="checkout",
        environment="production",
        status=DeploymentState.SUCCEEDED,
        version="v1.7",
        sha=NEW,
        started_at=began,
        ended_at=began,
        source="github",
    )
    decision = world.happens(DeploymentReported(report, world.now, listed=True))
    assert len(world.flags()) == told
    kinds = [entry.kind for entry in decision.entries]
    assert kinds.count("unsigned_deployment") == written
