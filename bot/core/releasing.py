"""The life of a release up to its signature: announced, looked at on staging, ready, over."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.authors import asked_by
from bot.core.deployment import Deployment, DeploymentState, shortened
from bot.core.draft import Draft
from bot.core.release import (
    UNDECIDED,
    ByHand,
    Release,
    ReleaseState,
    green_from,
    same_artifact,
    seen,
    soaked,
)
from bot.core.release_asking import ask_approvers, when_to_ask
from bot.core.release_events import (
    Announcement,
    CardPosted,
    ReleaseAnnounced,
    ReleaseCancelled,
    ReleaseTimePassed,
    StagingSeen,
)
from bot.core.release_range import (
    ask_for_commits,
    ask_for_migrations,
    begun_anew,
    deployments_in,
    range_of,
    same_commit,
    together,
    went_back,
    without_what_went_out,
)
from bot.core.signers import emergency_of, frozen_by, waits_for
from bot.core.triggering import host_waits, trigger
from bot.core.wording import releases as say

STAGING_IS_TOLD = timedelta(days=35)
"""A service's deployments to staging are told of when one was in this time."""
LOOK_AGAIN = timedelta(minutes=1)
"""How often a release that is frozen, or that waits for staging, is judged anew."""


def release_announced(draft: Draft, event: ReleaseAnnounced) -> None:
    """A build waits on staging. It takes the place of the service's older ones."""
    said, rules = event.release, draft.policy.sign_off
    if rules is None or not rules.covers(said.service) or said.service not in draft.policy.services:
        return
    id_ = own_id(draft, said)
    known = draft.releases.get(id_)
    if known is not None:
        _completed(draft, known, said)
        return
    release = draft.put_release(_made(draft, said, id_, min(event.at, draft.now)))
    for older in draft.releases_of(said.service):
        if older.id != id_ and older.state in UNDECIDED:
            same = older.callback == release.callback  # what waits there waits for the newer one
            _end(draft, older, ReleaseState.SUPERSEDED, answer=not same)
    note(draft, release, "release_announced", release.by or release.source, say.announced(release))
    ask_for_commits(draft, release)
    ask_for_migrations(draft, release)
    judge(draft, release)
    rejected = [it for it in draft.releases.values() if _was_rejected(it, release)]
    if rejected:
        last = max(rejected, key=lambda it: (it.announced_at, it.id))
        draft.card_reply(id_, say.rejected_before(last, draft.policy))


def _was_rejected(other: Release, release: Release) -> bool:
    mine = other.service == release.service and other.state is ReleaseState.REJECTED
    return mine and same_artifact(other, release)


def own_id(draft: Draft, said: Announcement) -> str:
    """One id for two services is two releases: pipelines name a release after their run."""
    id_ = shortened(said.id)
    known = draft.releases.get(id_)
    if known is not None and known.service != said.service:
        id_ = shortened(f"{said.id}:{said.service}")
        known = draft.releases.get(id_)
    if known is not None and said.ask and known.state not in UNDECIDED:
        return shortened(f"{id_}:{said.ask}")  # its host waits anew, for a decision of its own
    return id_


def _made(draft: Draft, said: Announcement, id_: str, at: datetime) -> Release:
    service, rules = draft.policy.services[said.service], draft.policy.sign_off
    expires = rules.expires if rules is not None else timedelta()
    brings = range_of(draft, said, id_)
    parts = dict.fromkeys((*service.by_hand, *said.by_hand, *brings.by_hand))
    return Release(
        id=id_,
        service=said.service,
        version=said.version,
        sha=said.sha,
        previous_sha=brings.base,
        artifact=said.artifact,
        announced_at=at,
        by=said.by,
        requested_by=asked_by(said.by, draft.policy),
        url=said.url,
        source=said.source,
        commits=brings.commits,
        range_known=brings.known,
        expires_at=at + expires,
        by_hand=tuple(ByHand(part) for part in parts),
        mends=said.mends,
        staging_at=on_staging(draft, said, at),
        callback=said.callback,
    )


