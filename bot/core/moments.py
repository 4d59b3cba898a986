"""Times as people type them: `18:00`, `2026-12-24 18:00`, `now`. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core.rota import instant


@dataclass(frozen=True, slots=True)
class OnDay:
    """A clock time on a day that a word names: `today`, `tomorrow`, `mon` … `sun` (the next)."""

    day: str
    clock: time


Moment = time | datetime | OnDay | None
"""The next time that the clock shows it; that day and time; a named day's; now (None)."""

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = (
    r"today|tomorrow|mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?"
    r"|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
)
MOMENT = rf"now|\d{{4}}-\d{{2}}-\d{{2}}(?:[ T]\d{{1,2}}:\d{{2}})?|(?:(?:{_DAY}) )?\d{{1,2}}:\d{{2}}"
"""What a moment without an offset looks like, for a pattern around it."""
_CLOCK = re.compile(rf"(?:({_DAY}) )?(\d{{1,2}}):(\d{{2}})", re.IGNORECASE)
_YEARS = range(2000, 2101)
LONGEST = timedelta(days=14)
"""The rules keep nothing quiet for longer either (`bot.core.silencing`)."""
_DURATION = re.compile(
    r"(\d{1,6})\s*(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)(?![a-z])"
    r"\s*(?:and\b|,)?\s*",
    re.IGNORECASE,
)
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_A_MINUTE = timedelta(minutes=1)


def read(text: str) -> Moment:
    """Raises ValueError for what is none. A time with an offset keeps it; the others have none."""
    words = text.strip()
    if words.casefold() == "now":
        return None
    match = _CLOCK.fullmatch(words)
    if match:
        clock = time(int(match[2]), int(match[3]))
        return OnDay(_day(match[1]), clock) if match[1] else clock
    found = datetime.fromisoformat(re.sub(r"[ T](\d):", r" 0\1:", words))
    if found.year not in _YEARS:
        raise ValueError(f"the year {found.year} is none that anybody means")
    return found


def at(moment: Moment, zone: str, now: datetime) -> datetime:
    """When that is (aware UTC), typed at `now` by somebody whose clock is in `zone`.

    18:00 is now for the minute in which the clock shows it.
    """
    here = ZoneInfo(zone)
    if moment is None:
        return now.astimezone(UTC)
    local = now.astimezone(here)
    if isinstance(moment, OnDay):
        moment = _on_day(moment, local)
    if isinstance(moment, time):
        today = datetime.combine(local.date(), moment, here)
        moment = today if today > local - _A_MINUTE else today + timedelta(days=1)
    if moment.tzinfo not in (None, here):
        return moment.astimezone(UTC)
    return instant(moment.replace(tzinfo=None), here)


def span(start: Moment, end: Moment, zone: str, now: datetime) -> tuple[datetime, datetime]:
    """From when until when. `18:00` to `09:00` ends on the morning after it began."""
    began = at(start, zone, now)
    return began, _end(end, zone, began, now)


def span_with_now(
    start: Moment, end: Moment, zone: str, now: datetime
) -> tuple[datetime, datetime]:
    """The same, but `22:00` to `23:30` at half past ten is the one that goes on, not the next."""
    if isinstance(start, time) and isinstance(end, time):
        began = at(start, zone, now)
        before = began.astimezone(ZoneInfo(zone)) - timedelta(days=1)
        earlier = before.astimezone(UTC)
        if earlier <= now < _end(end, zone, earlier, now):
            return earlier, _end(end, zone, earlier, now)
    return span(start, end, zone, now)


def _end(end: Moment, zone: str, began: datetime, now: datetime) -> datetime:
    """A clock time or a weekday is the next one after it began."""
    follows = isinstance(end, time) or (isinstance(end, OnDay) and end.day in _WEEKDAYS)
    return at(end, zone, began + _A_MINUTE if follows else now)


def _day(word: str) -> str:
    known = word.casefold()
    return known if known in ("today", "tomorrow") else known[:3]


def _on_day(moment: OnDay, local: datetime) -> datetime:
    """On that day's clock. A weekday is today's until its time is past."""
    ahead = {"today": 0, "tomorrow": 1}.get(moment.day)
    if ahead is None:
        ahead = (_WEEKDAYS.index(moment.day) - local.weekday()) % 7
        today = datetime.combine(local.date(), moment.clock, local.tzinfo)
        ahead += 7 * (ahead == 0 and today <= local - _A_MINUTE)
    day = local.date() + timedelta(days=ahead)
    return datetime.combine(day, moment.clock, local.tzinfo)


def duration(text: str) -> tuple[timedelta, str] | None:
    """A length of time at the beginning, and what follows it; None when there is none.

    `2h`, `90 min`, `1h30m`, `1 day`. None too for nothing, and for more than fourteen days.
    """
    lasts, position = timedelta(), 0
    while match := _DURATION.match(text, position):
        lasts += int(match[1]) * _UNITS[match[2][0].lower()]
        position = match.end()
        if lasts > LONGEST:
            return None
    return (lasts, text[position:].strip()) if lasts else None
