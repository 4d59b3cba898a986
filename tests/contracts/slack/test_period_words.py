"""What people type after `/midwatch stats`."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.commands import parse
from bot.slack.period_words import LONGEST_DAYS, Period, Wanted, wanted

OCTOBER = Period(since=date(2026, 10, 1), until=date(2026, 11, 1))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", Wanted()),
        ("28 days", Wanted(Period(28))),
        ("90d", Wanted(Period(90))),
        ("the last 2 weeks", Wanted(Period(14))),
        ("6 months", Wanted(Period(180))),
        ("week", Wanted(Period(7))),
        ("past month", Wanted(Period(30))),
        ("last month", Wanted(Period(calendar="month", before=True))),
        ("checkout this week", Wanted(Period(calendar="week"), "checkout")),
        ("YEAR", Wanted(Period(365))),
        ("2026-10-01..2026-11-01", Wanted(OCTOBER)),
        ("from 2026-10-01 to 2026-11-01", Wanted(OCTOBER)),
        ("checkout", Wanted(service="checkout")),
        ("checkout 90d", Wanted(Period(90), "checkout")),
        ("90d checkout", Wanted(Period(90), "checkout")),
        ("week of checkout", Wanted(Period(7), "checkout")),
        ("2026-10-01..2026-11-01 checkout", Wanted(OCTOBER, "checkout")),
        ("weekly-report", Wanted(service="weekly-report")),  # a service that begins like a period
        ("checkout search", Wanted(unread="checkout search")),  # one service at a time
        ("soon 90d checkout", Wanted(unread="soon 90d checkout")),
        ("0 days", Wanted(unread="0 days")),
        ("9999 years", Wanted(unread="9999 years")),
        ("2026-11-01..2026-10-01", Wanted(unread="2026-11-01..2026-10-01")),
        ("2026-13-01..2026-14-01", Wanted(unread="2026-13-01..2026-14-01")),
        ("12", Wanted(unread="12")),
    ],
)
def test_a_period_and_a_service_in_any_order(typed: str, read: Wanted) -> None:
    assert wanted(typed) == read


@pytest.mark.parametrize(
    ("typed", "since", "until"),
    [
        ("last week", date(2026, 11, 16), date(2026, 11, 23)),  # Monday to Sunday, as the digest
        ("this week", date(2026, 11, 23), date(2026, 11, 28)),
        ("last month", date(2026, 10, 1), date(2026, 11, 1)),
        ("last quarter", date(2026, 7, 1), date(2026, 10, 1)),
        ("this quarter", date(2026, 10, 1), date(2026, 11, 28)),
        ("last year", date(2025, 1, 1), date(2026, 1, 1)),
        ("week", date(2026, 11, 21), date(2026, 11, 28)),
    ],
)
def test_the_last_week_is_one_of_the_calendar(typed: str, since: date, until: date) -> None:
    period = wanted(typed).period
    assert period is not None
    assert period.dates(date(2026, 11, 27)) == (since, until)


def test_the_last_days_end_with_today() -> None:
    assert Period(7).dates(date(2026, 11, 27)) == (date(2026, 11, 21), date(2026, 11, 28))
    assert OCTOBER.dates(date(2026, 11, 27)) == (date(2026, 10, 1), date(2026, 11, 1))


@given(st.text(max_size=60), st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_whatever_is_typed_gives_a_period_that_is_one(typed: str, today: date) -> None:
    found = wanted(typed)
    assert not (found.unread and (found.period or found.service))
    if found.period is not None:
        since, until = found.period.dates(today)
        assert 0 < (until - since).days <= LONGEST_DAYS
    parse(f"stats {typed}")
