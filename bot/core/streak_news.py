"""When the streak without deploy-caused downtime is worth a message: a record, its end. Pure.

Days are whole days of 24 hours, as in `bot.core.stats`. The streak is the organisation's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.stats.facts import Outage

DAY = timedelta(days=1)
LEAST_RECORD_DAYS = 7
"""A record shorter than a week is broken too often to be news."""
TOLD_WITHIN = timedelta(days=2)
"""After the record was broken. A Midwatch that was away for longer lets it go; whoever looks often
tells it once, since the event's key is remembered for longer than this."""


@dataclass(frozen=True, slots=True)
class Streak:
    """`since` when nothing was down because of a deployment, up to `until`."""

    since: datetime
    until: datetime

    @property
    def days(self) -> int:
        """Whole days."""
        return (self.until - self.since) // DAY


@dataclass(frozen=True, slots=True)
class Record:
    """The streak that lasts, and the longest one before it."""

    streak: Streak
    before_days: int


def broken(outages: Sequence[Outage], known_since: datetime | None, now: datetime) -> Record | None:
    """The record that was broken within the last two days, if one was.

    The time before the first deploy-caused downtime counts as a streak, but is itself no record:
    there was nothing to break.
    """
    if known_since is None or not outages:
        return None
    *earlier, last = _streaks(outages, known_since, now)
    before_days = max((it.days for it in earlier), default=0)
    if last.until < now or before_days < LEAST_RECORD_DAYS:
        return None
    broken_at = last.since + (before_days + 1) * DAY
    return Record(last, before_days) if broken_at <= now < broken_at + TOLD_WITHIN else None


def ended_by(number: int, outages: Sequence[Outage], known_since: datetime | None) -> Streak | None:
    """The streak that this deploy-caused downtime ended: the latest one, of a day at least.

    None where another one came after it, or was going on when it began.
    """
    own = next((it for it in outages if it.number == number), None)
    others = [it for it in outages if it.number != number]
    if own is None or known_since is None:
        return None
    free = [known_since, *(it.until for it in others if it.until is not None)]
    lasting = any(it.until is None for it in others)
    streak = Streak(max(free), own.began_at)
    return None if lasting or streak.days < 1 else streak


def goes_on(
    began_at: datetime, outages: Sequence[Outage], known_since: datetime | None, now: datetime
) -> Streak | None:
    """The streak that lasts although an incident began then: people said it was no deployment.

    None where `ended_by` had told of no end: a deployment has taken something down since, or there
    was no day of a streak when the incident began.
    """
    if known_since is None or any(it.until is None for it in outages):
        return None
    ends = (it.until for it in outages if it.until is not None)
    streak = Streak(max([known_since, *ends]), now)
    return streak if began_at - streak.since >= DAY else None


def _streaks(outages: Sequence[Outage], known_since: datetime, now: datetime) -> list[Streak]:
    """Oldest first. The last one ends with `now`, or earlier where something is down."""
    found: list[Streak] = []
    since = known_since
    for outage in sorted(outages, key=lambda it: (it.began_at, it.number)):
        if outage.began_at > since:
            found.append(Streak(since, min(outage.began_at, now)))
        since = max(since, outage.until or now)
    return [*found, Streak(since, now)] if since < now or not found else found
