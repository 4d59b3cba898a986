"""How often we deploy, how often it hurts, how fast we are back. Pure.

The source is DORA's guide "DORA's software delivery performance metrics" (dora.dev/guides/
dora-metrics, 2026-01-05). Where it leaves a choice, the choice stands in each docstring.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from bot.core.deployment import DeploymentState
from bot.core.link import Label
from bot.core.stats.facts import COUNTED, DeploymentFact, IncidentFact
from bot.core.stats.result import Recovery
from bot.core.stats.scoping import View, caused

_SUSPECTED = (Label.SUSPECTED, Label.ONE_OF)


@dataclass(frozen=True, slots=True)
class Failures:
    """Deployments of a view that caused an incident, and those that are only suspected."""

    failed: tuple[DeploymentFact, ...]
    suspected: tuple[DeploymentFact, ...]


def failures(view: View) -> Failures:
    """DORA, change fail rate: deployments that require immediate intervention.

    Ours: a deployment failed if people said that it caused an incident, whenever and of whatever
    service that was; once, however many incidents. That its roll-out failed is not that: nobody
    may have noticed. Suspected: no one has decided, and an incident names it first as `suspected`
    or as one of several that are so together (at most one of those is to blame).
    """
    guilty = caused(view.facts.incidents)
    named = {
        it.suspected for it in view.facts.incidents if it.cause is None and it.label in _SUSPECTED
    }
    return Failures(
        tuple(it for it in view.judged if it.id in guilty),
        tuple(it for it in view.judged if it.id in named and it.id not in guilty),
    )


def share(part: int, of: int) -> float | None:
    """Between 0 and 1; None of nothing: an empty period is not one of zero percent."""
    return part / of if of else None


def frequency(view: View) -> float | None:
    """DORA, deployment frequency: deployments over a given period; ours, a day of 24 hours.

    Of the part of the period that is over. Rollbacks, parts that were done by hand and roll-outs
    that failed are deployments too, for each of them changed production.
    """
    seconds = (view.at - view.period.start).total_seconds()
    return len(view.deployments) * 86400 / seconds if seconds > 0 else None


def recoveries(view: View, failed: Sequence[DeploymentFact]) -> list[Recovery]:
    """DORA, failed deployment recovery time: from a failed deployment until it is recovered from.

    One for each failed deployment of the period, once none of its incidents is open. From the end
    of its roll-out, or from the first failed probe if that came before; and from the first failed
    probe. Until the last of its incidents was over.
    """
    guilty = caused(view.facts.incidents)
    found = []
    for it in failed:
        incidents = guilty[it.id]
        until = _over(incidents)
        if until is None or it.ended_at is None:
            continue
        began = min(incident.began_at for incident in incidents)
        last = max(incidents, key=lambda incident: (incident.resolved_at or until, incident.number))
        since = min(it.ended_at, began)
        found.append(
            Recovery(
                last.number,
                it.id,
                it.service,
                it.name or it.id,
                until,
                _seconds(since, until),
                _seconds(began, until),
            )
        )
    return found


def lead_times(deployments: Iterable[DeploymentFact]) -> list[float]:
    """DORA, change lead time: from committed to version control to deployed in production.

    A change is a commit: seconds from its time to the end of the first roll-out in the period that
    brought it. Not of roll-outs that failed or went back, nor where no commits are known.
    `deployments` are in the order in which they ended.
    """
    first: dict[tuple[str, str], float] = {}
    for it in deployments:
        if it.state is DeploymentState.FAILED or it.goes_back or it.ended_at is None:
            continue
        for sha, at in it.commits:
            if (change := (it.service, sha)) not in first:
                first[change] = (it.ended_at - at).total_seconds()
    # Clocks of different machines differ; time does not run backwards.
    return [max(0.0, seconds) for seconds in first.values()]


def reworks(view: View) -> list[DeploymentFact]:
    """DORA, deployment rework rate: unplanned deployments that happen as a result of an incident.

    Ours: a rollback, a release that was announced as the mending of an incident, and whatever began
    while an incident was open that a deployment had caused, of a service that was down or whose
    deployment it was.
    """
    spans = _under_repair(view)
    return [it for it in view.judged if it.goes_back or it.mends or _inside(it, spans)]


def not_counted(view: View) -> int:
    """Deployments that caused an incident of the period, and that never ended or were cancelled."""
    blamed = caused(view.began)
    return sum(1 for it in view.facts.deployments if it.id in blamed and it.state not in COUNTED)


def middle(values: Sequence[float]) -> float | None:
    """The median; None of nothing."""
    return float(median(values)) if values else None


Spans = dict[str, list[tuple[datetime, datetime]]]


def _under_repair(view: View) -> Spans:
    """By service: the spans, apart and in order, in which a deploy-caused incident was open."""
    of = {it.id: it.service for it in view.facts.deployments}
    raw: Spans = {}
    for it in view.facts.incidents:
        if it.cause != "deployment":
            continue
        shipped = of.get(it.deployment or "")
        for service in {*it.services, *([shipped] if shipped else [])}:
            until = it.resolved_at or max(view.at, it.triggered_at)
            raw.setdefault(service, []).append((it.triggered_at, until))
    return {service: _joined(sorted(spans)) for service, spans in raw.items()}


def _joined(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    found: list[tuple[datetime, datetime]] = []
    for start, end in spans:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _inside(it: DeploymentFact, spans: Spans) -> bool:
    """Whether it began after such an incident was opened, and before it was over."""
    at, of = it.started_at or it.ended_at, spans.get(it.service)
    if at is None or of is None:
        return False
    place = bisect_left(of, at, key=lambda span: span[0])
    return place > 0 and at <= of[place - 1][1]


def _over(incidents: Sequence[IncidentFact]) -> datetime | None:
    ends = [it.resolved_at for it in incidents]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _seconds(since: datetime, until: datetime) -> float:
    """Never negative: clocks of different machines differ."""
    return max(0.0, (until - since).total_seconds())
