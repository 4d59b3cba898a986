"""The charts by name: what each shows of the numbers. Pure."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.core.charts import over_time
from bot.core.charts.bars import Bar, bars
from bot.core.charts.climbing import climbing
from bot.core.charts.look import Chart, Look
from bot.core.fairness import nights_by_person
from bot.core.policy import Policy
from bot.core.stats.result import CAUSES, Stats
from bot.core.wording import charts as say
from bot.core.wording.spans import lasted
from bot.core.wording.words import plural


def deployments(stats: Stats, policy: Policy, look: Look) -> Chart:
    """Deployments, and the incidents that they caused, over time on one axis."""
    spans = [
        over_time.Span(
            _day(it.start, stats), it.deployments, it.incidents_by_deployment, it.suspected
        )
        for it in stats.series
    ]
    title = say.deployments(stats)
    nothing = say.nothing(title, "No deployments and no incidents that one caused")
    return over_time.deployments(title, say.below_deployments(stats), spans, look, nothing)


def recovery(stats: Stats, policy: Policy, look: Look) -> Chart:
    """How long each failed deployment took to be over."""
    points = [over_time.Recovery(_wall(it.at, stats), it.seconds) for it in stats.recoveries]
    median = stats.recovery_time_median_seconds
    words = f"median {lasted(median)}" if median is not None else ""
    title, below = say.recovery(stats), say.below_recovery(stats)
    nothing = say.nothing(title, "No failed deployment was recovered from")
    return over_time.recoveries(title, below, points, median, words, look, nothing, _within(stats))


def streak(stats: Stats, policy: Policy, look: Look) -> Chart:
    """Days since a deployment last took something down, over time."""
    found = stats.streak
    corners = climbing(stats.outages, stats.known_since, stats.period.start, stats.at)
    rows = [(_wall(at, stats), days) for at, days in corners]
    record = found.longest_days if found else None
    words = f"record: {plural(record, 'day')}" if record else ""
    title, below = say.streak(found), say.below_streak(stats)
    nothing = say.nothing(title, "Nothing is known")
    return over_time.streak(title, below, rows, record, words, look, nothing, _within(stats))


def downtime(stats: Stats, policy: Policy, look: Look) -> Chart:
    """Downtime by the cause that people decided."""
    seconds = stats.downtime_seconds_by_cause or {}
    total = sum(seconds.values())
    rows = [
        Bar(say.CAUSES[cause], seconds[cause], say.cause_line(seconds[cause], total), not number)
        for number, cause in enumerate(CAUSES)
        if cause in seconds
    ]
    title, below = say.downtime(stats), say.below_downtime(stats)
    nothing = say.nothing(title, "No downtime")
    return bars("downtime", title, below, rows if total else [], look, nothing)


def acknowledgement(stats: Stats, policy: Policy, look: Look) -> Chart:
    """How quickly each team answers."""
    paged = [it for it in stats.acknowledgements if it.paged]
    rows = [
        Bar(
            policy.team_name(it.team),
            it.median_seconds,
            say.answered(it.median_seconds, it.acknowledged, it.paged),
        )
        for it in paged
    ]
    medians = [
        (policy.team_name(it.team), it.median_seconds)
        for it in paged
        if it.median_seconds is not None
    ]
    title, below = say.acknowledgement(stats, medians), say.below_acknowledgement(stats)
    nothing = say.nothing(title, "No team was paged")
    return bars("acknowledgement", title, below, rows, look, nothing)


def nights(stats: Stats, policy: Policy, look: Look) -> Chart:
    """Nights with a page, person by person."""
    found = nights_of(stats)
    rows = [
        Bar(policy.name_of(person), count, say.nights_line(count, pages))
        for person, (count, pages) in found.items()
    ]
    named = [(policy.name_of(person), count) for person, (count, _) in found.items()]
    title, below = say.nights(stats, named), say.below_nights(stats)
    nothing = say.nothing(title, "Nobody was paged at night")
    disturbed = any(count for _, count in named)
    return bars("nights", title, below, rows if disturbed else [], look, nothing)


def nights_of(stats: Stats) -> dict[str, tuple[int, int]]:
    """Nights and pages at night by person, the most disturbed first.

    A night in which two teams paged somebody was one night, and their pages are both borne.
    """
    nights_ = nights_by_person(stats.loads)
    found: dict[str, tuple[int, int]] = {}
    for load in stats.loads:
        _, pages = found.get(load.person, (0, 0))
        found[load.person] = (nights_.get(load.person, 0), pages + load.pages_at_night)
    return dict(sorted(found.items(), key=lambda it: (-it[1][0], -it[1][1], it[0])))


NAMED: dict[str, Callable[[Stats, Policy, Look], Chart]] = {
    "deployments": deployments,
    "recovery": recovery,
    "streak": streak,
    "downtime": downtime,
    "acknowledgement": acknowledgement,
    "nights": nights,
}
"""In the order in which a page shows them."""


def _wall(at: datetime, stats: Stats) -> datetime:
    """The clock of the period's own zone (naive): a chart knows no zones."""
    return at.astimezone(ZoneInfo(stats.period.zone)).replace(tzinfo=None)


def _within(stats: Stats) -> over_time.Within:
    return _wall(stats.period.start, stats), _wall(stats.period.end, stats)


def _day(at: datetime, stats: Stats) -> date:
    return _wall(at, stats).date()
