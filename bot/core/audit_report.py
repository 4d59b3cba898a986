"""What an auditor asks of each production deployment: who wrote it, who signed it, what came of it.

Pure. A deployment that used no signed release is `not signed`; a part by hand that was ticked
belongs to the release it is listed in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.authors import developers
from bot.core.deployment import Deployment, DeploymentState
from bot.core.incident import Incident
from bot.core.policy import GITHUB, Policy
from bot.core.release import Release, ReleaseState

NOT_SIGNED = "not signed"
LONGEST_SHA = 12
_PART = "part:"


@dataclass(frozen=True, slots=True)
class Line:
    """One deployment. Times are UTC; `commit_range` is empty where no commit is known."""

    deployment: str
    service: str
    environment: str
    version: str
    artifact: str
    started_at: datetime | None
    finished_at: datetime | None
    result: str
    commit_range: str
    commits: int
    developers: tuple[str, ...]
    deployed_by: str
    approver: str
    approved_at: datetime | None
    checks_at_approval: str
    incidents_caused: tuple[int, ...]
    url: str


def caused(incidents: Iterable[Incident]) -> dict[str, tuple[int, ...]]:
    """Deployment -> numbers of the incidents that people decided it caused; merged ones are one."""
    found: dict[str, tuple[int, ...]] = {}
    for incident in incidents:
        cause = incident.cause
        if cause is not None and cause.deployment and incident.merged_into is None:
            numbers = (*found.get(cause.deployment, ()), incident.number)
            found[cause.deployment] = tuple(sorted(numbers))
    return found


def may_list(deployment: Deployment) -> tuple[str, ...]:
    """Ids of the releases that this may be a ticked part of: ids and parts may hold colons.

    `bot.core.release.lists_part` says which one it is.
    """
    if not (deployment.by_hand and deployment.id.startswith(_PART)):
        return ()
    words = deployment.id.removeprefix(_PART).split(":")
    return tuple(":".join(words[:end]) for end in range(1, len(words)))


def lines(
    deployments: Iterable[Deployment],
    blamed: Mapping[str, tuple[int, ...]],
    releases: Mapping[str, Release],
    policy: Policy,
) -> list[Line]:
    """In the order of the deployments. `blamed`: see `caused`; `releases`: by deployment id."""
    return [_line(it, blamed.get(it.id, ()), releases.get(it.id), policy) for it in deployments]


def _line(
    it: Deployment, incidents: tuple[int, ...], release: Release | None, policy: Policy
) -> Line:
    service = policy.services.get(it.service)
    wrote = developers(it.commits, policy, service.host if service else GITHUB)
    signed = release if _approved(release) else None
    return Line(
        deployment=it.id,
        service=it.service,
        environment=it.environment,
        version=it.version,
        artifact=it.artifact or "",
        started_at=it.started_at,
        finished_at=it.ended_at,
        result=_result(it),
        commit_range="..".join(sha[:LONGEST_SHA] for sha in (it.previous_sha, it.sha) if sha),
        commits=len(it.commits),
        developers=tuple(one.name for one in wrote),
        deployed_by=it.by or "",
        approver=_approver(signed),
        approved_at=signed.decided_at if signed else None,
        checks_at_approval=_checks(signed) if signed else "",
        incidents_caused=incidents,
        url=it.url or "",
    )


def _approved(release: Release | None) -> bool:
    """A part may be ticked before somebody decides, and although they said no."""
    if release is None or release.decided_by is None:
        return False
    return release.state is not ReleaseState.REJECTED


def _approver(release: Release | None) -> str:
    """Whoever signed; with the second signature that an emergency needs."""
    if release is None or release.decided_by is None:
        return NOT_SIGNED
    if not release.emergency:
        return release.decided_by
    return f"{release.decided_by}, {release.second_by or 'not signed a second time'} (emergency)"


def _checks(release: Release) -> str:
    """As they stood then; one that was looked at only later says nothing of it."""
    signed = release.decided_at
    return "; ".join(
        f"{it.label} {it.outcome}" for it in release.checks if signed is None or it.at <= signed
    )


def _result(it: Deployment) -> str:
    words = it.state.value.replace("_", " ")
    back = it.rollback and it.state is not DeploymentState.ROLLED_BACK
    return f"{words} (rollback)" if back else words
