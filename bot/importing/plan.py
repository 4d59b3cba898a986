"""What an import would change, and what stands against it. Asks the database, writes nothing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from bot.core.deployment import DeploymentState, Report, elsewhere, same_environment
from bot.core.history import PastIncident
from bot.core.policy import Policy
from bot.importing.lines import Line, Lines, Problem
from bot.ports.history import History, KnownDeployment

OTHER = "other"


@dataclass(frozen=True, slots=True)
class New:
    """A record to write. `number`: of the incident that it changes; None: it is not here yet."""

    record: Report | PastIncident
    digest: str
    number: int | None = None


@dataclass(slots=True)
class Part:
    """Of the deployments, or of the incidents: what becomes of each.

    `live`: reported to Midwatch itself, and left as it is.
    """

    new: list[New] = field(default_factory=list)
    changed: list[New] = field(default_factory=list)
    there: int = 0
    live: int = 0


@dataclass(slots=True)
class Plan:
    """All of it. With a problem nothing is written."""

    deployments: Part = field(default_factory=Part)
    incidents: Part = field(default_factory=Part)
    repeated: int = 0
    problems: list[Problem] = field(default_factory=list)
    digest: str = ""

    @property
    def writes(self) -> bool:
        """Whether there is anything to write."""
        return any((it.new or it.changed) for it in (self.deployments, self.incidents))


async def plan(lines: Lines, history: History, policy: Policy) -> Plan:
    """Compare what was read with what is there. Raises StoreUnavailable."""
    found = Plan(repeated=lines.repeated, problems=list(lines.problems), digest=lines.digest)
    asked = {id_ for line in lines.deployments for id_ in _ids(line.record)}
    asked |= {id_ for line in lines.incidents for id_ in _causes(line.record, policy)}
    asked |= {it.cause for it in lines.refused if it.cause is not None}
    known = dict(await history.known_deployments(asked))
    _deployments(found.deployments, lines.deployments, known)
    refused = {it.deployment for it in lines.refused if it.deployment is not None}
    found.problems += [
        Problem(it.line, "cause", _no_such(it.cause))
        for it in lines.refused
        if it.cause is not None and it.cause not in known and it.cause not in refused
    ]
    past = await history.known_incidents([_id(line) for line in lines.incidents])
    for line in lines.incidents:
        incident = line.record
        assert isinstance(incident, PastIncident)
        if incident.deployment is not None:
            cause = _resolved(incident, policy, known)
            if cause is None and incident.deployment not in refused:
                found.problems.append(Problem(line.number, "cause", _no_such(incident.deployment)))
            incident = replace(incident, deployment=cause)
        before = past.get(incident.id)
        if before is None:
            found.incidents.new.append(New(incident, line.digest))
        elif before.digest == line.digest:
            found.incidents.there += 1
        else:
            found.incidents.changed.append(New(incident, line.digest, before.number))
    found.problems.sort(key=lambda it: it.line)
    return found


def _no_such(id_: str) -> str:
    return (
        f"no deployment {id_[:100]!r} is known, here or in the file: give its id, "
        f'"{OTHER}", or null where nobody knows'
    )


def _deployments(part: Part, lines: Iterable[Line], known: dict[str, KnownDeployment]) -> None:
    """One id for two services or environments is two deployments, as when a hook tells them."""
    for line in lines:
        report = line.record
        assert isinstance(report, Report)
        before = known.get(report.id)
        if before is not None and not _same_place(before, report):
            report = replace(report, id=elsewhere(report))
            before = known.get(report.id)
        if before is None:
            part.new.append(New(report, line.digest))
        elif before.digest is None:
            part.live += 1
        elif before.digest == line.digest:
            part.there += 1
        else:
            part.changed.append(New(report, line.digest))
        if before is None:
            known[report.id] = KnownDeployment(report.service, report.environment, line.digest)


def _same_place(known: KnownDeployment, report: Report) -> bool:
    same = same_environment(known.environment, report.environment)
    return known.service == report.service and same


def _ids(record: object) -> tuple[str, ...]:
    return (record.id, elsewhere(record)) if isinstance(record, Report) else ()


def _id(line: Line) -> str:
    return line.record.id


def _causes(record: object, policy: Policy) -> list[str]:
    """Ids under which the deployment may be kept that an incident names as its cause."""
    if not isinstance(record, PastIncident) or record.deployment is None:
        return []
    return [record.deployment, *(elsewhere(it) for it in _meant(record, policy))]


def _meant(incident: PastIncident, policy: Policy) -> list[Report]:
    """The id at the places that could have brought it down, its own service first."""
    keys = (incident.service, *policy.services[incident.service].depends_on)
    known = [policy.services[key] for key in keys if key in policy.services]
    return [_at(incident.deployment or "", it.key, it.environment) for it in known]


def _at(id_: str, service: str, environment: str) -> Report:
    return Report(id_, service, environment, DeploymentState.SUCCEEDED)


def _resolved(
    incident: PastIncident, policy: Policy, known: dict[str, KnownDeployment]
) -> str | None:
    """The id under which it is kept; where one id stands for several, the one meant."""
    plain = known.get(incident.deployment or "")
    for it in _meant(incident, policy):
        if plain is not None and _same_place(plain, it):
            return incident.deployment
        if elsewhere(it) in known:
            return elsewhere(it)
    return incident.deployment if plain is not None else None


def in_batches(found: Sequence[New], size: int) -> Iterable[Sequence[New]]:
    """Parts of it, in its order."""
    for start in range(0, len(found), size):
        yield found[start : start + size]


Progress = Callable[[str, int, int], None]
"""Told what is written, how many of it, of how many."""
