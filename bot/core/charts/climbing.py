"""The streak as a line: it climbs by a day a day, and falls to 0 where a deployment takes down."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.stats.facts import Outage

DAY = timedelta(days=1)


def climbing(
    outages: Sequence[Outage], known_since: datetime | None, start: datetime, end: datetime
) -> list[tuple[datetime, int]]:
    """The corners of that line from `start` to `end`, with whole days of 24 hours at each.

    `outages` are deploy-caused ones of all time, in any order; what went on at the same time was
    one downtime. Before `known_since` nothing is known, so there is no line. A downtime is two
    corners at 0.
    """
    found: list[tuple[datetime, int]] = []
    for since, until in _between(outages, known_since, end):
        first, last = max(since, start), min(until, end)
        if first <= last:
            found += [(first, _days(since, first)), (last, _days(since, last))]
            if until < end:
                found.append((until, 0))
    return found


def _between(
    outages: Sequence[Outage], known_since: datetime | None, end: datetime
) -> list[tuple[datetime, datetime]]:
    """The streaks themselves, oldest first; the last one ends with `end`, unless it is down."""
    found: list[tuple[datetime, datetime]] = []
    since = known_since
    for outage in sorted(outages, key=lambda it: it.began_at):
        if since is not None and since < outage.began_at:
            found.append((since, outage.began_at))
        if outage.until is None:
            return found
        since = outage.until if since is None else max(since, outage.until)
    if since is not None and since < end:
        found.append((since, end))
    return found


def _days(since: datetime, at: datetime) -> int:
    return (at - since) // DAY
