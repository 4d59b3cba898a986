"""Signatures: approve, reject, sign an emergency a second time, tick what is done by hand."""

from dataclasses import replace

from bot.core.actor import Actor
from bot.core.deploying import take_report
from bot.core.deployment import DeploymentState, Report, shortened
from bot.core.draft import Draft
from bot.core.release import (
    SECOND_SIGNATURE_WITHIN,
    ByHand,
    Release,
    ReleaseState,
    TriggerState,
)
from bot.core.release_events import (
    PartDone,
    ReleaseDecided,
    ReleaseNotesEdited,
    ReleaseTriggered,
    TriggerSettled,
)
from bot.core.releasing import is_over, judge, note
from bot.core.sign_off import why_not_signed_by, why_refused
from bot.core.signers import emergency_of, frozen_by, strangers
from bot.core.triggering import trigger
from bot.core.wording import releases as say


def release_decided(draft: Draft, event: ReleaseDecided) -> None:
    """The one button. Whoever is refused is told why, and nothing changes."""
    release, actor = draft.releases.get(event.id), event.actor
    if release is None:
        draft.answer(actor, say.gone(event.id))
        return
    if not is_over(release, draft.now):
        release = judge(draft, release)  # an incident may have begun or ended since the last look
    freeze = frozen_by(release.service, draft.open_incidents())
    emergency = emergency_of(release, freeze, draft.releases.values())
    refused = why_refused(
        release, event.choice, actor.person, draft.policy, draft.now, freeze, emergency
    )
    if refused is not None:
        _refused(draft, release, event, refused)
        return
    match event.choice:
        case "approve":
            _approve(draft, release, event, emergency)
        case "reject":
            _reject(draft, release, event)
        case "second":
            _second(draft, release, event)


def _approve(draft: Draft, release: Release, event: ReleaseDecided, emergency: str) -> None:
    rules = draft.policy.sign_off
    assert rules is not None
    second_due = draft.now + SECOND_SIGNATURE_WITHIN if emergency else None
    expires = draft.now + rules.expires
    approved = replace(
        _decided(draft, release, event, ReleaseState.APPROVED),
        emergency=emergency,
        expires_at=expires,
        second_due_at=second_due,
        next_due_at=min(filter(None, (expires, second_due))),
    )
    approved = trigger(draft, approved)
    text = say.approved(approved, draft.policy)
    _said(draft, approved, event.actor, "release_approved", text, "approved")


def _reject(draft: Draft, release: Release, event: ReleaseDecided) -> None:
    if not event.reason.strip():
        draft.answer(event.actor, say.reason_missing())
        return
    rejected = _decided(draft, release, event, ReleaseState.REJECTED)
    if release.callback:
        rejected = trigger(draft, rejected)
    text = say.rejected(rejected, draft.policy)
    _said(draft, rejected, event.actor, "release_rejected", text, "rejected")


def _second(draft: Draft, release: Release, event: ReleaseDecided) -> None:
    changed = replace(
        release, second_by=event.actor.person, second_at=draft.now, second_due_at=None
    )
    text = say.second(changed, draft.policy)
    _said(draft, changed, event.actor, "release_second_signature", text, "signed as the second")


def _decided(draft: Draft, release: Release, event: ReleaseDecided, state: ReleaseState) -> Release:
    return replace(
        release,
        state=state,
        decided_at=draft.now,
        decided_by=event.actor.person,
        decided_via=event.actor.via,
        reason=event.reason,
        next_due_at=None,
    )


def _refused(draft: Draft, release: Release, event: ReleaseDecided, why: str) -> None:
    """Whoever clicked is told; an auditor sees that it was tried."""
    draft.answer(event.actor, why)
    who = draft.policy.name_of(event.actor.person) if event.actor.person else event.actor.name
    note(draft, release, "signature_refused", who, f"{event.choice}: {why}")


def _said(draft: Draft, release: Release, actor: Actor, kind: str, text: str, what: str) -> None:
    draft.put_release(release)
    draft.card_reply(release.id, text)
    rules = draft.policy.sign_off
    draft.note(
        kind,
        draft.policy.name_of(actor.person),
        text,
        service=release.service,
        deployment=release.deployment,
        facts=(
            ("release", release.id),
            ("version", release.version),
            ("sha", release.sha or ""),
            ("previous_sha", release.previous_sha or ""),
            ("artifact", release.artifact or ""),
            ("person", actor.person or ""),
            ("via", actor.via),
            ("emergency", release.emergency),
            ("range", "known" if release.range_known else "unknown"),
            ("authors_unknown", ", ".join(strangers(release, draft.policy))),
            ("checks", ", ".join(f"{it.label}: {it.outcome}" for it in release.checks)),
            ("by_hand", ", ".join(it.part for it in release.by_hand)),
            ("approvers", ", ".join(rules.approvers) if rules else ""),
            ("reason", release.reason),
        ),
    )
    draft.answer(actor, say.done(release, what))


