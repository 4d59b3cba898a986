"""What a reader of the numbers has to know beside them: plain sentences, no markup."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.stats.result import Stats, Streak
from bot.core.wording.charts import FEW_DEPLOYMENTS
from bot.core.wording.words import plural

FEW_RECOVERIES = 5


def with_notes(stats: Stats) -> Stats:
    """The numbers with what has to be known beside them."""
    return replace(stats, notes=tuple(caveats(stats)))


def caveats(stats: Stats) -> Iterator[str]:
    """In the order of weight; nothing where the numbers speak for themselves."""
    if stats.deployments is None:
        yield "Nothing is known of this period."
        return
    yield from _span(stats)
    if stats.failed_deployments is None:
        yield (
            f"Outages are noticed where users are, not in {stats.scope.environment}: "
            "of incidents, pages and failures nothing is known there."
        )
        return
    yield from _samples(stats)
    yield from _undecided(stats)
    yield from _left_out(stats)
    yield from _open(stats)
    yield from _streak(stats)


def _span(stats: Stats) -> Iterator[str]:
    since = stats.known_since
    if since is not None and since > stats.period.start:
        day = _day(since, stats.period.zone)
        yield f"Nothing is known before {day}; how often we deploy is over the whole period."
    if stats.period.end > stats.at:
        yield "The period is not over: counted up to now."


def _samples(stats: Stats) -> Iterator[str]:
    count = stats.deployments
    if not count:
        yield "No deployment in this period: rates of deployments are not known."
    elif count < FEW_DEPLOYMENTS:
        points = round(100 / count)
        yield (
            f"Small sample, {plural(count, 'deployment')}: "
            f"one more that fails moves the rate by {points} percentage points."
        )
    recovered = len(stats.recoveries)
    if 0 < recovered < FEW_RECOVERIES:
        yield f"Small sample: the recovery time is of {plural(recovered, 'failed deployment')}."


def _undecided(stats: Stats) -> Iterator[str]:
    if count := (stats.incidents_by_cause or {}).get("undecided", 0):
        yield (
            f"{plural(count, 'incident')} {_are(count)} undecided: people have not said whether it "
            "was a deployment. The higher failure rate counts those that are suspected."
        )


def _left_out(stats: Stats) -> Iterator[str]:
    if count := stats.not_counted:
        yield (
            f"{plural(count, 'deployment')} that caused an incident never ended, or was "
            "cancelled: not counted as a deployment, but its downtime is."
        )


def _open(stats: Stats) -> Iterator[str]:
    if count := stats.open_incidents:
        yield (
            f"{plural(count, 'incident')} {_are(count)} still open: downtime is counted up to now."
        )


def _streak(stats: Stats) -> Iterator[str]:
    streak = stats.streak
    if streak and streak.from_first_record and streak.since and streak.days is not None:
        day = _day(streak.since, stats.period.zone)
        yield (
            "No downtime was ever said to be a deployment's: "
            f"days are since the first record, {day}."
        )


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _day(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%-d %b %Y")


def badge_value(streak: Streak) -> str:
    """What stands on the badge: `214`."""
    if streak.down:
        return "0, down now"
    return "not known yet" if streak.days is None else str(streak.days)


def badge_words(service: str, streak: Streak) -> str:
    """The badge as a sentence, for who hears it."""
    of = "any service" if service == "all" else service
    if streak.down:
        return f"A deployment keeps {of} down right now"
    if streak.days is None:
        return f"Days since a deployment last took {of} down: not known yet"
    since = " (since the first record)" if streak.from_first_record else ""
    return f"Days since a deployment last took {of} down: {streak.days}{since}"
