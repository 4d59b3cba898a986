"""When leads hear of the streak: a record, once; its end, once people said so; and taken back."""

from datetime import datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.core.stats.facts import Outage
from bot.core.streak_news import DAY, TOLD_WITHIN, broken, ended_by, goes_on
from tests.core.stats_world import at

Spans = list[tuple[float, float | None]]


def outages(spans: Spans) -> list[Outage]:
    """Each from one day to another, numbered from 1."""
    return [
        Outage(number, ("checkout",), (), day(began), None if until is None else day(until))
        for number, (began, until) in enumerate(spans, start=1)
    ]


def day(number: float) -> datetime:
    return at(number * 24)


@pytest.mark.parametrize(
    ("spans", "now", "told"),
    [
        # Known since day 0. Ten days, then one hour down; the eleventh day after it is a record.
        ([(10, 10.04)], 20.9, None),
        ([(10, 10.04)], 21.05, (11, 10)),
        ([(10, 10.04)], 22.9, (12, 10)),  # it was away on the day itself
        ([(10, 10.04)], 23.1, None),  # and for two days: it lets it go
        ([(5, 5.04)], 11.1, None),  # a week at least
        ([], 400, None),  # nothing to break
        ([(10, 10.04), (12, 12.04)], 23.05, (11, 10)),  # a short one between them
        ([(10, 10.04), (22, None)], 22.5, None),  # it is down
        ([(10, 10.04), (22, 22.5)], 22.6, None),  # it has ended
        ([(10, 30), (11, 12)], 41.05, (11, 10)),  # one inside of another
    ],
)
def test_a_record_is_news_on_its_day(
    spans: Spans, now: float, told: tuple[int, int] | None
) -> None:
    found = broken(outages(spans), day(0), day(now))
    assert (found and (found.streak.days, found.before_days)) == told


def test_where_nothing_is_known_nothing_is_told() -> None:
    known = outages([(10, 10.04)])
    assert broken(known, None, day(21.05)) is None
    assert ended_by(1, known, None) is None
    assert goes_on(day(10), [], None, day(21)) is None


@pytest.mark.parametrize(
    ("spans", "days"),
    [
        ([(10, 10.04)], 10),
        ([(10, None)], 10),  # decided while it is still down
        ([(0.5, 1)], None),  # there was no day of a streak
        ([(10, 10.04), (4, 5)], 5),
        ([(10, 10.04), (12, 13)], None),  # another came after it: that streak is over anyway
        ([(10, 10.04), (9, None)], None),  # something else was down because of a deployment
        ([(10, 10.04), (8, 10.02)], None),
    ],
)
def test_the_end_is_news_where_it_ends_the_streak_that_lasts(
    spans: Spans, days: int | None
) -> None:
    found = ended_by(1, outages(spans), day(0))
    assert (found and found.days) == days


@pytest.mark.parametrize(
    ("spans", "days"),
    [
        ([], 20),
        ([(4, 5)], 15),
        ([(12, 13)], None),  # the streak ended later, whatever this one was
        ([(4, None)], None),
        ([(4, 19.5)], None),  # something else ended it meanwhile
        ([(4, 9.5)], None),  # it was of hours: its end was not told either
    ],
)
def test_taken_back_where_people_change_their_minds(spans: Spans, days: int | None) -> None:
    found = goes_on(day(10), outages(spans), day(0), day(20))
    assert (found and found.days) == days


HISTORY = st.lists(
    st.tuples(st.integers(1, 200), st.floats(0.01, 3)).map(lambda it: (it[0], it[0] + it[1])),
    min_size=1,
    max_size=8,
)


@given(HISTORY)
def test_a_record_is_told_for_two_days_of_a_streak_and_never_again(spans: Spans) -> None:
    """Looked at twice a day, for eight months after the last downtime."""
    known = outages(spans)
    last = max(it.until for it in known if it.until is not None)
    looks = [last + timedelta(hours=12) * number for number in range(2 * 240)]
    told = [moment for moment in looks if broken(known, day(0), moment) is not None]
    if not told:
        return
    assert told[-1] - told[0] < TOLD_WITHIN
    assert looks.index(told[-1]) - looks.index(told[0]) == len(told) - 1
    found = broken(known, day(0), told[0])
    assert found is not None
    assert found.before_days < found.streak.days <= found.before_days + 1 + TOLD_WITHIN // DAY


@given(HISTORY, st.integers(1, 8))
def test_what_is_taken_back_was_told_before(spans: Spans, number: int) -> None:
    """Its end and its going on are about the same streak."""
    assume(number <= len(spans))
    known = outages(spans)
    own = known[number - 1]
    others = [it for it in known if it is not own]
    now = max(it.until for it in known if it.until is not None) + DAY
    ended, on = ended_by(number, known, day(0)), goes_on(own.began_at, others, day(0), now)
    assert (ended is None) == (on is None)
    if ended is not None and on is not None:
        assert on.since == ended.since
        assert on.until >= ended.until
