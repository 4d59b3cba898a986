"""The numbers once more, slow and obvious: every hour of the period is asked what was down in it.

For worlds whose times are whole hours. Nothing of the real implementation is used.
"""

from datetime import datetime, timedelta
from statistics import median
from typing import Any

from bot.core.deployment import DeploymentState
from bot.core.link import Label
from bot.core.stats.facts import DeploymentFact, Facts, IncidentFact
from bot.core.stats.period import Period, Scope

HOUR = timedelta(hours=1)


def reference(facts: Facts, period: Period, scope: Scope, now: datetime) -> dict[str, Any]:
    """Those numbers that can be counted by asking every hour, deployment and incident."""
    until = min(now, period.end)
    deployments = [it for it in facts.deployments if _is_counted(it, facts, period, scope)]
    incidents = [it for it in facts.incidents if _is_seen(it, facts, scope)]
    began = [it for it in incidents if period.start <= it.began_at < period.end]
    failed = [it.id for it in deployments if any(_blames(i, it) for i in facts.incidents)]
    suspected = [
        it.id
        for it in deployments
        if it.id not in failed and any(_suspects(i, it) for i in facts.incidents)
    ]
    again = [it for it in deployments if _is_rework(it, facts, until)]
    total = len(deployments)
    return {
        "deployments": total,
        "failed": set(failed),
        "suspected": set(suspected),
        "change_failure_rate": len(failed) / total if total else None,
        "rework_rate": len(again) / total if total else None,
        "recoveries": sorted(_recoveries(failed, facts)),
        "incidents": len(began),
        "downtime": {
            cause: 3600.0
            * sum(
                _is_down(it, hour, scope, until)
                for it in incidents
                if (it.cause or "undecided") == cause
                for hour in _hours(period.start, until)
            )
            for cause in ("deployment", "other", "undecided")
        },
        "by_team": {
            team: _median([_waited(it, team) for it in began if _came(it, team)])
            for team in {t.team for it in began for t in it.tracks}
            if scope.team in (None, team)
        },
        **_streaks(facts, scope, until, deployments, incidents),
    }


def _is_counted(it: DeploymentFact, facts: Facts, period: Period, scope: Scope) -> bool:
    ended = it.ended_at is not None and period.start <= it.ended_at < period.end
    over = it.state in (
        DeploymentState.SUCCEEDED,
        DeploymentState.FAILED,
        DeploymentState.ROLLED_BACK,
    )
    place = facts.services[it.service]
    of_team = scope.team is None or scope.team in place.teams
    of_service = scope.service is None or scope.service == it.service
    return ended and over and of_team and of_service and it.environment == place.environment


def _is_seen(it: IncidentFact, facts: Facts, scope: Scope) -> bool:
    if scope.service is not None and scope.service not in it.services:
        return False
    paged = {track.team for track in it.tracks}
    owners = {team for service in it.services for team in facts.services[service].teams}
    return scope.team is None or scope.team in paged | owners


def _blames(incident: IncidentFact, it: DeploymentFact) -> bool:
    return incident.cause == "deployment" and incident.deployment == it.id


def _suspects(incident: IncidentFact, it: DeploymentFact) -> bool:
    strong = incident.label in (Label.SUSPECTED, Label.ONE_OF)
    return incident.cause is None and strong and incident.suspected == it.id


def _is_rework(it: DeploymentFact, facts: Facts, until: datetime) -> bool:
    itself_taken_back = it.state is DeploymentState.ROLLED_BACK
    if it.mends or (it.rollback and not itself_taken_back):
        return True
    began = it.started_at or it.ended_at
    assert began is not None
    for incident in facts.incidents:
        if incident.cause != "deployment":
            continue
        shipped = [d.service for d in facts.deployments if d.id == incident.deployment]
        concerned = it.service in [*incident.services, *shipped]
        over = incident.resolved_at or max(until, incident.triggered_at)
        if concerned and incident.triggered_at < began <= over:
            return True
    return False


def _recoveries(failed: list[str], facts: Facts) -> list[tuple[str, float, float]]:
    found = []
    for id_ in failed:
        (it,) = (d for d in facts.deployments if d.id == id_)
        own = [i for i in facts.incidents if _blames(i, it)]
        if any(i.resolved_at is None for i in own):
            continue
        over = max(i.resolved_at for i in own if i.resolved_at)
        first = min(i.began_at for i in own)
        assert it.ended_at is not None
        since = min(first, it.ended_at)
        found.append((id_, (over - since).total_seconds(), (over - first).total_seconds()))
    return found


def _is_down(it: IncidentFact, hour: datetime, scope: Scope, until: datetime) -> bool:
    began, over = it.began_at, it.resolved_at or until
    for part in it.parts:
        if part.service == scope.service:
            began, over = part.began_at, part.up_at or over
    between = any(up <= hour < again for up, again in it.breaks)
    return began <= hour < over and not between


def _streaks(
    facts: Facts,
    scope: Scope,
    until: datetime,
    deployments: list[DeploymentFact],
    incidents: list[IncidentFact],
) -> dict[str, Any]:
    """Hour by hour since the first record: how many in a row were free of it."""
    places = {
        key: place
        for key, place in facts.services.items()
        if scope.service in (None, key) and (scope.team is None or scope.team in place.teams)
    }
    known = [facts.known_since[key] for key in places]
    known += [it.started_at or it.ended_at or until for it in deployments]
    known += [it.began_at for it in incidents]
    if not known or min(known) > until:
        return {"days": None, "longest": None}
    blamed = [it for it in incidents if it.cause == "deployment" and it.began_at < until]
    row, longest = 0, 0
    for hour in _hours(min(known), until):
        down = any(it.began_at <= hour < (it.resolved_at or until) for it in blamed)
        row = 0 if down else row + 1
        longest = max(longest, row)
    if any(it.resolved_at is None or it.resolved_at > until for it in blamed):
        row = 0
    if not blamed and row < 24:
        return {"days": None, "longest": None}
    return {"days": row // 24, "longest": longest // 24}


def _hours(start: datetime, end: datetime) -> list[datetime]:
    return [start + HOUR * n for n in range(int((end - start) / HOUR))]


def _came(it: IncidentFact, team: str) -> bool:
    return any(track.team == team and track.acknowledged_at for track in it.tracks)


def _waited(it: IncidentFact, team: str) -> float:
    (track,) = (track for track in it.tracks if track.team == team)
    assert track.acknowledged_at is not None
    return (track.acknowledged_at - track.paged_at).total_seconds()


def _median(values: list[float]) -> float | None:
    return median(values) if values else None
