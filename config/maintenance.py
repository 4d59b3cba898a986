"""Planned maintenance: once, or every week. Probes go on, nobody is paged."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from config.hours import DAY, WeekHours
from config.people import different
from config.types import LocalTime, Slug, Strict, Text, Zone, wrong

_A_SECOND = timedelta(seconds=1)


class Maintenance(Strict):
    """Either `since` and `until`, or `weekly`; local wall time of `timezone`.

    `services` empty means all of them.
    """

    services: Annotated[tuple[Slug, ...], AfterValidator(different)] = ()
    since: LocalTime | None = Field(default=None, alias="from")
    until: LocalTime | None = None
    weekly: WeekHours | None = None
    timezone: Zone = ""
    reason: Text = "planned maintenance"

    @model_validator(mode="after")
    def _whole(self) -> "Maintenance":
        once = self.since is not None and self.until is not None
        half = self.since is not None or self.until is not None
        if once == (self.weekly is not None) or (half and not once):
            mend = "either `from` and `until`, or `weekly: Sun 02:00-04:00`"
            raise wrong("when this window is open does not follow", mend)
        if self.since is not None and self.until is not None and self.until <= self.since:
            raise wrong("a window that ends before it begins", "`until` comes after `from`")
        return self

    def spans(self, low: datetime, high: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The open spans (aware UTC, end exclusive) that touch low to high (aware)."""
        zone = ZoneInfo(self.timezone or "UTC")
        for start, end in self._wall_spans(low.astimezone(zone), high.astimezone(zone)):
            since, until = _instant(start, zone), _instant(end, zone)
            if since < until and since < high and until > low:
                yield since, until

    def _wall_spans(self, low: datetime, high: datetime) -> Iterator[tuple[datetime, datetime]]:
        if self.since is not None and self.until is not None:
            yield self.since, self.until
        if self.weekly is None:
            return
        day = datetime.combine(low.date(), time()) - 2 * DAY
        while day.date() <= high.date():
            for part in self.weekly.parts:
                if day.weekday() in part.days:
                    yield day + part.since, day + part.since + part.lasts
            day += timedelta(days=1)


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Wall time as UTC; an hour that comes twice means its first, a skipped one the jump."""
    first, again = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= again:
        return first
    # Skipped: the clock jumped between these two. Zone data tell offsets, not when they change.
    low, high = again, first
    offset = low.astimezone(zone).utcoffset()
    while high - low > _A_SECOND:
        middle = low + (high - low) // 2
        same = middle.astimezone(zone).utcoffset() == offset
        low, high = (middle, high) if same else (low, middle)
    return high.replace(microsecond=0)
