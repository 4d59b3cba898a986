"""The life of a release up to its signature: announced, looked at on staging, ready, over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.authors import asked_by
from bot.core.database_changes import DatabaseChange, known_changes, readable
from bot.core.deployment import Commit, Deployment, DeploymentState, same_environment, shortened
from bot.core.draft import Draft
from bot.core.effects import FetchCommits, ReadMigrations
from bot.core.release import (
    UNDECIDED,
    ByHand,
    Release,
    ReleaseState,
    green_from,
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
from bot.core.signers import emergency_of, frozen_by, waits_for, writers
from bot.core.wording import releases as say
from bot.core.wording.release_card import signed_own_work

MOST_READ = 40
"""SQL migrations of one release that are looked into."""
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
            _end(draft, older, ReleaseState.SUPERSEDED)
    note(draft, release, "release_announced", release.by or release.source, say.announced(release))
    _ask_for_commits(draft, release)
    _ask_for_migrations(draft, release)
    judge(draft, release)


def own_id(draft: Draft, said: Announcement) -> str:
    """One id for two services is two releases: pipelines name a release after their run."""
    known = draft.releases.get(shortened(said.id))
    if known is None or known.service == said.service:
        return shortened(said.id)
    return shortened(f"{said.id}:{said.service}")


def _made(draft: Draft, said: Announcement, id_: str, at: datetime) -> Release:
    service, rules = draft.policy.services[said.service], draft.policy.sign_off
    expires = rules.expires if rules is not None else timedelta()
    parts = dict.fromkeys((*service.by_hand, *said.by_hand))
    return Release(
        id=id_,
        service=said.service,
        version=said.version,
        sha=said.sha,
        previous_sha=said.previous_sha or running_sha(draft, said.service),
        artifact=said.artifact,
        announced_at=at,
        by=said.by,
        requested_by=asked_by(said.by, draft.policy),
        url=said.url,
        source=said.source,
        commits=said.commits,
        range_known=bool(said.commits) and not said.commits_cut,
        expires_at=at + expires,
        by_hand=tuple(ByHand(part) for part in parts),
        mends=said.mends,
        staging_at=on_staging(draft, said, at),
        callback=said.callback,
    )


def running_sha(draft: Draft, service: str) -> str | None:
    """The commit that runs where users are: from there to the release's own is its range."""
    environment = draft.policy.services[service].environment
    ran = [
        it
        for it in _in(draft, service, environment)
        if it.state is DeploymentState.SUCCEEDED and it.sha and not it.by_hand
    ]
    return ran[-1].sha if ran else None


def on_staging(draft: Draft, said: Announcement | Release, at: datetime) -> datetime | None:
    """Since when this version is on staging; None while another one is.

    Where no deployment to staging was ever reported, the announcement itself says that it is there.
    """
    staging = draft.policy.services[said.service].staging
    done = [
        it
        for it in _in(draft, said.service, staging)
        if it.state is DeploymentState.SUCCEEDED and not it.by_hand
    ]
    if not done:
        return at
    last = done[-1]
    same = _same(last.sha, said.sha) if last.sha and said.sha else last.version == said.version
    if same:
        return last.ended_at or last.reported_at
    # The report of its own deployment may still be on its way.
    return at if (last.ended_at or last.reported_at) < at else None


def _in(draft: Draft, service: str, environment: str) -> list[Deployment]:
    found = [
        it
        for it in draft.deployments.values()
        if it.service == service and same_environment(it.environment, environment)
    ]
    return sorted(found, key=lambda it: (it.ended_at or it.reported_at, it.id))


def _same(one: str, other: str) -> bool:
    size = min(len(one), len(other))
    return size >= 7 and one[:size].lower() == other[:size].lower()


def _completed(draft: Draft, known: Release, said: Announcement) -> None:
    """The same announcement once more: what was not known is filled in, nothing else changes."""
    if not known.open:
        return
    if known.state is ReleaseState.APPROVED:
        return  # what was signed stays as the approver saw it
    more = replace(
        known,
        url=known.url or said.url,
        artifact=known.artifact or said.artifact,
        commits=known.commits or said.commits,
        range_known=known.range_known or (bool(said.commits) and not said.commits_cut),
        mends=known.mends or said.mends,
        callback=known.callback or said.callback,
    )
    if more != known:
        judge(draft, draft.put_release(more))


