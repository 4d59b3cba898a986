"""Times as people type them, by the clock of the one who types."""

from datetime import UTC, datetime

import pytest

from bot.core.moments import read, span, span_with_now


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "zone", "began", "ended"),
    [
        ("18:00", "09:00", "UTC", "2026-03-28 18:00", "2026-03-29 09:00"),
        ("09:00", "18:00", "UTC", "2026-03-29 09:00", "2026-03-29 18:00"),  # past today
        ("18:00", "18:00", "UTC", "2026-03-28 18:00", "2026-03-29 18:00"),
        ("now", "9:00", "UTC", "2026-03-28 12:00:30", "2026-03-29 09:00"),
        ("12:00", "13:00", "UTC", "2026-03-28 12:00", "2026-03-28 13:00"),  # this very minute
        ("18:00", "09:00", "America/New_York", "2026-03-28 22:00", "2026-03-29 13:00"),
        # The clocks go forward in that night: nine in the morning is eight in UTC.
        ("18:00", "09:00", "Europe/London", "2026-03-28 18:00", "2026-03-29 08:00"),
        # 01:30 is skipped: it is when the clock jumps.
        ("18:00", "01:30", "Europe/London", "2026-03-28 18:00", "2026-03-29 01:00"),
        ("Sun 01:30", "02:30", "Europe/London", "2026-03-29 01:00", "2026-03-29 01:30"),
        (
            "2026-03-29 01:30",
            "2026-03-29 02:30",
            "Europe/London",
            "2026-03-29 01:00",
            "2026-03-29 01:30",
        ),
        # 01:30 comes twice in October: the first time.
        (
            "2026-10-24 18:00",
            "2026-10-25 01:30",
            "Europe/London",
            "2026-10-24 17:00",
            "2026-10-25 00:30",
        ),
        (
            "2026-12-24 18:00",
            "2026-12-26T9:00",
            "Europe/Berlin",
            "2026-12-24 17:00",
            "2026-12-26 08:00",
        ),
        (
            "2026-12-24T18:00+05:30",
            "09:00",
            "Europe/London",
            "2026-12-24 12:30",
            "2026-12-25 09:00",
        ),
    ],
)
def test_a_span_is_the_next_one_on_the_askers_clock(
    start: str, end: str, zone: str, began: str, ended: str
) -> None:
    found = span(read(start), read(end), zone, utc("2026-03-28 12:00:30"))
    assert found == (utc(began), utc(ended))


@pytest.mark.parametrize("text", ["", "noon", "25:00", "12:60", "2026-13-01", "0001-01-01 00:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(text)


@pytest.mark.parametrize(
    ("start", "end", "began", "ended"),
    [
        ("tomorrow 22:00", "23:30", "2026-03-29 21:00", "2026-03-29 22:30"),  # an hour less now
        ("Fri 22:00", "02:00", "2026-04-03 21:00", "2026-04-04 01:00"),
        ("Saturday 22:00", "02:00", "2026-03-28 22:00", "2026-03-29 01:00"),  # today
        ("sat 10:00", "11:00", "2026-04-04 09:00", "2026-04-04 10:00"),  # past today
        ("today 22:00", "tomorrow 03:00", "2026-03-28 22:00", "2026-03-29 02:00"),
        ("11:00", "13:00", "2026-03-28 11:00", "2026-03-28 13:00"),  # it goes on
        ("20:00", "13:00", "2026-03-27 20:00", "2026-03-28 13:00"),
        ("13:00", "14:00", "2026-03-28 13:00", "2026-03-28 14:00"),
    ],
)
def test_days_have_names_and_what_goes_on_is_meant(
    start: str, end: str, began: str, ended: str
) -> None:
    found = span_with_now(read(start), read(end), "Europe/London", utc("2026-03-28 12:00:30"))
    assert found == (utc(began), utc(ended))
