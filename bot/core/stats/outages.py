"""Incidents and downtime, by what people said caused them; the streaks without any. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from bot.core.incident import FLAPPING_FROM
from bot.core.stats.facts import IncidentFact, Outage
from bot.core.stats.result import CAUSES, Streak
from bot.core.stats.scoping import View

OVER_WITHIN_SECONDS = 300.0
"""What is over by itself this soon, before anybody came, counts as a false alarm."""
_DAY_SECONDS = 86400
Span = tuple[datetime, datetime]


def cause_of(it: IncidentFact) -> str:
    """`deployment` or `other`, as people decided, else `undecided`."""
    return it.cause if it.cause in CAUSES else "undecided"


def by_cause(incidents: Iterable[IncidentFact]) -> dict[str, int]:
    """How many of each cause."""
    found = dict.fromkeys(CAUSES, 0)
    for it in incidents:
        found[cause_of(it)] += 1
    return found


def down_spans(it: IncidentFact, view: View) -> Iterator[Span]:
    """When it was down, inside of the period and not after `view.at`.

    From the first failed probe to the recovery, or to now while it is open; not the time between
    being up and being down again, where that is known. Of one service only, if the scope names
    one; else of the incident as a whole, once, however many services were down.
    """
    began, until = it.began_at, it.resolved_at or view.at
    if view.scope.service is not None:
        for part in it.parts:
            if part.service == view.scope.service:
                began, until = part.began_at, part.up_at or until
    for up, again in sorted(it.breaks):
        yield from _clipped(began, min(up, until), view)
        began = max(began, again)
    yield from _clipped(began, until, view)


def downtime_by_cause(view: View) -> dict[str, float]:
    """Seconds of every incident that was down in the period, whenever it began.

    Two incidents at the same time count both.
    """
    found = dict.fromkeys(CAUSES, 0.0)
    for it in view.incidents:
        found[cause_of(it)] += sum(
            (end - start).total_seconds() for start, end in down_spans(it, view)
        )
    return found


def false_alarms(incidents: Iterable[IncidentFact]) -> int:
    """Teams were paged, and it was over by itself within 5 minutes, before anybody came.

    Not what a deployment caused, as people said: that was one, however short.
    """
    return sum(1 for it in incidents if _was_nothing(it))


def flapping(incidents: Iterable[IncidentFact]) -> int:
    """How many were down again so often that paging for them was held back."""
    return sum(1 for it in incidents if it.reopened >= FLAPPING_FROM)


def seen(view: View) -> list[Outage]:
    """Deploy-caused downtime of this scope, of all time up to `view.at`, oldest first."""
    found = [it for it in view.facts.outages if view.sees(it) and it.began_at < view.at]
    return sorted(found, key=_by_start)


def streak(view: View) -> Streak:
    """Days since the last deploy-caused downtime as of `view.at`, and the longest such streak.

    Of all time, not of the period. Whole days of 24 hours from the end of that downtime; 0 while it
    goes on. If there never was one: since the first record of a service or a deployment, once that
    is a day ago. Downtime is that of the scope's services, whoever's deployment it was.
    """
    at, since = view.at, view.known_since
    if since is None or since > at:
        return Streak(at)
    caused = seen(view)
    best, free_from, down = (since, since), since, False
    for it in caused:
        best = _longer(best, (free_from, it.began_at))
        free_from = max(free_from, min(it.until or at, at))
        down = down or it.until is None or it.until > at
    if not down:
        best = _longer(best, (free_from, at))
    if not caused and _days((since, at)) < 1:
        return Streak(at, since=since, from_first_record=True)
    return Streak(
        at=at,
        days=0 if down else _days((free_from, at)),
        since=free_from,
        from_first_record=not caused,
        down=down,
        longest_days=_days(best),
        longest_from=best[0],
        longest_until=best[1],
    )


def _was_nothing(it: IncidentFact) -> bool:
    if it.resolved_at is None or not it.by_itself or it.reopened or it.cause == "deployment":
        return False
    if not it.tracks or any(track.acknowledged_at for track in it.tracks):
        return False
    return (it.resolved_at - it.triggered_at).total_seconds() <= OVER_WITHIN_SECONDS


def _clipped(start: datetime, end: datetime, view: View) -> Iterator[Span]:
    start, end = max(start, view.period.start), min(end, view.at)
    if start < end:
        yield start, end


def _longer(one: Span, other: Span) -> Span:
    return other if other[1] - other[0] > one[1] - one[0] else one


def _days(span: Span) -> int:
    return int((span[1] - span[0]).total_seconds() // _DAY_SECONDS)


def _by_start(it: Outage) -> tuple[datetime, int]:
    return (it.began_at, it.number)
