"""Who is paged how often, and at night: counted from pages that were handed over. Pure.

A page counts once, when its provider took it, however often that was tried, and whatever came of
it. One text or call that named several incidents is one. What only informs does not count, nor
does a test. Night is from 22:00 to 07:00 on the person's own clock; a night is disturbed once.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

NIGHT_BEGINS, NIGHT_ENDS = 22, 7
"""Hours of the wall clock; the night belongs to the day on which it began."""
UNCOUNTED = frozenset({"test"})
"""Reasons of pages that nobody was disturbed by without having asked for it."""
PERIOD_DAYS = 28
_CALL, _TEXT = "call", "sms"


@dataclass(frozen=True, slots=True)
class SentPage:
    """A page that was handed over. `at` is when (aware); `incidents` are those that it names.

    `imported`: another tool sent it, before Midwatch did.
    """

    person: str
    team: str
    channel: str
    at: datetime
    incidents: tuple[int, ...] = ()
    imported: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """What one person bore for one team in a period.

    `texts` and `calls` are shares of `pages`; the rest went by Slack or e-mail. `nights` are the
    days on which the nights began that a page disturbed.
    """

    person: str
    team: str
    pages: int = 0
    texts: int = 0
    calls: int = 0
    pages_at_night: int = 0
    nights: frozenset[date] = frozenset()
    last_at_night: datetime | None = None

    @property
    def nights_disturbed(self) -> int:
        """How many nights, for this team."""
        return len(self.nights)


@dataclass(slots=True)
class _Count:
    pages: int = 0
    texts: int = 0
    calls: int = 0
    at_night: int = 0
    last: datetime | None = None


def night_of(at: datetime, zone: str | ZoneInfo) -> date | None:
    """The day on which the night began that `at` lies in; None by day."""
    local = at.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)
    if local.hour >= NIGHT_BEGINS:
        return local.date()
    return local.date() - timedelta(days=1) if local.hour < NIGHT_ENDS else None


def night_before(morning: date, zone: str) -> tuple[datetime, datetime]:
    """From when until when (exclusive, UTC) the night lasted that ended on that day."""
    here = ZoneInfo(zone)
    began = datetime.combine(morning - timedelta(days=1), time(NIGHT_BEGINS), here)
    return began.astimezone(UTC), datetime.combine(morning, time(NIGHT_ENDS), here).astimezone(UTC)


def loads(
    pages: Iterable[SentPage],
    zone_of: Callable[[str], str],
    start: datetime,
    end: datetime,
    team: str | None = None,
) -> list[Load]:
    """Person by person and team by team, the most disturbed first; one pass over the pages.

    Of [start, end), and of one team if it is named. `zone_of` gives a person's zone; it is asked
    once a person. Who was not paged is not in it.
    """
    counts: dict[tuple[str, str], _Count] = {}
    nights: dict[tuple[str, str], set[date]] = {}
    zones: dict[str, ZoneInfo] = {}
    for page in pages:
        if not start <= page.at < end or team not in (None, page.team):
            continue
        zone = zones.get(page.person)
        if zone is None:
            zone = zones[page.person] = ZoneInfo(zone_of(page.person))
        of = (page.person, page.team)
        count = counts.setdefault(of, _Count())
        count.pages += 1
        count.texts += page.channel == _TEXT
        count.calls += page.channel == _CALL
        night = night_of(page.at, zone)
        if night is not None:
            count.at_night += 1
            count.last = page.at if count.last is None else max(count.last, page.at)
            nights.setdefault(of, set()).add(night)
    found = [
        Load(
            *(*of, it.pages, it.texts, it.calls, it.at_night),
            nights=frozenset(nights.get(of, ())),
            last_at_night=it.last,
        )
        for of, it in counts.items()
    ]
    return sorted(found, key=_most_disturbed_first)


def nights_by_person(loads: Iterable[Load]) -> dict[str, int]:
    """How many nights of each person were disturbed, for whatever team; the most disturbed first.

    A night in which two teams paged somebody was one night, and two nights with one team each are
    two. Who slept through is not in it.
    """
    nights: dict[str, set[date]] = {}
    for load in loads:
        if load.nights:
            nights.setdefault(load.person, set()).update(load.nights)
    counted = ((person, len(its)) for person, its in nights.items())
    return dict(sorted(counted, key=lambda it: (-it[1], it[0])))


def _most_disturbed_first(load: Load) -> tuple[int, int, int, str, str]:
    return (-load.nights_disturbed, -load.pages_at_night, -load.pages, load.person, load.team)