def on_staging(draft: Draft, said: Announcement | Release, at: datetime) -> datetime | None:
    """Since when this version is on staging; None while another one is, or none got there.

    Where no deployment to staging was reported of late, the announcement says that it is there.
    """
    staging = draft.policy.services[said.service].staging
    told = [
        it
        for it in deployments_in(draft, said.service, staging)
        if (it.ended_at or it.reported_at) > at - STAGING_IS_TOLD
    ]
    if not told:
        return at
    done = [it for it in told if it.state is DeploymentState.SUCCEEDED]
    if not done or not _is_build(done[-1], said):
        return None
    return done[-1].ended_at or done[-1].reported_at


def _is_build(deployment: Deployment, said: Announcement | Release) -> bool:
    """By its commit, else by its artifact, else by its version."""
    if deployment.sha and said.sha:
        return same_commit(deployment.sha, said.sha)
    if deployment.artifact and said.artifact:
        return deployment.artifact == said.artifact
    return bool(said.version) and deployment.version == said.version


def _completed(draft: Draft, known: Release, said: Announcement) -> None:
    """The same announcement once more: what was not known is filled in, nothing else changes."""
    if not known.open:
        return
    if known.state is ReleaseState.APPROVED:
        return  # what was signed stays as the approver saw it
    more = known
    if said.commits and not known.range_known:
        brings = range_of(draft, said, known.id)
        more = replace(
            known,
            previous_sha=brings.base or known.previous_sha,
            commits=together(known.commits, brings.commits),
            range_known=brings.known,
        )
    more = replace(
        more,
        url=known.url or said.url,
        artifact=known.artifact or said.artifact,
        mends=known.mends or said.mends,
        callback=known.callback or said.callback,
    )
    if more != known:
        judge(draft, draft.put_release(more))


def staging_seen(draft: Draft, event: StagingSeen) -> None:
    """Somebody looked at staging: each release of the service that waits there is judged."""
    if event.service not in draft.policy.services:
        return  # taken out of the configuration meanwhile
    for release in draft.releases_of(event.service):
        if release.state not in UNDECIDED:
            continue
        # A look dated after now is from before the clock was set back.
        if release.seen_at is not None and event.at < release.seen_at <= draft.now:
            continue
        if went_back(draft, release):
            release = begun_anew(draft, release)
            ask_for_commits(draft, release)
        release = without_what_went_out(draft, release)
        since = on_staging(draft, release, release.announced_at)
        judge(draft, seen(replace(release, staging_at=since), event.checks, event.at))


def judge(draft: Draft, release: Release) -> Release:
    """Whether it can be signed now, and when that is to be asked again."""
    rules = draft.policy.sign_off
    if rules is None or release.state not in UNDECIDED:
        return release
    freeze = frozen_by(release.service, draft.open_incidents())
    emergency = emergency_of(release, freeze, draft.releases.values())
    kept_back = freeze.number if freeze is not None and not emergency else None
    changed = replace(release, emergency=emergency, frozen=kept_back)
    may = bool(emergency) or (kept_back is None and soaked(release, rules.soak, draft.now))
    if may and release.state is ReleaseState.WAITING:
        changed = replace(
            changed,
            state=ReleaseState.READY,
            ready_at=draft.now,
            expires_at=draft.now + rules.expires,
        )
        draft.card_reply(release.id, say.ready(changed))
        note(draft, changed, "release_ready", "midwatch", say.ready(changed))
    elif not may and release.state is ReleaseState.READY:
        wait = waits_for(changed, rules.soak, draft.now)
        changed = replace(changed, state=ReleaseState.WAITING, ready_at=None, asked=0)
        draft.card_reply(release.id, say.not_ready_any_more(changed, wait))
        note(draft, changed, "release_not_ready", "midwatch", say.waiting(changed, wait))
    return draft.put_release(replace(changed, next_due_at=_due(draft, changed)))


def is_over(release: Release, now: datetime) -> bool:
    """Whether its time is up, though nobody may have said so yet."""
    return release.open and release.expires_at is not None and release.expires_at <= now


