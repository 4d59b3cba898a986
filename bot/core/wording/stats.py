"""What a reader of the numbers has to know beside them: plain sentences, no markup."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.stats.facts import COUNTED
from bot.core.stats.scoping import View
from bot.core.wording.charts import FEW_DEPLOYMENTS
from bot.core.wording.words import plural

FEW_RECOVERIES = 5


def caveats(view: View, numbers: Mapping[str, Any], now: datetime) -> Iterator[str]:
    """In the order of weight; nothing where the numbers speak for themselves."""
    if not view.known:
        yield "Nothing is known of this period."
        return
    yield from _span(view, now)
    if not view.watched:
        yield (
            f"Outages are noticed where users are, not in {view.scope.environment}: "
            "of incidents, pages and failures nothing is known there."
        )
        return
    yield from _samples(numbers)
    yield from _undecided(numbers)
    yield from _left_out(view)
    yield from _open(numbers)
    yield from _streak(view, numbers)


def _span(view: View, now: datetime) -> Iterator[str]:
    since = view.known_since
    if since is not None and since > view.period.start:
        day = _day(since, view.period.zone)
        yield f"Nothing is known before {day}; per day is over the whole period."
    if view.period.end > now:
        yield "The period is not over: counted up to now."


def _samples(numbers: Mapping[str, Any]) -> Iterator[str]:
    count = numbers["deployments"]
    if count == 0:
        yield "No deployment in this period: rates of deployments are not known."
    elif count < FEW_DEPLOYMENTS:
        points = round(100 / count)
        yield (
            f"Small sample, {plural(count, 'deployment')}: "
            f"one more that fails moves the rate by {points} percentage points."
        )
    recovered = len(numbers["recoveries"])
    if 0 < recovered < FEW_RECOVERIES:
        yield f"Small sample: the recovery time is of {plural(recovered, 'failed deployment')}."


def _undecided(numbers: Mapping[str, Any]) -> Iterator[str]:
    open_ = numbers["incidents_by_cause"]["undecided"]
    if open_:
        are = "is" if open_ == 1 else "are"
        yield (
            f"{plural(open_, 'incident')} {are} undecided: people have not said whether it was "
            "a deployment. The higher failure rate counts those that are suspected."
        )


def _left_out(view: View) -> Iterator[str]:
    blamed = {it.deployment for it in view.began if it.cause == "deployment"}
    known = {it.id: it for it in view.facts.deployments}
    left = [key for key in blamed if key in known and known[key].state not in COUNTED]
    if left:
        yield (
            f"{plural(len(left), 'deployment')} that caused an incident never ended, or was "
            "cancelled: not counted as a deployment, but its downtime is."
        )


def _open(numbers: Mapping[str, Any]) -> Iterator[str]:
    if count := numbers["open_incidents"]:
        are = "is" if count == 1 else "are"
        yield f"{plural(count, 'incident')} {are} still open: downtime is counted up to now."


def _streak(view: View, numbers: Mapping[str, Any]) -> Iterator[str]:
    streak = numbers["streak"]
    if streak.from_first_record and streak.days is not None:
        day = _day(streak.since, view.period.zone)
        yield (
            "No downtime was ever said to be a deployment's: "
            f"days are since the first record, {day}."
        )


def _day(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d")
