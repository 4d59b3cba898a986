"""The numbers of a period as JSON and as CSV. Pure; the command line shows them in the same way."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from bot.core import spreadsheet
from bot.core.stats.result import Bucket, Recovery, Stats, Streak
from bot.web import present

PLAIN = (
    "deployments",
    "deployment_frequency_per_day",
    "change_failure_rate",
    "change_failure_rate_with_suspected",
    "failed_deployments",
    "failed_deployments_with_suspected",
    "recovery_time_median_seconds",
    "recovery_time_from_failure_median_seconds",
    "unrecovered",
    "lead_time_median_seconds",
    "changes",
    "rework_rate",
    "reworks",
    "rollbacks",
    "unsuccessful",
    "by_hand",
    "incidents",
    "open_incidents",
    "incidents_by_cause",
    "downtime_seconds_by_cause",
    "false_alarms",
    "reopenings",
    "flapping",
    "days_since_deploy_caused_downtime",
    "longest_streak_days",
    "acknowledge_median_seconds_by_team",
    "both_teams_acknowledged_rate",
    "both_teams_incidents",
    "pages",
    "pages_at_night",
    "follow_ups_asked",
    "follow_ups_answered",
)
"""Numbers, and numbers by cause or team: what JSON and CSV both tell, by these names."""
_BUCKET = ("deployments", "failed", "suspected", "incidents", "incidents_by_deployment")


def document(stats: Stats) -> dict[str, Any]:
    """Everything. Times are ISO 8601 in UTC, durations seconds; null is what is not known."""
    return {
        **_asked(stats),
        **{name: getattr(stats, name) for name in PLAIN},
        "failed": list(stats.failed_ids),
        "suspected": list(stats.suspected_ids),
        "recoveries": [_recovery(it) for it in stats.recoveries],
        "streak": None if stats.streak is None else _streak(stats.streak),
        "acknowledgements": [asdict(it) for it in stats.acknowledgements],
        "follow_ups": [{**asdict(it), "at": present.when(it.at)} for it in stats.follow_ups],
        "load": [present.load(it) for it in stats.loads],
        "unit": stats.unit,
        "series": [_bucket(it) for it in stats.series],
        "notes": list(stats.notes),
    }


def as_csv(stats: Stats) -> Iterator[str]:
    """`number,of,value`, a line each; `of` is a cause or a team. Empty is what is not known."""
    yield spreadsheet.line(("number", "of", "value"))
    for name, value in _asked(stats).items():
        yield spreadsheet.line((name, "", value))
    for name in PLAIN:
        value = getattr(stats, name)
        if not isinstance(value, dict):
            yield spreadsheet.line((name, "", value))
            continue
        for of, one in value.items():
            yield spreadsheet.line((name, of, one))


def series_as_csv(series: Iterable[Bucket]) -> Iterator[str]:
    """A line for each day, week or month."""
    rows = [_bucket(it) for it in series]
    causes = ("deployment", "other", "undecided")
    yield spreadsheet.line(("from", "to", *_BUCKET, *(f"downtime_seconds_{it}" for it in causes)))
    for row in rows:
        down = row["downtime_seconds_by_cause"]
        plain = (row[name] for name in ("from", "to", *_BUCKET))
        yield spreadsheet.line((*plain, *(down.get(it) for it in causes)))


def _asked(stats: Stats) -> dict[str, Any]:
    return {
        "from": present.when(stats.period.start),
        "to": present.when(stats.period.end),
        "timezone": stats.period.zone,
        "service": stats.scope.service,
        "team": stats.scope.team,
        "environment": stats.scope.environment,
        "at": present.when(stats.at),
        "known_since": present.when(stats.known_since),
    }


def _recovery(it: Recovery) -> dict[str, Any]:
    return {**asdict(it), "at": present.when(it.at)}


def _streak(it: Streak) -> dict[str, Any]:
    return {
        "days": it.days,
        "since": present.when(it.since),
        "from_first_record": it.from_first_record,
        "down": it.down,
        "longest_days": it.longest_days,
        "longest_from": present.when(it.longest_from),
        "longest_until": present.when(it.longest_until),
    }


def _bucket(it: Bucket) -> dict[str, Any]:
    return {
        "from": present.when(it.start),
        "to": present.when(it.end),
        **{name: getattr(it, name) for name in _BUCKET},
        "downtime_seconds_by_cause": dict(it.downtime_seconds_by_cause),
    }