def release_triggered(draft: Draft, event: ReleaseTriggered) -> None:
    """What came of it. Nobody tries again by themselves what may have been set in motion."""
    release = draft.releases.get(event.id)
    if release is None or release.trigger in (TriggerState.STARTED, event.state):
        return
    changed = draft.put_release(
        replace(
            release,
            trigger=event.state,
            trigger_url=event.url or release.trigger_url,
            trigger_error=event.detail,
        )
    )
    if release.deployment is not None or event.refusal or release.state is ReleaseState.REJECTED:
        return  # it has been seen to run; a rejection sets nothing in motion
    words = {
        TriggerState.STARTED: say.triggered,
        TriggerState.FAILED: say.trigger_failed,
        TriggerState.UNKNOWN: say.trigger_unknown,
    }[event.state]
    text = words(changed)
    draft.card_reply(release.id, text)
    note(draft, changed, f"release_trigger_{event.state.value}", "midwatch", text)


def trigger_settled(draft: Draft, event: TriggerSettled) -> None:
    """Somebody looked at the pipeline: it ran, or it is to be tried again."""
    release, actor = draft.releases.get(event.id), event.actor
    if release is None:
        draft.answer(actor, say.gone(event.id))
        return
    refused = why_not_signed_by(release, actor.person, draft.policy)
    if refused is None and release.state is not ReleaseState.APPROVED:
        refused = say.decided_already(release, draft.policy)
    if refused is None and release.trigger not in (TriggerState.UNKNOWN, TriggerState.FAILED):
        refused = say.trigger_settled_already(release)
    if refused is None and event.choice == "again" and release.service not in draft.policy.services:
        refused = say.service_gone(release)
    freeze = frozen_by(release.service, draft.open_incidents())
    if refused is None and event.choice == "again" and freeze is not None:
        mends = release.emergency or release.mends == freeze.number
        refused = None if mends else say.frozen(release, freeze.number)
    if refused is not None:
        draft.answer(actor, refused)
        return
    if event.choice == "started":
        changed = replace(release, trigger=TriggerState.STARTED, trigger_error="")
    else:
        changed = trigger(draft, release)
    draft.put_release(changed)
    text = say.settled(changed, event.choice, actor, draft.policy)
    draft.card_reply(release.id, text)
    note(draft, changed, "release_trigger_settled", draft.policy.name_of(actor.person), text)
    draft.answer(actor, say.done(changed, "was noted"))


def notes_edited(draft: Draft, event: ReleaseNotesEdited) -> None:
    """An approver's own words for support, until the release is deployed."""
    release, actor = draft.releases.get(event.id), event.actor
    if release is None:
        draft.answer(actor, say.gone(event.id))
        return
    rules = draft.policy.sign_off
    if rules is None or actor.person not in rules.approvers:
        draft.answer(actor, say.no_approver(draft.policy))
        return
    text = event.text.strip()
    if not release.open or text == release.notes:
        draft.answer(actor, say.not_done(release))
        return
    changed = draft.put_release(replace(release, notes=text, notes_by=actor.person))
    words = say.notes_edited(changed, actor, draft.policy)
    note(draft, changed, "release_notes_edited", draft.policy.name_of(actor.person), words)
    draft.card_reply(release.id, words)
    draft.answer(actor, words)


def _as_deployment(draft: Draft, release: Release, event: PartDone) -> None:
    service = draft.policy.services.get(release.service)
    if service is None:
        return
    report = Report(
        id=shortened(f"part:{release.id}:{event.part}"),
        service=release.service,
        environment=service.environment,
        status=DeploymentState.SUCCEEDED,
        version=f"{event.part} of {release.name}",
        started_at=event.at,
        ended_at=event.at,
        by=draft.policy.name_of(event.actor.person),
        by_hand=True,
        source="hand",
    )
    take_report(draft, report, min(event.at, draft.now))


def part_done(draft: Draft, event: PartDone) -> None:
    """A tick: done by, at. It is itself a deployment, for whatever goes down afterwards."""
    release, actor = draft.releases.get(event.id), event.actor
    if release is None:
        draft.answer(actor, say.gone(event.id))
        return
    if actor.person is None or actor.person not in draft.policy.people:
        draft.answer(actor, say.stranger(draft.policy))
        return
    known = next((it for it in release.by_hand if it.part == event.part), None)
    if known is None:
        draft.answer(actor, say.part_unknown(event.part, release))
        return
    if known.done_at is not None:
        draft.answer(actor, say.part_done_already(release, event.part, draft.policy))
        return
    done = ByHand(event.part, actor.person, event.at)
    parts = tuple(done if it.part == event.part else it for it in release.by_hand)
    changed = draft.put_release(replace(release, by_hand=parts))
    _as_deployment(draft, changed, event)
    text = say.part_done(changed, event.part, draft.policy, event.at)
    draft.card_reply(release.id, text)
    note(draft, changed, "part_done", draft.policy.name_of(actor.person), text)
    draft.answer(actor, say.done(changed, f"has its part {event.part} done"))
