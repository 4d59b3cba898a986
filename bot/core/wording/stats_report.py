"""The numbers as lines: what it is, how much, and what that is of. For a terminal and for Slack."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.core.age import age
from bot.core.policy import Policy
from bot.core.stats.result import Stats
from bot.core.wording.words import plural

UNKNOWN = "not known yet"
Line = tuple[str, str, str]
_CAUSES = {"deployment": "deployment", "other": "not a deployment", "undecided": "undecided"}


def title(stats: Stats) -> str:
    """`checkout, 2026-11-01 to 2026-11-28 (UTC)`: the last day is inside."""
    zone = ZoneInfo(stats.period.zone)
    first = stats.period.start.astimezone(zone).date()
    last = (stats.period.end - timedelta(microseconds=1)).astimezone(zone).date()
    scope = stats.scope
    of = [scope.service or "all services"]
    of += [f"team {scope.team}"] if scope.team else []
    of += [scope.environment] if scope.environment else []
    return f"{', '.join(of)}, {first} to {last} ({stats.period.zone})"


def sections(stats: Stats, policy: Policy) -> Iterator[tuple[str, list[Line]]]:
    """Heading and lines, in the order in which a lead asks."""
    yield "How often do we deploy?", list(_deployments(stats))
    yield "How often does it hurt?", list(_failures(stats))
    yield "How fast are we back?", list(_recoveries(stats))
    yield "How long has no deployment taken us down?", list(_streak(stats))
    yield "Do both teams come?", list(_teams(stats, policy))
    yield "Who carries the nights?", list(_nights(stats, policy))


def rate(value: float | None) -> str:
    """`12 %`; below 10 % with one digit, so that 0.4 % is not 0."""
    if value is None:
        return UNKNOWN
    percent = value * 100
    return f"{percent:.0f} %" if percent >= 10 or percent == 0 else f"{percent:.1f} %"


def rates(low: float | None, high: float | None) -> str:
    """`5 % to 12 %`: confirmed only, and with what is suspected; one of them if they are equal."""
    return rate(low) if low == high else f"{rate(low)} to {rate(high)}"


def span(seconds: float | None) -> str:
    """`40 s`, `7 min`, `3 h`."""
    return UNKNOWN if seconds is None else age(timedelta(seconds=seconds))


def number(value: float | None, digits: int = 0) -> str:
    """`12`, `0.25`."""
    return UNKNOWN if value is None else f"{value:.{digits}f}"


def _deployments(stats: Stats) -> Iterator[Line]:
    per_day = number(stats.deployment_frequency_per_day, 2)
    yield "deployments", number(stats.deployments), f"{per_day} a day"
    if stats.deployments is not None:
        parts = (
            plural(stats.rollbacks or 0, "rollback"),
            f"{stats.by_hand or 0} by hand",
            f"{stats.unsuccessful or 0} did not succeed",
        )
        yield "of them", "", ", ".join(parts)
    changes = "" if stats.changes is None else f"median of {plural(stats.changes, 'commit')}"
    yield "commit to production", span(stats.lead_time_median_seconds), changes


def _failures(stats: Stats) -> Iterator[Line]:
    low, high = stats.failed_deployments, stats.failed_deployments_with_suspected
    of = "" if low is None else f"{low} confirmed, {(high or 0) - low} more suspected"
    both = rates(stats.change_failure_rate, stats.change_failure_rate_with_suspected)
    yield "deployments that failed", both, of
    again = "" if stats.reworks is None else f"{stats.reworks} that an incident made necessary"
    yield "rework", rate(stats.rework_rate), again
    causes = stats.incidents_by_cause or {}
    told = ", ".join(f"{count} {_CAUSES[cause]}" for cause, count in causes.items())
    yield "incidents", number(stats.incidents), told
    for cause, seconds in (stats.downtime_seconds_by_cause or {}).items():
        yield f"downtime, {_CAUSES[cause]}", span(seconds), ""
    if stats.false_alarms is not None:
        flaps = f"down again {stats.reopenings} times, {stats.flapping} flapping"
        yield "false alarms", number(stats.false_alarms), flaps


def _recoveries(stats: Stats) -> Iterator[Line]:
    if stats.failed_deployments == 0:
        yield "recovery", "nothing failed", ""
        return
    of = plural(len(stats.recoveries), "failed deployment")
    still = f", {stats.unrecovered} not over" if stats.unrecovered else ""
    yield "from the deployment", span(stats.recovery_time_median_seconds), f"median of {of}{still}"
    yield "from the first failure", span(stats.recovery_time_from_failure_median_seconds), ""


def _streak(stats: Stats) -> Iterator[Line]:
    streak = stats.streak
    if streak is None or streak.days is None:
        yield "days since deploy-caused downtime", UNKNOWN, ""
        return
    since = "since the first record" if streak.from_first_record else ""
    yield (
        "days since deploy-caused downtime",
        number(streak.days),
        "it is down right now" if streak.down else since,
    )
    if streak.longest_from and streak.longest_until:
        zone = ZoneInfo(stats.period.zone)
        first, last = (
            it.astimezone(zone).date() for it in (streak.longest_from, streak.longest_until)
        )
        yield "longest", number(streak.longest_days), f"{first} to {last}"


def _teams(stats: Stats, policy: Policy) -> Iterator[Line]:
    both = stats.both_teams_acknowledged_rate
    several = plural(stats.both_teams_incidents or 0, "incident")
    yield "every team came", rate(both), f"of {several} that paged several"
    for it in stats.acknowledgements:
        came = f"median of {it.acknowledged} of {plural(it.paged, 'incident')}"
        yield policy.team_name(it.team), span(it.median_seconds), came
    if asked := stats.follow_ups_asked:
        told = "said what will keep it from happening again"
        yield "follow-ups", f"{stats.follow_ups_answered} of {asked}", told


def _nights(stats: Stats, policy: Policy) -> Iterator[Line]:
    night = "" if stats.pages is None else f"{stats.pages_at_night} at night"
    yield "pages", number(stats.pages), night
    for it in stats.loads:
        nights = plural(it.nights_disturbed, "night")
        who = f"{policy.name_of(it.person)} ({policy.team_name(it.team)})"
        yield who, plural(it.pages, "page"), f"{it.pages_at_night} at night, {nights} disturbed"
