"""Hours of the week, `Mon-Fri 09:00-18:00, Sat`: when a layer is on duty, a window is open."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator

from config.types import wrong

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = timedelta(days=1)
WEEK_MINUTES = 7 * 24 * 60
_PART = re.compile(
    r"(?:(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))?)?"
    r"\s*(?:(?P<since>\d\d:\d\d)-(?P<until>\d\d:\d\d))?"
)
_HOW = "write it like Mon-Fri 09:00-18:00, Sat 10:00-14:00"


@dataclass(frozen=True, slots=True)
class Hours:
    """On these weekdays (0 is Monday) from `since` after midnight for `lasts`, local wall time."""

    days: frozenset[int]
    since: timedelta
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class HoursText:
    """Hours of the week as they were written, and what they mean."""

    text: str
    parts: tuple[Hours, ...]

    def __str__(self) -> str:
        return self.text


def parse_hours(value: object) -> HoursText:
    """Read `Mon-Fri 09:00-18:00, Sat`; `18:00-09:00` runs past midnight; no days: every day."""
    if not isinstance(value, str) or len(value) > 200:
        raise wrong("not hours of the week", _HOW)
    return HoursText(value, tuple(_part(part.strip().lower()) for part in value.split(",")))


def _part(text: str) -> Hours:
    match = _PART.fullmatch(text)
    if not text or match is None:
        raise wrong("not hours of the week", _HOW)
    days = _days(match["first"], match["last"])
    if match["since"] is None:
        return Hours(days, timedelta(), DAY)
    since, until = _clock(match["since"]), _clock(match["until"])
    if since >= DAY or since == until:
        raise wrong("hours that have no length", _HOW)
    return Hours(days, since, until - since if until > since else until - since + DAY)


def _days(first: str | None, last: str | None) -> frozenset[int]:
    if first is None:
        return frozenset(range(7))
    if first not in DAYS or (last or first) not in DAYS:
        raise wrong("not a day of the week", "days are " + " ".join(DAYS).title())
    low, high = DAYS.index(first), DAYS.index(last or first)
    return frozenset((low + step) % 7 for step in range((high - low) % 7 + 1))


def _clock(text: str) -> timedelta:
    hour, minute = (int(number) for number in text.split(":"))
    length = timedelta(hours=hour, minutes=minute)
    if minute > 59 or length > DAY:
        raise wrong("not a time of day", "times run from 00:00 to 24:00")
    return length


def first_gap(hours: Iterable[Hours]) -> tuple[str, str] | None:
    """The first span of the week that none of the hours covers, as (`Fri 18:00`, `Mon 09:00`)."""
    spans = sorted(_spans(hours))
    covered = 0
    for low, high in [*spans, (WEEK_MINUTES, WEEK_MINUTES)]:
        if low > covered:
            return _say(covered), _say(low)
        covered = max(covered, high)
    return None


def _spans(hours: Iterable[Hours]) -> Iterable[tuple[int, int]]:
    """Minutes of the week, Monday 00:00 being 0; what runs past Sunday counts from Monday too."""
    for part in hours:
        for day in part.days:
            low = day * 24 * 60 + int(part.since.total_seconds()) // 60
            high = low + int(part.lasts.total_seconds()) // 60
            yield low, min(high, WEEK_MINUTES)
            if high > WEEK_MINUTES:
                yield 0, high - WEEK_MINUTES


def _say(minute: int) -> str:
    day, rest = divmod(minute % WEEK_MINUTES, 24 * 60)
    return f"{DAYS[day].title()} {rest // 60:02}:{rest % 60:02}"


WeekHours = Annotated[
    HoursText,
    PlainValidator(parse_hours, json_schema_input_type=str),
    PlainSerializer(str, return_type=str),
]
