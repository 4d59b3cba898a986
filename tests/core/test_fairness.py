"""Who is paged how often, and at night by the person's own clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.fairness import Load, SentPage, loads, night_before, night_of

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
ZONES = {"ana": "UTC", "bo": "America/New_York", "kai": "Asia/Kolkata"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(days: int, clock: str) -> datetime:
    hours, minutes = clock.split(":")
    return MONDAY + timedelta(days=days, hours=int(hours), minutes=int(minutes))


def page(who: str, when: datetime, team: str = "it", channel: str = "sms") -> SentPage:
    return SentPage(who, team, channel, when)


def counted(*pages: SentPage, **more: str) -> list[Load]:
    return loads(pages, ZONES.__getitem__, MONDAY, MONDAY + 28 * DAY, **more)


NIGHTS = [
    # wall clock, zone, the day on which its night began
    ("2026-11-24 21:59", "UTC", None),
    ("2026-11-24 22:00", "UTC", "2026-11-24"),
    ("2026-11-25 00:00", "UTC", "2026-11-24"),
    ("2026-11-25 06:59", "UTC", "2026-11-24"),
    ("2026-11-25 07:00", "UTC", None),
    ("2026-11-24 23:00", "America/New_York", "2026-11-24"),
    ("2026-03-29 03:00", "Europe/Berlin", "2026-03-28"),  # the hour before it was skipped
    ("2026-10-25 02:30", "Europe/Berlin", "2026-10-24"),  # an hour that comes twice
]


@pytest.mark.parametrize(("clock", "zone", "night"), NIGHTS)
def test_night_is_from_22_to_7_on_the_persons_own_clock(
    clock: str, zone: str, night: str | None
) -> None:
    when = datetime.fromisoformat(clock).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    expected = date.fromisoformat(night) if night else None
    assert night_of(when, zone) == expected
    assert expected is None or night_of(when.replace(fold=1), zone) == expected


def test_one_instant_is_night_for_one_and_day_for_another() -> None:
    four = at(1, "04:00")
    found = counted(page("ana", four), page("bo", four), page("kai", four))
    assert {it.person: it.pages_at_night for it in found} == {"ana": 1, "bo": 1, "kai": 0}
    noon = counted(page("ana", at(1, "12:00")), page("bo", at(1, "12:00")))
    assert {it.person: it.pages_at_night for it in noon} == {"ana": 0, "bo": 0}, "07:00 there"


def test_calls_and_texts_are_kept_apart_and_a_night_is_disturbed_once() -> None:
    (load,) = counted(
        page("ana", at(0, "23:00")),
        page("ana", at(1, "03:00"), channel="call"),
        page("ana", at(1, "03:05"), channel="slack"),
        page("ana", at(2, "02:00")),
        page("ana", at(2, "12:00")),
    )
    assert (load.pages, load.texts, load.calls) == (5, 3, 1)
    assert (load.pages_at_night, load.nights_disturbed) == (4, 2)
    assert load.last_at_night == at(2, "02:00")


def test_each_team_is_counted_by_itself_and_one_can_be_asked_for() -> None:
    both = page("ana", at(1, "03:00")), page("ana", at(1, "03:00"), team="development")
    assert [it.team for it in counted(*both)] == ["development", "it"]
    assert [it.team for it in counted(*both, team="it")] == ["it"]


def test_the_period_begins_with_its_first_instant_and_ends_before_its_last() -> None:
    pages = [page("ana", MONDAY - HOUR), page("ana", MONDAY), page("ana", MONDAY + 28 * DAY)]
    assert [it.pages for it in counted(*pages)] == [1]


def test_the_most_disturbed_come_first() -> None:
    found = counted(
        *[page("kai", at(1, "10:00") + timedelta(minutes=n)) for n in range(9)],
        page("ana", at(1, "03:00")),
        page("ana", at(1, "03:10")),
        page("bo", at(1, "08:00")),
        page("bo", at(2, "08:00")),
    )
    assert [it.person for it in found] == ["bo", "ana", "kai"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(ZONES)),
            st.sampled_from(("it", "development")),
            st.sampled_from(("sms", "call", "slack", "email")),
            st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),  # noqa: DTZ001 - made UTC
        ),
        max_size=40,
    )
)
def test_no_page_is_lost_or_counted_twice(
    rows: list[tuple[str, str, str, datetime]],
) -> None:
    pages = [SentPage(who, team, by, when.replace(tzinfo=UTC)) for who, team, by, when in rows]
    found = loads(pages, ZONES.__getitem__, MONDAY - 365 * DAY, MONDAY + 365 * DAY)
    assert sum(it.pages for it in found) == len(pages)
    assert len({(it.person, it.team) for it in found}) == len(found)
    for it in found:
        mine = [page for page in pages if (page.person, page.team) == (it.person, it.team)]
        nights = [night_of(page.at, ZONES[it.person]) for page in mine]
        assert it.pages_at_night == sum(night is not None for night in nights)
        assert it.nights_disturbed == len(set(nights) - {None})
        assert it.nights_disturbed <= it.pages_at_night <= it.pages
        assert it.texts + it.calls <= it.pages


@given(st.dates(date(2026, 1, 2), date(2027, 12, 30)), st.sampled_from(sorted(ZONES.values())))
def test_a_night_ends_on_the_morning_after_it_began(morning: date, zone: str) -> None:
    start, end = night_before(morning, zone)
    assert night_of(start, zone) == night_of(end - timedelta(seconds=1), zone)
    assert night_of(start, zone) == morning - DAY
    assert night_of(start - timedelta(seconds=1), zone) is None
    assert night_of(end, zone) is None
