"""All numbers of a period from its facts. Pure; `now` is given."""

from datetime import datetime
from typing import Any

from bot.core.deployment import DeploymentState
from bot.core.stats import coming, delivery, outages
from bot.core.stats.delivery import Failures, middle, share
from bot.core.stats.facts import Facts
from bot.core.stats.period import Period, Scope
from bot.core.stats.result import Stats
from bot.core.stats.scoping import View
from bot.core.stats.series import series


def stats_of(facts: Facts, period: Period, scope: Scope, now: datetime) -> Stats:
    """Count. What lies after `now` has not been: a period that goes on is counted up to it.

    Of a period before anything was known, or of an environment in which nobody looks for outages,
    the numbers are None.
    """
    view = View(facts, period, scope, now)
    found: dict[str, Any] = {"known_since": view.known_since, "unit": period.unit}
    if view.known:
        failed = delivery.failures(view) if view.watched else Failures((), ())
        found |= _of_deployments(view)
        found["series"] = tuple(series(view, failed.failed, failed.suspected))
        if view.watched:
            found |= _of_failures(view, failed) | _of_incidents(view) | _of_teams(view)
    if view.watched:
        streak = outages.streak(view)
        found |= {
            "streak": streak,
            "outages": tuple(outages.seen(view)),
            "days_since_deploy_caused_downtime": streak.days,
            "longest_streak_days": streak.longest_days,
        }
    return Stats(period, scope, view.at, **found)


def _of_deployments(view: View) -> dict[str, Any]:
    leads = delivery.lead_times(view.deployments)
    return {
        "deployments": len(view.deployments),
        "deployment_frequency_per_day": delivery.frequency(view),
        "lead_time_median_seconds": middle(leads),
        "changes": len(leads),
        "rollbacks": sum(it.goes_back for it in view.deployments),
        "by_hand": sum(it.by_hand for it in view.deployments),
        "unsuccessful": sum(it.state is DeploymentState.FAILED for it in view.deployments),
    }


def _of_failures(view: View, failures: Failures) -> dict[str, Any]:
    failed, suspected, of = failures.failed, failures.suspected, len(view.judged)
    recovered = delivery.recoveries(view, failed)
    again = delivery.reworks(view)
    return {
        "failed_deployments": len(failed),
        "failed_deployments_with_suspected": len(failed) + len(suspected),
        "failed_ids": tuple(it.id for it in failed),
        "suspected_ids": tuple(it.id for it in suspected),
        "change_failure_rate": share(len(failed), of),
        "change_failure_rate_with_suspected": share(len(failed) + len(suspected), of),
        "recoveries": tuple(recovered),
        "unrecovered": len(failed) - len(recovered),
        "recovery_time_median_seconds": middle([it.seconds for it in recovered]),
        "recovery_time_from_failure_median_seconds": middle(
            [it.seconds_from_failure for it in recovered]
        ),
        "reworks": len(again),
        "rework_rate": share(len(again), of),
        "not_counted": delivery.not_counted(view),
    }


def _of_incidents(view: View) -> dict[str, Any]:
    return {
        "incidents": len(view.began),
        "incidents_by_cause": outages.by_cause(view.began),
        "downtime_seconds_by_cause": outages.downtime_by_cause(view),
        "open_incidents": sum(it.resolved_at is None for it in view.began),
        "false_alarms": outages.false_alarms(view.began),
        "reopenings": sum(it.reopened for it in view.began),
        "flapping": outages.flapping(view.began),
    }


def _of_teams(view: View) -> dict[str, Any]:
    came, both, loads = coming.acknowledgements(view), coming.together(view), coming.loads_in(view)
    learned = coming.learned(view)
    return {
        "acknowledgements": tuple(came),
        "acknowledge_median_seconds_by_team": {it.team: it.median_seconds for it in came},
        "both_teams_acknowledged_rate": share(both.all_came, both.asked),
        "both_teams_incidents": both.asked,
        "pages": sum(it.pages for it in loads),
        "pages_at_night": sum(it.pages_at_night for it in loads),
        "loads": tuple(loads),
        "follow_ups": tuple(learned),
        "follow_ups_asked": len(learned),
        "follow_ups_answered": sum(it.at is not None for it in learned),
    }