def _ask_for_commits(draft: Draft, release: Release) -> None:
    """Without a list of its own: the host is asked what is between what runs and this build."""
    service = draft.policy.services[release.service]
    if release.commits or not (service.repository and release.sha and release.previous_sha):
        return
    draft.emit(
        FetchCommits(
            deployment="",
            service=service.key,
            source=service.host,
            repository=service.repository,
            base=release.previous_sha,
            head=release.sha,
            release=release.id,
        )
    )


def commits_known(draft: Draft, id_: str, commits: Sequence[Commit], complete: bool) -> None:
    """Its range was asked for and arrived."""
    release = draft.releases.get(id_)
    if release is None or not release.open or release.range_known:
        return
    known = draft.put_release(replace(release, commits=tuple(commits), range_known=complete))
    _ask_for_migrations(draft, known)
    if known.decided_by in writers(known, draft.policy) and known.state is ReleaseState.APPROVED:
        text = signed_own_work(known, draft.policy)
        draft.post("releases", text)
        note(draft, known, "signed_own_work", "midwatch", text)


def database_known(draft: Draft, id_: str, changes: Sequence[DatabaseChange]) -> None:
    """Somebody looked into its migrations."""
    release = draft.releases.get(id_)
    if release is not None:
        known = {change.path: change for change in (*release.database, *changes)}
        draft.put_release(replace(release, database=tuple(known.values())))


def _ask_for_migrations(draft: Draft, release: Release) -> None:
    """Those in SQL, at the commit that is to be signed."""
    service = draft.policy.services.get(release.service)
    paths = [it.path for it in known_changes(release.commits, ()) if readable(it)]
    if service and paths and service.repository and release.sha:
        draft.emit(
            ReadMigrations(
                deployment="",
                service=service.key,
                source=service.host,
                repository=service.repository,
                revision=release.sha,
                paths=tuple(paths[:MOST_READ]),
                release=release.id,
            )
        )


def staging_seen(draft: Draft, event: StagingSeen) -> None:
    """Somebody looked at staging: each release of the service that waits there is judged."""
    if event.service not in draft.policy.services:
        return  # taken out of the configuration meanwhile
    for release in draft.releases_of(event.service):
        if release.state not in UNDECIDED:
            continue
        if release.seen_at is not None and event.at < release.seen_at:
            continue
        since = on_staging(draft, release, release.announced_at)
        judge(draft, seen(replace(release, staging_at=since), event.checks, event.at))


def judge(draft: Draft, release: Release) -> Release:
    """Whether it can be signed now, and when that is to be asked again."""
    rules = draft.policy.sign_off
    if rules is None or release.state not in UNDECIDED:
        return release
    freeze = frozen_by(release.service, draft.open_incidents())
    emergency = emergency_of(release, freeze, draft.releases.values())
    may = bool(emergency) or soaked(release, rules.soak, draft.now)
    changed = replace(release, emergency=emergency)
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
        wait = waits_for(release, rules.soak, draft.now)
        changed = replace(changed, state=ReleaseState.WAITING, ready_at=None, asked=0)
        draft.card_reply(release.id, say.not_ready_any_more(changed, wait))
        note(draft, changed, "release_not_ready", "midwatch", say.waiting(changed, wait))
    return draft.put_release(replace(changed, next_due_at=_due(draft, changed)))


def _due(draft: Draft, release: Release) -> datetime | None:
    """When time changes something by itself."""
    rules = draft.policy.sign_off
    assert rules is not None
    due = [draft.now + LOOK_AGAIN]
    start = green_from(release)
    if release.state is ReleaseState.WAITING and start is not None:
        due.append(max(start + rules.soak, draft.now + timedelta(seconds=1)))
    if release.state is ReleaseState.READY:
        due += filter(None, (release.expires_at, when_to_ask(release, draft)))
    return min(due)


def time_passed(draft: Draft, event: ReleaseTimePassed) -> None:
    """Soaked, expired, nobody signs, or a second signature is missing."""
    release = draft.releases.get(event.id)
    if release is None or release.next_due_at is None or release.next_due_at > draft.now:
        return
    expired = release.open and release.expires_at is not None and release.expires_at <= draft.now
    if release.second_due_at is not None and release.second_at is None and not expired:
        _second_is_missing(draft, release)
    elif not release.open:
        draft.put_release(replace(release, next_due_at=None))
    elif expired:
        _end(draft, release, ReleaseState.EXPIRED)
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
    if release is not None and release.state in UNDECIDED:
        _end(draft, release, ReleaseState.CANCELLED, event.by)


def _end(draft: Draft, release: Release, state: ReleaseState, by: str = "midwatch") -> None:
    ended = draft.put_release(replace(release, state=state, next_due_at=None))
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
