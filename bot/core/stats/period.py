"""The span that is counted, its buckets, and what of the world is looked at. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

DAYS_AT_MOST, WEEKS_AT_MOST = 45, 53
"""A period of so many days is shown day by day, one of so many weeks week by week."""
Unit = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end): both aware. `zone` is the one in which its days begin at midnight."""

    start: datetime
    end: datetime
    zone: str = "UTC"

    @property
    def seconds(self) -> float:
        """How long it is; a day of 23 or 25 hours is as long as it is. Never negative."""
        return max(0.0, (self.end - self.start).total_seconds())

    @property
    def unit(self) -> Unit:
        """What its buckets are: days, weeks (from Monday on) or months."""
        days = self.seconds / 86400
        if days <= DAYS_AT_MOST:
            return "day"
        return "week" if days <= WEEKS_AT_MOST * 7 else "month"

    def holds(self, moment: datetime | None) -> bool:
        """Whether it lies inside; None does not."""
        return moment is not None and self.start <= moment < self.end

    def edges(self) -> tuple[datetime, ...]:
        """Where its buckets begin, and its end: UTC, each at a local midnight but the outermost."""
        if not self.seconds:
            return ()
        zone, unit = ZoneInfo(self.zone), self.unit
        day = _first_of(unit, self.start.astimezone(zone).date())
        found = [self.start.astimezone(UTC)]
        while (edge := _midnight(day := _next(unit, day), zone)) < self.end:
            if edge > self.start:
                found.append(edge)
        return (*found, self.end.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class Scope:
    """One service, one team; None is all. `environment` None is the one that users see."""

    service: str | None = None
    team: str | None = None
    environment: str | None = None


def of_days(first: date, after_last: date, zone: str) -> Period:
    """From midnight to midnight, local."""
    here = ZoneInfo(zone)
    return Period(_midnight(first, here), _midnight(after_last, here), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _first_of(unit: Unit, day: date) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit == "month" else day


def _next(unit: Unit, day: date) -> date:
    if unit == "month":
        return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return day + timedelta(days=7 if unit == "week" else 1)