def _due(draft: Draft, release: Release) -> datetime | None:
    """When time changes something by itself."""
    rules = draft.policy.sign_off
    assert rules is not None
    due = [draft.now + LOOK_AGAIN]
    start = green_from(release)
    if release.state is ReleaseState.WAITING and start is not None:
        due += [at for at in (start + rules.soak,) if at > draft.now]
    if release.state is ReleaseState.READY:
        due += filter(None, (release.expires_at, when_to_ask(release, draft)))
    return min(due)


def time_passed(draft: Draft, event: ReleaseTimePassed) -> None:
    """Soaked, expired, nobody signs, or a second signature is missing."""
    release = draft.releases.get(event.id)
    if release is None or release.next_due_at is None or release.next_due_at > draft.now:
        return
    expired = is_over(release, draft.now)
    if release.second_due_at is not None and release.second_at is None and not expired:
        _second_is_missing(draft, release)
    elif not release.open:
        draft.put_release(replace(release, next_due_at=None))
    elif expired:
        _end(draft, release, ReleaseState.EXPIRED)
    elif draft.policy.sign_off is None:  # it left the configuration, and may come back
        draft.put_release(replace(release, next_due_at=draft.now + LOOK_AGAIN))
    elif release.state is ReleaseState.APPROVED:
        draft.put_release(replace(release, next_due_at=release.expires_at))
    else:
        ask_approvers(draft, judge(draft, release))


def _second_is_missing(draft: Draft, release: Release) -> None:
    due = release.second_due_at
    assert due is not None
    if due > draft.now:
        ends = release.expires_at if release.open else None
        draft.put_release(replace(release, next_due_at=min(filter(None, (due, ends)))))
        return
    text = say.second_missing(release, draft.policy)
    draft.post("releases", text)
    note(draft, release, "second_signature_missing", "midwatch", text)
    expires = release.expires_at if release.state is ReleaseState.APPROVED else None
    draft.put_release(replace(release, second_due_at=None, next_due_at=expires))


def release_cancelled(draft: Draft, event: ReleaseCancelled) -> None:
    """Its own pipeline takes it back."""
    release = draft.releases.get(shortened(event.id))
    if release is not None and event.service not in ("", release.service):
        release = draft.releases.get(shortened(f"{event.id}:{event.service}"))
    if release is not None and release.state not in UNDECIDED and release.callback:
        anew = (it for it in draft.releases_of(release.service) if it.state in UNDECIDED)
        release = next((it for it in anew if it.callback == release.callback), None)
    if release is not None and release.state in UNDECIDED:
        _end(draft, release, ReleaseState.CANCELLED, event.by, answer=False)


def _end(
    draft: Draft,
    release: Release,
    state: ReleaseState,
    by: str = "midwatch",
    *,
    answer: bool = True,
) -> None:
    """`answer`: a host that waits for a decision is told that none will come."""
    ended = replace(release, state=state, next_due_at=None)
    if answer and host_waits(release):
        ended = trigger(draft, ended)
    ended = draft.put_release(ended)
    draft.card_reply(release.id, say.over(ended))
    note(draft, ended, f"release_{state.value}", by, say.over(ended))


def card_posted(draft: Draft, event: CardPosted) -> None:
    """Where the card is, so that it is edited in place."""
    release = draft.releases.get(event.id)
    if release is not None:
        draft.put_release(replace(release, card_channel=event.channel, card_ts=event.ts))


def note(draft: Draft, release: Release, kind: str, by: str, text: str) -> None:
    """A line of the audit log, with what an auditor compares."""
    draft.note(
        kind,
        by or "unknown",
        text,
        service=release.service,
        deployment=release.deployment,
        facts=(
            ("release", release.id),
            ("version", release.version),
            ("sha", release.sha or ""),
            ("previous_sha", release.previous_sha or ""),
            ("artifact", release.artifact or ""),
            ("emergency", release.emergency),
        ),
    )
