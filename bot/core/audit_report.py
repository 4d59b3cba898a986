"""What an auditor asks of each production deployment: who wrote it, who signed it, what came of it.

Pure. `approvals` has a place for what sign-off knows; a deployment without one is `not signed`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.deployment import Deployment, DeploymentState
from bot.core.incident import Incident

NOT_SIGNED = "not signed"
LONGEST_SHA = 12


@dataclass(frozen=True, slots=True)
class Approval:
    """What a signed release says of its deployment. `checks`: how they stood when it was signed."""

    approver: str
    at: datetime
    checks: str


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


def lines(
    deployments: Iterable[Deployment],
    blamed: Mapping[str, tuple[int, ...]],
    approvals: Mapping[str, Approval] | None = None,
) -> list[Line]:
    """In the order of the deployments. `blamed`: see `caused`; `approvals`: by deployment id."""
    signed = approvals or {}
    return [_line(it, blamed.get(it.id, ()), signed.get(it.id)) for it in deployments]


def _line(it: Deployment, incidents: tuple[int, ...], approval: Approval | None) -> Line:
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
        developers=tuple(dict.fromkeys(one.author for one in it.commits if one.author)),
        deployed_by=it.by or "",
        approver=approval.approver if approval else NOT_SIGNED,
        approved_at=approval.at if approval else None,
        checks_at_approval=approval.checks if approval else "",
        incidents_caused=incidents,
        url=it.url or "",
    )


def _result(it: Deployment) -> str:
    words = it.state.value.replace("_", " ")
    back = it.rollback and it.state is not DeploymentState.ROLLED_BACK
    return f"{words} (rollback)" if back else words
