"""Deployments: a version put into an environment, pieced together from whatever sources say.

Reports come late, twice and out of order; `apply` makes one deployment of them. Times are aware.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.core.commit import Commit as Commit
from bot.core.commit import merged_commits
from bot.core.database_changes import DatabaseChange

LONGEST_ID = 200
"""Characters."""


class DeploymentState(StrEnum):
    """Where a deployment is. What only waits for approval is not a deployment yet."""

    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ROLLED_BACK = "rolled_back"


class RangeKnown(StrEnum):
    """What is known of the commits between a deployment and the one before it.

    `unknown` stands until somebody told; commits may be there all the same, from a pipeline's list
    or from pushes. `files_cut`: all commits, but not all of the files they touched.
    """

    UNKNOWN = "unknown"
    COMPLETE = "complete"
    COMMITS_CUT = "commits_cut"
    FILES_CUT = "files_cut"


@dataclass(frozen=True, slots=True)
class Attempt:
    """An earlier roll-out of the same deployment: it failed and was run again, say."""

    state: DeploymentState
    started_at: datetime | None
    ended_at: datetime
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is known of one deployment.

    `started_at` is the earlier of what the source said and when its report arrived; None: only the
    end was ever reported. `ended_at` is set in every state but `started`. `reported_at` is when
    the first report arrived. `created_at` is when the source made the record: a start only for
    deployers that never report one. `rollback`: it puts an older version back.
    `said_at` is the latest moment that any report spoke of, by its sender's clock: it tells a
    repeated report from a new attempt even if that clock is ahead. `earlier` are the attempts
    before the latest one, oldest first. `shared`: its report was of a whole repository, not of this
    service by name; `untouched`: and none of its commits touches the service's `paths`.
    `by_hand_parts`: what its pipeline says is still to be done by people.
    `database`: the migrations that were looked into.
    """

    id: str
    service: str
    environment: str
    version: str
    sha: str | None
    previous_sha: str | None
    state: DeploymentState
    started_at: datetime | None
    ended_at: datetime | None
    reported_at: datetime
    by: str | None = None
    url: str | None = None
    artifact: str | None = None
    by_hand: bool = False
    rollback: bool = False
    commits: tuple[Commit, ...] = ()
    source: str = ""
    created_at: datetime | None = None
    said_at: datetime | None = None
    earlier: tuple[Attempt, ...] = ()
    shared: bool = False
    untouched: bool = False
    range_known: RangeKnown = RangeKnown.UNKNOWN
    by_hand_parts: tuple[str, ...] = ()
    database: tuple[DatabaseChange, ...] = ()

    @property
    def short_sha(self) -> str | None:
        """The first seven characters of the commit, as people quote it."""
        return self.sha[:7] if self.sha else None

    @property
    def name(self) -> str:
        """What people call it: its version, else its commit, else its id. Never empty."""
        return self.version or self.short_sha or self.id


@dataclass(frozen=True, slots=True)
class Report:
    """What a source says about a deployment. Anything it does not say is None or empty.

    `shared`: it speaks of a whole repository, not of this service by name. `range_known`: what it
    says of its `commits`.
    """

    id: str
    service: str
    environment: str
    status: DeploymentState
    version: str = ""
    sha: str | None = None
    previous_sha: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    by: str | None = None
    url: str | None = None
    artifact: str | None = None
    by_hand: bool = False
    rollback: bool = False
    commits: tuple[Commit, ...] = ()
    source: str = ""
    created_at: datetime | None = None
    shared: bool = False
    by_hand_parts: tuple[str, ...] = ()
    range_known: RangeKnown = RangeKnown.UNKNOWN


def apply(current: Deployment | None, report: Report, now: datetime) -> Deployment:
    """Work a report that arrived at `now` into what is known.

    Reports may be repeated and come in any order: an ended attempt ends once, the earliest start
    wins, gaps are filled, commits are gathered. Another verdict on an ended attempt counts only if
    its own time is later; a start after the end is a new attempt. The very same object comes back
    if the report says nothing new.
    """
    if current is None:
        return _first(report, now)
    known = _filled(current, report)
    if _is_past(current, report):
        merged = known
    elif _is_next_attempt(current, report):
        merged = _next_attempt(known, report, now)
    else:
        merged = _continued(known, report, now)
    return current if merged == current else merged


def with_commits(deployment: Deployment, commits: Iterable[Commit]) -> Deployment:
    """Add commits that were asked for later. The same object if all of them are known."""
    merged = merged_commits(deployment.commits, commits)
    return deployment if merged == deployment.commits else replace(deployment, commits=merged)


def same_environment(one: str, other: str) -> bool:
    """Environments compare without case."""
    return one.strip().casefold() == other.strip().casefold()


def same_version(one: Deployment, other: Deployment) -> bool:
    """Whether they put the same thing there: by commit where both tell one, else by version."""
    if one.sha and other.sha:
        return one.sha == other.sha
    return bool(one.version) and one.version == other.version


def elsewhere(report: Report) -> str:
    """The id of a report whose own id is another service's or environment's deployment already.

    Pipelines name a deployment after their run, and one run may go to staging and to production,
    or ship several services. 200 characters at most, as every id.
    """
    return shortened(f"{report.id}:{report.service}:{report.environment.strip().casefold()}")


