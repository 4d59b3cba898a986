"""What a release brings: everything from the commit that runs where users are to its own.

A pipeline tells what came since its last build. What was built before and never went out comes
along: it is on the card, and whoever wrote it wrote part of this release.
"""

from dataclasses import dataclass, replace

from bot.core.database_changes import known_changes, readable
from bot.core.deployment import Commit, Deployment, DeploymentState, same_environment
from bot.core.draft import Draft
from bot.core.effects import FetchCommits, ReadMigrations
from bot.core.release import UNDECIDED, ByHand, Release, ReleaseState
from bot.core.release_events import Announcement

MOST_READ = 40
"""SQL migrations of one release that are looked into."""
MOST_COMMITS = 1000
"""Of one release that are kept, the newest; then they are not all that there are."""


@dataclass(frozen=True, slots=True)
class Range:
    """`known`: `commits`, oldest first, are all of it. `by_hand`: parts nobody has done yet."""

    base: str | None
    commits: tuple[Commit, ...] = ()
    known: bool = False
    by_hand: tuple[str, ...] = ()


def range_of(draft: Draft, said: Announcement, id_: str) -> Range:
    """What comes with this build, by what its pipeline told and by what was built before it."""
    told = bool(said.commits) and not said.commits_cut
    running = running_sha(draft, said.service)
    if said.previous_sha is None:
        skipped = _not_out(draft, said, id_) if running else []
        seen = {it.sha for it in said.commits}
        whole = all(it.range_known and seen >= {c.sha for c in it.commits} for it in skipped)
        return Range(running, said.commits, told and whole, _left(skipped))
    if running and same_commit(said.previous_sha, running):
        return Range(running, said.commits, told)
    before = _build_of(draft, said, id_)
    if before is not None and before.state is ReleaseState.DEPLOYED:
        is_back = running and same_commit(before.previous_sha or "", running)
        before = before if is_back else None  # else it is out, and does not come along
    if before is None:
        if running is None or _has(said.commits, running):
            return Range(said.previous_sha, said.commits, told)
        waiting = [it for it in _not_out(draft, said, id_) if it.state in UNDECIDED]
        return Range(running, said.commits, by_hand=_left(waiting))
    commits = together(before.commits, said.commits)
    known = told and before.range_known and len(commits) <= MOST_COMMITS
    if running and not _has(commits, running):
        known = known and same_commit(before.previous_sha or "", running)
    base = before.previous_sha if known or running is None else running
    return Range(base, commits[-MOST_COMMITS:], known, _left([before]))


def went_back(draft: Draft, release: Release) -> bool:
    """Whether production went back behind where the range of this release begins."""
    there = deployments_in(
        draft, release.service, draft.policy.services[release.service].environment
    )
    base = release.previous_sha
    runs = [it for it in there if it.state is DeploymentState.SUCCEEDED and it.sha]
    if not runs or base is None or same_commit(base, runs[-1].sha or ""):
        return False
    back = (it for it in there if it.state is DeploymentState.ROLLED_BACK and it.sha)
    return runs[-1].rollback or any(same_commit(base, it.sha or "") for it in back)


def begun_anew(draft: Draft, release: Release) -> Release:
    """The release with its range from what runs since production went back."""
    said = Announcement(
        id=release.id,
        service=release.service,
        sha=release.sha,
        previous_sha=release.previous_sha,
        commits=release.commits,
        commits_cut=not release.range_known,
    )
    brings = range_of(draft, said, release.id)
    known = {it.part for it in release.by_hand}
    more = tuple(ByHand(part) for part in brings.by_hand if part not in known)
    return replace(
        release,
        previous_sha=brings.base,
        commits=brings.commits,
        range_known=brings.known,
        by_hand=(*release.by_hand, *more),
    )


def without_what_went_out(draft: Draft, release: Release) -> Release:
    """The release from what runs by now, where that is a build that came along with it.

    Whoever wrote that one wrote no part of this one any more. Its parts by hand stay: nobody knows
    here whose they are.
    """
    base, running = release.previous_sha, running_sha(draft, release.service)
    if not release.range_known or base is None or running is None or same_commit(base, running):
        return release
    out = {
        commit.sha
        for it in draft.releases.values()
        if it.service == release.service and it.state is ReleaseState.DEPLOYED and it.range_known
        if same_commit(it.sha or "", running) and same_commit(it.previous_sha or "", base)
        for commit in it.commits
    }
    left = tuple(it for it in release.commits if it.sha not in out)
    if not (out and left) or len(left) + len(out) != len(release.commits):
        return release
    return replace(release, previous_sha=running, commits=left)


def together(earlier: tuple[Commit, ...], later: tuple[Commit, ...]) -> tuple[Commit, ...]:
    """Both, each commit once."""
    return tuple({it.sha: it for it in (*earlier, *later)}.values())


def _build_of(draft: Draft, said: Announcement, id_: str) -> Release | None:
    """The latest build of the commit that this one says it came after."""
    found = [
        it
        for it in draft.releases.values()
        if it.service == said.service
        and it.id != id_
        and it.sha
        and same_commit(it.sha, said.previous_sha or "")
    ]
    return max(found, key=lambda it: (it.announced_at, it.id), default=None)


def _not_out(draft: Draft, said: Announcement, id_: str) -> list[Release]:
    """Builds since the one that runs that never went out."""
    environment = draft.policy.services[said.service].environment
    ran = _succeeded(draft, said.service, environment)
    since = (ran[-1].ended_at or ran[-1].reported_at) if ran else None
    return [
        it
        for it in draft.releases.values()
        if it.service == said.service
        and it.id != id_
        and it.state is not ReleaseState.DEPLOYED
        and (since is None or it.announced_at > since)
    ]


def _left(builds: list[Release]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for it in builds for part in it.to_do))


def _has(commits: tuple[Commit, ...], sha: str) -> bool:
    return any(same_commit(it.sha, sha) for it in commits)


def running_sha(draft: Draft, service: str) -> str | None:
    """The commit that runs where users are: from there to the release's own is its range."""
    ran = _succeeded(draft, service, draft.policy.services[service].environment)
    return ran[-1].sha if ran else None


def _succeeded(draft: Draft, service: str, environment: str) -> list[Deployment]:
    found = deployments_in(draft, service, environment)
    return [it for it in found if it.state is DeploymentState.SUCCEEDED and it.sha]


def deployments_in(draft: Draft, service: str, environment: str) -> list[Deployment]:
    """The deployments of a service to there, but for its parts by hand, in order of their ends."""
    found = [
        it
        for it in draft.deployments.values()
        if it.service == service
        and not it.by_hand
        and same_environment(it.environment, environment)
    ]
    return sorted(found, key=lambda it: (it.ended_at or it.reported_at, it.id))


def same_commit(one: str, other: str) -> bool:
    """As far as the shorter name goes; seven characters at least."""
    size = min(len(one), len(other))
    return size >= 7 and one[:size].lower() == other[:size].lower()


def ask_for_commits(draft: Draft, release: Release) -> None:
    """Where its list is not whole: the host is asked what is between what runs and this build."""
    service = draft.policy.services[release.service]
    if release.range_known or not (service.repository and release.sha and release.previous_sha):
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


def ask_for_migrations(draft: Draft, release: Release) -> None:
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
