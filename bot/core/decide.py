"""decide(scene, event, policy, now) -> Decision: the one door into the rules."""

from datetime import datetime
from typing import assert_never

from bot.core import (
    acknowledging,
    announcing,
    asking,
    auditing,
    causes,
    deploying,
    duty_change,
    events,
    expiring,
    following_up,
    leads,
    merging,
    nights,
    overriding,
    own_trouble,
    quiet_over,
    receipts,
    release_events,
    releasing,
    reminding,
    resolving,
    rota_ahead,
    signing,
    silencing,
    splitting,
    trigger,
    unsilencing,
    weighing,
)
from bot.core.draft import Draft
from bot.core.policy import Policy
from bot.core.scene import Decision, Scene


def decide(
    scene: Scene,
    event: events.Event,
    policy: Policy,
    now: datetime,
    event_key: str,
    *,
    weighs: bool = True,
) -> Decision:
    """What follows from `event`. Pure: the same arguments give the same answer.

    `event_key` names the event for ever and is part of the keys of what it sends. `weighs` False:
    weighing the deployments failed (a bug of ours), so people are paged without a link.
    """
    draft = Draft(scene, policy, now, event_key, weighs)
    _dispatch(draft, event)
    return draft.decision()


def _dispatch(draft: Draft, event: events.Event) -> None:
    match event:
        case events.SignalReported():
            trigger.signal_reported(draft, event)
        case events.SignalExpired():
            expiring.signal_expired(draft, event)
        case events.OpenedByHand():
            trigger.opened_by_hand(draft, event)
        case events.LookedAgain():
            trigger.looked_again(draft, event.services)
        case events.TextReceived():
            asking.text_received(draft, event)
        case events.Acknowledged():
            acknowledging.acknowledged(draft, event)
        case events.Escalated():
            acknowledging.escalated(draft, event)
        case events.Resolved():
            resolving.resolved(draft, event)
        case events.Silenced():
            silencing.silenced(draft, event)
        case events.SilenceEnded():
            unsilencing.silence_ended(draft, event)
        case events.SilenceExtended():
            silencing.extended(draft, event)
        case events.QuietBegun():
            silencing.quiet_begun(draft, event)
        case events.QuietOver():
            quiet_over.quiet_over(draft, event)
        case events.OverrideAsked():
            overriding.override_asked(draft, event)
        case events.OverrideEnded():
            overriding.override_ended(draft, event)
        case events.CauseDecided():
            causes.cause_decided(draft, event)
        case events.FollowUpAnswered():
            following_up.answered(draft, event)
        case events.Asked():
            asking.asked(draft, event)
        case _:
            _dispatch_the_rest(draft, event)


OfPage = events.ReceiptReceived | events.PageFailed | events.NumberMarked | events.PagedFromMemory
OfDeployment = (
    events.DeploymentReported
    | events.CommitsFound
    | events.CommitsPushed
    | events.MigrationsRead
    | events.NotesPosted
    | events.NotesEdited
    | events.DeployedByHand
)
OfTime = (
    events.TimePassed
    | events.WeighingDue
    | events.PartingDue
    | events.NightEnded
    | events.DutyLooked
    | events.WeekLooked
    | events.WeekEnded
    | events.RecordBroken
)
OfOurOwn = (
    events.ThreadPosted
    | events.SightChanged
    | events.TroubleChanged
    | events.ConfigurationChanged
    | events.PageTestAsked
    | events.PictureAsked
    | events.HeadAnchored
    | events.ChainBroken
)
OfTheRest = OfPage | OfDeployment | OfTime | OfOurOwn | events.ReleaseEvent


def _dispatch_the_rest(draft: Draft, event: OfTheRest) -> None:
    match event:
        case events.ReceiptReceived():
            receipts.receipt_received(draft, event)
        case events.PageFailed():
            receipts.page_failed(draft, event)
        case events.NumberMarked():
            receipts.number_marked(draft, event)
        case events.PagedFromMemory():
            receipts.paged_from_memory(draft, event)
        case events.TimePassed():
            reminding.time_passed(draft, event)
        case events.WeighingDue():
            weighing.weigh_due(draft, event.number)
            merging.tell_of_growth(draft, event.number)
        case events.PartingDue():
            splitting.split_due(draft, event.number)
        case events.NightEnded():
            nights.night_ended(draft, event)
        case events.DutyLooked():
            duty_change.duty_looked(draft, event)
        case events.WeekLooked():
            rota_ahead.week_looked(draft)
        case events.WeekEnded():
            leads.week_ended(draft, event)
        case events.RecordBroken():
            leads.record_broken(draft, event)
        case events.PictureAsked():
            leads.picture_asked(draft, event)
        case events.ThreadPosted():
            asking.thread_posted(draft, event)
        case events.SightChanged():
            own_trouble.sight_changed(draft, event)
        case events.TroubleChanged():
            own_trouble.trouble_changed(draft, event)
        case events.ConfigurationChanged():
            own_trouble.configuration_changed(draft, event)
        case events.PageTestAsked():
            own_trouble.page_test_asked(draft, event)
        case events.HeadAnchored():
            auditing.head_anchored(draft, event)
        case events.ChainBroken():
            auditing.chain_broken(draft, event)
        case _:
            _dispatch_deployments(draft, event)


def _dispatch_deployments(draft: Draft, event: OfDeployment | events.ReleaseEvent) -> None:
    match event:
        case events.DeploymentReported():
            deploying.deployment_reported(draft, event)
        case events.CommitsFound():
            deploying.commits_found(draft, event)
        case events.CommitsPushed():
            deploying.commits_pushed(draft, event)
        case events.MigrationsRead():
            announcing.migrations_read(draft, event)
        case events.NotesPosted():
            announcing.notes_posted(draft, event)
        case events.NotesEdited():
            announcing.notes_edited(draft, event)
        case events.DeployedByHand():
            deploying.deployed_by_hand(draft, event)
        case _:
            _dispatch_releases(draft, event)


def _dispatch_releases(draft: Draft, event: events.ReleaseEvent) -> None:
    match event:
        case release_events.ReleaseAnnounced():
            releasing.release_announced(draft, event)
        case release_events.ReleaseCancelled():
            releasing.release_cancelled(draft, event)
        case release_events.StagingSeen():
            releasing.staging_seen(draft, event)
        case release_events.ReleaseTimePassed():
            releasing.time_passed(draft, event)
        case release_events.CardPosted():
            releasing.card_posted(draft, event)
        case release_events.ReleaseDecided():
            signing.release_decided(draft, event)
        case release_events.PartDone():
            signing.part_done(draft, event)
        case release_events.ReleaseTriggered():
            signing.release_triggered(draft, event)
        case release_events.ReleaseNotesEdited():
            signing.notes_edited(draft, event)
        case release_events.TriggerSettled():
            signing.trigger_settled(draft, event)
        case _:
            assert_never(event)