def shortened(whole: str) -> str:
    """An id of at most `LONGEST_ID` characters; what is longer ends in a digest of all of it."""
    if len(whole) <= LONGEST_ID:
        return whole
    digest = hashlib.sha256(whole.encode()).hexdigest()[:32]
    return f"{whole[: LONGEST_ID - 33]}~{digest}"


def _first(report: Report, now: datetime) -> Deployment:
    started = _start_said(report, now)
    return Deployment(
        id=report.id,
        service=report.service,
        environment=report.environment,
        version=report.version,
        sha=report.sha,
        previous_sha=report.previous_sha,
        state=report.status,
        started_at=started,
        ended_at=_end_said(report, started, now),
        reported_at=now,
        by=report.by,
        url=report.url,
        artifact=report.artifact,
        by_hand=report.by_hand,
        rollback=report.rollback,
        commits=merged_commits((), report.commits),
        source=report.source,
        created_at=report.created_at,
        said_at=_latest(report.started_at, report.ended_at),
        shared=report.shared,
        by_hand_parts=report.by_hand_parts,
        range_known=report.range_known,
    )


def _filled(current: Deployment, report: Report) -> Deployment:
    return replace(
        current,
        version=current.version or report.version,
        sha=current.sha or report.sha,
        previous_sha=current.previous_sha or report.previous_sha,
        by=current.by or report.by,
        url=current.url or report.url,
        artifact=current.artifact or report.artifact,
        by_hand=current.by_hand or report.by_hand,
        rollback=current.rollback or report.rollback,
        commits=merged_commits(current.commits, report.commits),
        source=current.source or report.source,
        created_at=_earliest(current.created_at, report.created_at),
        shared=current.shared and report.shared,
        range_known=(
            report.range_known if current.range_known is RangeKnown.UNKNOWN else current.range_known
        ),
        by_hand_parts=tuple(dict.fromkeys((*current.by_hand_parts, *report.by_hand_parts))),
    )


def _is_past(current: Deployment, report: Report) -> bool:
    """Whether the report speaks of an attempt before the latest one."""
    if not current.earlier:
        return False
    last = current.earlier[-1]
    own = report.started_at if report.status is DeploymentState.STARTED else report.ended_at
    until = _latest(last.ended_at, last.said_at)
    return own is not None and until is not None and own <= until


def _is_next_attempt(current: Deployment, report: Report) -> bool:
    """Whether the report's own time says that it was run again."""
    until = _latest(current.ended_at, current.said_at)
    if current.ended_at is None or until is None or report.status is DeploymentState.ROLLED_BACK:
        return False
    if report.started_at is not None:
        return report.started_at > until
    other_verdict = report.status not in (DeploymentState.STARTED, current.state)
    return other_verdict and report.ended_at is not None and report.ended_at > until


def _next_attempt(current: Deployment, report: Report, now: datetime) -> Deployment:
    assert current.ended_at is not None
    before = Attempt(current.state, current.started_at, current.ended_at, current.said_at)
    started = _start_said(report, now)
    return replace(
        current,
        state=report.status,
        started_at=started,
        ended_at=_end_said(report, started, now),
        said_at=_latest(report.started_at, report.ended_at),
        earlier=(*current.earlier, before),
    )


def _continued(current: Deployment, report: Report, now: datetime) -> Deployment:
    said = None if report.started_at is None else min(report.started_at, now)
    started = _earliest(current.started_at, said)
    state, ended = _verdict(current, report, now)
    return replace(
        current,
        state=state,
        started_at=started,
        ended_at=ended if started is None or ended is None else max(ended, started),
        said_at=_latest(current.said_at, report.started_at, report.ended_at),
    )


def _verdict(
    current: Deployment, report: Report, now: datetime
) -> tuple[DeploymentState, datetime | None]:
    """State and end of the latest attempt, once this report is taken into account."""
    if current.ended_at is None:
        return report.status, _end_said(report, None, now)
    if report.status is DeploymentState.STARTED:
        return current.state, current.ended_at
    said = None if report.ended_at is None else min(report.ended_at, now)
    if report.status is DeploymentState.ROLLED_BACK:
        # Going back later does not move the end of the roll-out itself.
        return report.status, _earliest(current.ended_at, said)
    if current.state in (report.status, DeploymentState.ROLLED_BACK):
        return current.state, _earliest(current.ended_at, said)
    until = _latest(current.ended_at, current.said_at)
    if said is not None and report.ended_at is not None and until and report.ended_at > until:
        return report.status, said
    return current.state, current.ended_at


def _start_said(report: Report, now: datetime) -> datetime | None:
    """The earlier of the reported start and the arrival; an end alone says nothing of the start."""
    if report.started_at is not None:
        return min(report.started_at, now)
    return now if report.status is DeploymentState.STARTED else None


def _end_said(report: Report, started: datetime | None, now: datetime) -> datetime | None:
    """The earlier of the reported end and the arrival, never before the start (clocks differ)."""
    if report.status is DeploymentState.STARTED:
        return None
    end = min(report.ended_at or now, now)
    return end if started is None else max(end, started)


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    known = [moment for moment in (one, other) if moment is not None]
    return min(known, default=None)


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)
