"""Releases: a build that waits on staging until somebody signs it. Times are aware UTC."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.database_changes import DatabaseChange
from bot.core.deployment import Commit, Deployment, DeploymentState, shortened

UNSEEN_AT_MOST = timedelta(minutes=2)
"""Green counts on over a gap between two looks that is no longer than this."""
SECOND_SIGNATURE_WITHIN = timedelta(hours=24)
"""After an emergency release was approved by one person."""


class ReleaseState(StrEnum):
    """Where a release is. `cancelled`: its own pipeline took it back."""

    WAITING = "waiting"
    READY = "ready"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    DEPLOYED = "deployed"


OPEN = frozenset({ReleaseState.WAITING, ReleaseState.READY, ReleaseState.APPROVED})
UNDECIDED = frozenset({ReleaseState.WAITING, ReleaseState.READY})


class TriggerState(StrEnum):
    """What became of the deployment that an approval sets in motion.

    `unknown`: it may have been set in motion; a person is asked, it is never tried blindly again.
    """

    NONE = "none"
    ASKED = "asked"
    STARTED = "started"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ByHand:
    """A part of a release that no pipeline does, and who said that it is done."""

    part: str
    done_by: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StagingCheck:
    """What one staging check said last. `outcome` is `up`, `degraded`, `down` or `unknown`."""

    label: str
    outcome: str
    at: datetime
    detail: str = ""

    @property
    def green(self) -> bool:
        """Whether it stands in nobody's way. A slow staging does not."""
        return self.outcome in ("up", "degraded")


@dataclass(frozen=True, slots=True)
class Release:
    """One release.

    `requested_by` is a person's key, where the one who asked (`by`) is known. `range_known`:
    `commits` are all of them. `staging_at`: since when this version is on staging.
    `green_since`: since when every staging check has been good without a gap; `seen_at` is when
    they were last looked at. `emergency` says why it needs no soak: `back` (an artifact that was
    approved before returns) or `mends`. `mends` is an incident. `next_due_at`: when time changes
    something. `asked` counts how often approvers were asked. `deployment` is what used it.
    `callback`: where its host waits for the decision. `database`: the migrations that somebody
    looked into. `notes` are a manager's own words for support, in the place of the list.
    `attempts`: how often it was set in motion. `frozen`: the open incident that keeps it back.
    """

    id: str
    service: str
    version: str
    sha: str | None
    previous_sha: str | None
    artifact: str | None
    announced_at: datetime
    state: ReleaseState = ReleaseState.WAITING
    by: str | None = None
    requested_by: str | None = None
    url: str | None = None
    source: str = ""
    commits: tuple[Commit, ...] = ()
    range_known: bool = False
    by_hand: tuple[ByHand, ...] = ()
    mends: int | None = None
    emergency: str = ""
    staging_at: datetime | None = None
    checks: tuple[StagingCheck, ...] = ()
    green_since: datetime | None = None
    seen_at: datetime | None = None
    ready_at: datetime | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    decided_via: str = ""
    reason: str = ""
    expires_at: datetime | None = None
    second_by: str | None = None
    second_at: datetime | None = None
    second_due_at: datetime | None = None
    trigger: TriggerState = TriggerState.NONE
    triggered_at: datetime | None = None
    trigger_url: str | None = None
    trigger_error: str = ""
    deployment: str | None = None
    next_due_at: datetime | None = None
    asked: int = 0
    card_channel: str | None = None
    card_ts: str | None = None
    callback: str | None = None
    database: tuple[DatabaseChange, ...] = ()
    notes: str = ""
    notes_by: str | None = None
    attempts: int = 0
    frozen: int | None = None

    @property
    def open(self) -> bool:
        """Whether anything can still become of it."""
        return self.state in OPEN

    @property
    def short_sha(self) -> str | None:
        """The first seven characters of the commit."""
        return self.sha[:7] if self.sha else None

    @property
    def name(self) -> str:
        """What people call it: its version, else its commit, else its id. Never empty."""
        return self.version or self.short_sha or self.id

    @property
    def to_do(self) -> tuple[str, ...]:
        """The parts by hand that nobody has ticked."""
        return tuple(it.part for it in self.by_hand if it.done_at is None)

    @property
    def complete(self) -> bool:
        """Deployed, and every part by hand is done."""
        return self.state is ReleaseState.DEPLOYED and not self.to_do


def lists_part(release: Release, deployment: Deployment) -> bool:
    """Whether this is a part by hand of that release, ticked. See `bot.core.signing`."""
    ids = (shortened(f"part:{release.id}:{it.part}") for it in release.by_hand)
    return deployment.service == release.service and deployment.id in ids


def same_build(release: Release, deployment: Deployment) -> bool:
    """Whether that deployment puts out what was signed: the same commit and artifact.

    What one of them does not say is not compared; but something has to be the same.
    """
    pairs = [
        (release.artifact, deployment.artifact),
        (_sha(release.sha, deployment.sha), _sha(deployment.sha, release.sha)),
    ]
    told = [(mine, theirs) for mine, theirs in pairs if mine and theirs]
    if not told:
        return bool(release.version) and release.version == deployment.version
    return all(mine == theirs for mine, theirs in told)


def build_untold(release: Release, deployment: Deployment) -> bool:
    """Whether it ended and said neither commit nor artifact, although a commit or artifact was
    signed: a version is a name that any build may bear.
    """
    signed = (release.sha, release.artifact)
    ended = deployment.state is not DeploymentState.STARTED
    return ended and any(signed) and not (deployment.sha or deployment.artifact)


def same_artifact(one: Release, other: Release) -> bool:
    """Whether both are the very same build: artifact and commit, as far as both name them."""
    pairs = [
        (one.artifact, other.artifact),
        (_sha(one.sha, other.sha), _sha(other.sha, one.sha)),
    ]
    told = [(mine, theirs) for mine, theirs in pairs if mine and theirs]
    return bool(told) and all(mine == theirs for mine, theirs in told)


def what_differs(release: Release, deployment: Deployment) -> str:
    """In words: what of the deployment is not what was signed; "" if nothing is."""
    if release.artifact and deployment.artifact and release.artifact != deployment.artifact:
        return f"its artifact is {deployment.artifact}, signed was {release.artifact}"
    mine, theirs = _sha(release.sha, deployment.sha), _sha(deployment.sha, release.sha)
    if mine and theirs and mine != theirs:
        return f"its commit is {theirs[:7]}, signed was {mine[:7]}"
    return ""


def _sha(one: str | None, other: str | None) -> str:
    """Commits compare as far as the shorter one is written."""
    if not one or not other:
        return ""
    size = min(len(one), len(other))
    return one[:size].lower() if size >= 7 else one.lower()


def soaked(release: Release, soak: timedelta, now: datetime) -> bool:
    """Whether staging has been good for long enough, for this very version."""
    start = green_from(release)
    if start is None or release.seen_at is None:
        return False
    return now - start >= soak and now - release.seen_at <= UNSEEN_AT_MOST


def green_from(release: Release) -> datetime | None:
    """From when its time on staging counts: deployed there, and every check good since."""
    if release.staging_at is None or release.green_since is None:
        return None
    return max(release.staging_at, release.green_since)


def seen(release: Release, checks: tuple[StagingCheck, ...], at: datetime) -> Release:
    """The release after a look at staging. A gap between two looks begins the time anew."""
    green = all(check.green for check in checks)
    gap = release.seen_at is None or at - release.seen_at > UNSEEN_AT_MOST
    since = None
    if green:
        since = at if release.green_since is None or gap else release.green_since
    return replace(release, checks=checks, green_since=since, seen_at=at)
