"""Duty hours: `Mon-Fri 09:00-18:00`, as a layer of a rota is limited to them. Local wall time."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = timedelta(days=1)
_PART = re.compile(
    r"(?:(?P<days>[a-z]{3}(?:-[a-z]{3})?))?\s*(?:(?P<since>\d\d:\d\d)-(?P<until>\d\d:\d\d))?"
)


@dataclass(frozen=True, slots=True)
class Hours:
    """On these weekdays (0 is Monday) from `since` for `lasts`, also past midnight."""

    days: frozenset[int]
    since: timedelta
    lasts: timedelta


def parse_hours(text: str) -> tuple[Hours, ...]:
    """Read `Mon-Fri 09:00-18:00, Sat`; `18:00-09:00` runs past midnight.

    Raises ValueError with the part that is not understood.
    """
    parts = [part.strip().lower() for part in text.split(",")]
    return tuple(_parse_part(part) for part in parts)


def is_open(hours: Iterable[Hours], wall: datetime) -> bool:
    """Whether the wall clock (naive) stands inside any of the hours."""
    midnight = datetime.combine(wall.date(), time())
    return any(
        (midnight - back * DAY).weekday() in part.days
        and part.since <= wall - midnight + back * DAY < part.since + part.lasts
        for part in hours
        for back in (0, 1)
    )


def edges(hours: Iterable[Hours], low: datetime, high: datetime) -> Iterator[datetime]:
    """Every wall time (naive) at which one of the hours opens or closes around low to high."""
    parts = tuple(hours)
    midnight = datetime.combine(low.date(), time()) - DAY
    while midnight <= high:
        for part in parts:
            if midnight.weekday() in part.days:
                yield midnight + part.since
                yield midnight + part.since + part.lasts
        midnight += DAY


def _parse_part(part: str) -> Hours:
    match = _PART.fullmatch(part)
    if not part or match is None:
        raise ValueError(f"duty hours {part!r}: write them like Mon-Fri 09:00-18:00")
    days = _parse_days(match["days"], part)
    if match["since"] is None:
        return Hours(days, timedelta(), DAY)
    since, until = _clock(match["since"], part), _clock(match["until"], part)
    if since >= DAY or since == until:
        raise ValueError(f"duty hours {part!r} have no length")
    return Hours(days, since, until - since if until > since else until - since + DAY)


def _parse_days(text: str | None, part: str) -> frozenset[int]:
    if text is None:
        return frozenset(range(7))
    names = text.split("-")
    unknown = [name for name in names if name not in DAYS]
    if unknown:
        raise ValueError(f"duty hours {part!r}: no day is called {unknown[0]!r}")
    first, last = DAYS.index(names[0]), DAYS.index(names[-1])
    return frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))


def _clock(text: str, part: str) -> timedelta:
    hour, minute = (int(number) for number in text.split(":"))
    length = timedelta(hours=hour, minutes=minute)
    if minute > 59 or length > DAY:
        raise ValueError(f"duty hours {part!r}: {text} is no time of day")
    return length
