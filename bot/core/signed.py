"""A production deployment meets the release that was signed for it, or is flagged."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core import recipients
from bot.core.deployment import Deployment, DeploymentState, same_environment
from bot.core.draft import Draft
from bot.core.notes_record import NotesRecord
from bot.core.page import Page, Urgency
from bot.core.release import Release, ReleaseState, build_untold, same_build, what_differs
from bot.core.release_contents import say_if_frozen
from bot.core.releasing import judge, note, on_staging
from bot.core.signers import BACK
from bot.core.wording import releases as say
from bot.core.wording import unsigned as because

HISTORY = timedelta(days=1)
"""What ended before is history when a source lists it, at a first start say; an export shows it."""
NEWS = timedelta(hours=1)
"""What ended earlier and is listed only now, at a first start say, is written down, not told."""
CLOCKS = timedelta(minutes=5)
"""How far the clock of a pipeline may be off ours: a start counts as earlier from there on."""
_RAN = (
    DeploymentState.STARTED,
    DeploymentState.SUCCEEDED,
    DeploymentState.FAILED,
    DeploymentState.ROLLED_BACK,
)


def deployment_met(
    draft: Draft, deployment: Deployment, before: Deployment | None, listed: bool = False
) -> None:
    """What a deployment's report means to releases. Flagged once, when it is first heard of.

    `listed`: its source was asked for what was missed. Only then the times that it tells say
    whether it is news; what a pipeline reports by itself is, whenever it says that it began.
    """
    rules, service = draft.policy.sign_off, draft.policy.services.get(deployment.service)
    if rules is None or service is None or deployment.untouched:
        return
    if deployment.by_hand and not (deployment.sha or deployment.artifact):
        return  # a part of a release that no pipeline does: no build of its own
    if same_environment(deployment.environment, service.staging):
        _on_staging(draft, deployment)
        return
    if not same_environment(deployment.environment, service.environment):
        return
    if not rules.covers(service.key) or deployment.state not in _RAN:
        return
    used = next((it for it in draft.releases.values() if it.deployment == deployment.id), None)
    if used is not None:
        differs = _not_what_was_signed(used, deployment)
        if differs and not (before and _not_what_was_signed(used, before)):
            _flag(draft, deployment, differs, listed)
        return
    if before is not None and _looked_at(before):
        return
    if listed and _last_heard(deployment) < draft.now - HISTORY:
        return
    _signed_or_flagged(draft, deployment, listed)


def _not_what_was_signed(release: Release, deployment: Deployment) -> str:
    """In words; "" where nothing speaks against it. A roll-out may tell its build at its end."""
    untold = because.untold() if build_untold(release, deployment) else ""
    return what_differs(release, deployment) or untold


def _looked_at(before: Deployment) -> bool:
    """Whether it was asked already who had signed it.

    Not while it seemed to touch another service only, nor when all that was known of it was a start
    that lay far back in its host's list (whose entries have a `created_at`).
    """
    if before.state not in _RAN or before.untouched:
        return False
    old = before.reported_at - deployment_began(before) > HISTORY
    return not (before.state is DeploymentState.STARTED and before.created_at and old)


def _last_heard(deployment: Deployment) -> datetime:
    """The latest moment that its report speaks of: a start that is told too early hides nothing."""
    return deployment.ended_at or deployment_began(deployment)


def _signed_or_flagged(draft: Draft, deployment: Deployment, listed: bool) -> None:
    releases = sorted(
        (it for it in draft.releases.values() if it.service == deployment.service),
        key=lambda it: it.decided_at or it.announced_at,
        reverse=True,
    )
    fitting = [it for it in releases if same_build(it, deployment)]
    approved = [
        it
        for it in fitting
        if it.state is ReleaseState.APPROVED
        and it.deployment is None
        and it.expires_at is not None
        and deployment_began(deployment) < it.expires_at
        and not _began_before(it, deployment, draft.now)
    ]
    if approved:
        _used(draft, approved[0], deployment)
        if build_untold(approved[0], deployment):
            _flag(draft, deployment, because.untold(), listed)
        return
    _flag(draft, deployment, _why_unsigned(draft, deployment, releases, fitting), listed)


def _began_before(release: Release, deployment: Deployment, now: datetime) -> bool:
    """Whether it was under way before it was signed, and told of only afterwards.

    A host that waits for the signature (`callback`) dates the run from before it, and some date a
    deployment from its creation: neither says that it went out. Nor does a signature dated after
    `now`: our clock was set back since.
    """
    began, created = deployment.started_at, deployment.created_at
    if release.callback or release.decided_at is None or began is None:
        return False
    if release.decided_at > now or (created is not None and began <= created):
        return False
    return began < release.decided_at - CLOCKS


def _flag(draft: Draft, deployment: Deployment, why: str, listed: bool) -> None:
    text = say.unsigned(deployment, why)
    if not listed or _last_heard(deployment) > draft.now - NEWS:
        draft.post("releases", text)
        _tell_approvers(draft, deployment, why)
    draft.note(
        "unsigned_deployment",
        deployment.by or deployment.source or "unknown",
        text,
        service=deployment.service,
        deployment=deployment.id,
        facts=(("version", deployment.version), ("sha", deployment.sha or ""), ("why", why)),
    )


def deployment_began(deployment: Deployment) -> datetime:
    """When it began, as far as is known."""
    return deployment.started_at or deployment.ended_at or deployment.reported_at


def _why_unsigned(
    draft: Draft, deployment: Deployment, releases: list[Release], fitting: list[Release]
) -> str:
    for release in fitting:
        if release.state is ReleaseState.DEPLOYED and deployment.rollback:
            return because.back_without_signature(release, draft.policy)
        if release.state is ReleaseState.DEPLOYED:
            return because.used_before(release)
        if release.state is ReleaseState.SUPERSEDED and release.decided_by:
            return because.overtaken(release)
        if release.state is ReleaseState.APPROVED and _began_before(release, deployment, draft.now):
            return because.signed_afterwards(release)
        if release.state in (ReleaseState.EXPIRED, ReleaseState.APPROVED):
            return because.expired_approval(release)
    for release in releases:
        if release.state is ReleaseState.APPROVED and release.deployment is None:
            differs = what_differs(release, deployment)
            if differs:
                return differs
    return because.nobody_signed()


def _used(draft: Draft, release: Release, deployment: Deployment) -> None:
    changed = draft.put_release(
        replace(
            release,
            state=ReleaseState.DEPLOYED,
            deployment=deployment.id,
            next_due_at=release.second_due_at,
        )
    )
    text = say.deployed(changed, deployment, draft.policy)
    draft.card_reply(release.id, text)
    say_if_frozen(draft, changed)
    note(draft, changed, "release_deployed", deployment.by or "midwatch", text)
    _overtake(draft, changed, deployment)
    if release.notes:
        draft.put_notes(
            NotesRecord(
                deployment.id,
                deployment.service,
                edited_text=release.notes,
                edited_by=release.notes_by,
                edited_at=draft.now,
            )
        )


def _overtake(draft: Draft, release: Release, deployment: Deployment) -> None:
    """What was signed of older builds is used up: production would go back unseen."""
    if release.emergency == BACK:
        return  # it is the older build: what waits may well be the mended one
    for older in draft.releases_of(release.service):
        if older.state is not ReleaseState.APPROVED or older.announced_at >= release.announced_at:
            continue
        if same_build(older, deployment):
            continue  # the same build, announced twice and signed twice
        ended = draft.put_release(
            replace(older, state=ReleaseState.SUPERSEDED, next_due_at=None, second_due_at=None)
        )
        draft.card_reply(older.id, say.over(ended))
        note(draft, ended, "release_superseded", "midwatch", say.over(ended))


def _on_staging(draft: Draft, deployment: Deployment) -> None:
    """Another version is there now, or this one at last."""
    if deployment.state is not DeploymentState.SUCCEEDED:
        return
    for release in draft.releases_of(deployment.service):
        since = on_staging(draft, release, release.announced_at)
        if since != release.staging_at:
            judge(draft, replace(release, staging_at=since))


def _tell_approvers(draft: Draft, deployment: Deployment, why: str) -> None:
    """By text, for their information: it happened already."""
    rules = draft.policy.sign_off
    for key in rules.approvers if rules else ():
        person = draft.policy.people.get(key)
        if person is None:
            continue
        teams = draft.policy.teams_of(key)
        text = say.unsigned_text(deployment, why)
        for channel in recipients.quietly(person, draft.unusable):
            draft.put_page(
                Page(
                    key=draft.serial_key(f"unsigned-{key}-{channel}")[:200],
                    incident=0,
                    person=key,
                    team=teams[0] if teams else "",
                    channel=channel,
                    urgency=Urgency.INFO,
                    reason="unsigned",
                    text=text,
                    line=text,
                    created_at=draft.now,
                    due_at=draft.now,
                    state_at=draft.now,
                )
            )
