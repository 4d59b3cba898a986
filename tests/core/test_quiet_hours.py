"""Quiet hours: what only informs waits for their end, and no page ever waits for them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.bundling import plan
from bot.core.duty_hours import Hours
from bot.core.page import PageState, Urgency
from bot.core.policy import Person
from bot.core.quiet_hours import TO_THOSE_WHO_ARE_UP, held_until, quiet_until
from config.hours import first_gap, parse_hours
from tests.core.paging_world import page
from tests.core.world import person


def bo(quiet: str, zone: str = "Europe/London") -> Person:
    """Bo, who does not want to be woken for nothing in these hours."""
    parts = parse_hours(quiet).parts
    hours = tuple(Hours(part.days, part.since, part.lasts) for part in parts)
    return replace(person("bo"), timezone=zone, quiet=hours)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


ENDS = [
    ("22:00-07:00", "Europe/London", "2026-11-24 21:59:59", None),
    ("22:00-07:00", "Europe/London", "2026-11-24 22:00", "2026-11-25 07:00"),
    ("22:00-07:00", "Europe/London", "2026-11-25 06:59:59", "2026-11-25 07:00"),
    ("22:00-07:00", "Europe/London", "2026-11-25 07:00", None),
    ("22:00-07:00", "America/New_York", "2026-11-25 06:00", "2026-11-25 12:00"),  # 01:00 there
    ("Mon-Fri 22:00-07:00, Sat-Sun 00:00-09:00", "UTC", "2026-11-28 06:00", "2026-11-28 09:00"),
    ("22:00-07:00", "Europe/London", "2026-03-28 23:00", "2026-03-29 06:00"),  # summer begins
    ("22:00-07:00", "Europe/London", "2026-10-24 22:00", "2026-10-25 07:00"),  # summer ends
    ("01:00-01:30", "Europe/London", "2026-10-25 00:10", "2026-10-25 00:30"),  # the hour comes
    ("01:00-01:30", "Europe/London", "2026-10-25 01:10", "2026-10-25 01:30"),  # twice
]


@pytest.mark.parametrize(("hours", "zone", "at", "end"), ENDS)
def test_they_end_by_the_readers_own_clock(hours: str, zone: str, at: str, end: str | None) -> None:
    assert quiet_until(bo(hours, zone), utc(at)) == (None if end is None else utc(end))


clock = st.integers(0, 24 * 4 - 1).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
days = st.sampled_from(["", "Mon-Fri ", "Sat-Sun ", "Sun "])
written = (
    st.lists(
        st.tuples(days, clock, clock)
        .filter(lambda it: it[1] != it[2])
        .map(lambda it: f"{it[0]}{it[1]}-{it[2]}"),
        min_size=1,
        max_size=2,
    )
    .map(", ".join)
    .filter(lambda text: first_gap(parse_hours(text).parts) is not None)
)
zones = st.sampled_from(["Europe/London", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia"])
seconds = st.integers(0, 10 * 365 * 86400)
reasons = st.sampled_from(["duty", "handover", "resolved", "notice", "weighed", "storm"])


@given(written, zones, seconds, st.sampled_from(Urgency), reasons)
def test_no_page_is_ever_held_and_nothing_that_only_informs_comes_inside(
    hours: str, zone: str, after: int, urgency: Urgency, reason: str
) -> None:
    """Tried as often as it is due, as the outbox does it."""
    who = bo(hours, zone)
    now = utc("2010-01-01 00:00") + timedelta(seconds=after)
    one = replace(page("1", urgency), reason=reason, created_at=now, due_at=now)
    informs = urgency is Urgency.INFO and reason not in TO_THOSE_WHO_ARE_UP
    for _ in range(9):
        planned = plan([one], [], now, {"bo": who})
        if planned.ready:
            break
        (one,) = planned.changed
        now = one.due_at
    assert planned.ready == (one.key,)
    if informs:
        assert quiet_until(who, now) is None
    else:
        assert now == one.created_at
        assert held_until(one, who, now) is None


def test_a_full_budget_does_not_push_a_text_into_the_night() -> None:
    who, evening = bo("22:00-07:00"), utc("2026-11-24 21:58")
    sent = [
        replace(page(str(n), Urgency.INFO), state=PageState.SENT, sent_at=evening) for n in range(5)
    ]
    late = replace(page("9", Urgency.INFO), reason="duty", created_at=evening, due_at=evening)
    (waits,) = plan([late], sent, evening, {"bo": who}).changed
    assert waits.due_at > utc("2026-11-24 22:00")
    (waits,) = plan([waits], sent, waits.due_at, {"bo": who}).changed
    assert waits.due_at.astimezone(ZoneInfo("Europe/London")).hour == 7


def test_news_of_an_outage_that_somebody_has_does_not_wait() -> None:
    who, night = bo("22:00-07:00"), utc("2026-11-25 03:00")
    for reason in ("storm", "resolved", "notice", "weighed"):
        one = replace(page("1", Urgency.INFO), reason=reason)
        assert plan([one], [], night, {"bo": who}).ready == ("1",)


def test_slack_and_mail_do_not_wake_anybody() -> None:
    who, night = bo("22:00-07:00"), utc("2026-11-25 03:00")
    for channel in ("slack", "email"):
        one = replace(page("1", Urgency.INFO), reason="duty", channel=channel)
        assert plan([one], [], night, {"bo": who}).ready == ("1",)
