"""Times as people type them: `18:00`, `2026-12-24 18:00`, `now`. Pure."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

Moment = time | datetime | None
"""The next time that the clock shows it; that day and time; now (None)."""

MOMENT = r"now|\d{4}-\d{2}-\d{2}(?:[ T]\d{1,2}:\d{2})?|\d{1,2}:\d{2}"
"""What a moment without an offset looks like, for a pattern around it."""
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_YEARS = range(2000, 2101)
_A_MINUTE = timedelta(minutes=1)


def read(text: str) -> Moment:
    """Raises ValueError for what is none. A time with an offset keeps it; the others have none."""
    words = text.strip()
    if words.casefold() == "now":
        return None
    match = _CLOCK.fullmatch(words)
    if match:
        return time(int(match[1]), int(match[2]))
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
    if isinstance(moment, time):
        local = now.astimezone(here)
        today = datetime.combine(local.date(), moment, here)
        moment = today if today > local - _A_MINUTE else today + timedelta(days=1)
    return (moment if moment.tzinfo else moment.replace(tzinfo=here)).astimezone(UTC)


def span(start: Moment, end: Moment, zone: str, now: datetime) -> tuple[datetime, datetime]:
    """From when until when. `18:00` to `09:00` ends on the morning after it began."""
    began = at(start, zone, now)
    return began, at(end, zone, began + _A_MINUTE if isinstance(end, time) else now)
