"""Duty hours: `Mon-Fri 09:00-18:00`, as a layer of a rota is limited to them. Local wall time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """On these weekdays (0 is Monday) from `since` for `lasts`, also past midnight."""

    days: frozenset[int]
    since: timedelta
    lasts: timedelta


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
