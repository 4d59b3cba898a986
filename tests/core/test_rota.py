"""Who is on call: tables with real clock changes, and properties over any zone and instant."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.duty_hours import Hours
from bot.core.rota import Layer, Override, Rota, Shift, gaps, next_on_call, on_call, shifts
from config.hours import parse_hours

WEEK, DAY, HOUR = timedelta(weeks=1), timedelta(days=1), timedelta(hours=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def duty(text: str) -> tuple[Hours, ...]:
    """Duty hours as the configuration writes them."""
    return tuple(Hours(part.days, part.since, part.lasts) for part in parse_hours(text).parts)


def layer(
    people: str,
    every: timedelta = WEEK,
    starts: str = "2026-03-02 09:00",
    zone: str = "Europe/London",
    only: str | None = None,
) -> Layer:
    return Layer(
        name="primary",
        people=tuple(people.split()),
        every=every,
        starts=datetime.fromisoformat(starts),
        timezone=zone,
        only=None if only is None else duty(only),
    )


def rota(*layers: Layer) -> Rota:
    return Rota(layers)


LONDON_WEEKS = rota(layer("ana bo"))
# Four hours a turn, across the night of 28 to 29 March: London jumps from 01:00 to 02:00.
INTO_THE_GAP = rota(layer("ana bo cy", every=timedelta(hours=4), starts="2026-03-28 21:30"))
# Across the night of 24 to 25 October: London goes from 02:00 back to 01:00, at 01:00 UTC.
INTO_THE_OVERLAP = rota(layer("ana bo cy", every=timedelta(hours=4), starts="2026-10-24 21:30"))

ON_CALL = [
    (LONDON_WEEKS, "2026-03-02 08:59:59", ()),  # before the first hand-over: nobody
    (LONDON_WEEKS, "2026-03-02 09:00", ("ana",)),
    (LONDON_WEEKS, "2026-03-09 08:59:59", ("ana",)),  # winter: 09:00 is 09:00 UTC
    (LONDON_WEEKS, "2026-03-09 09:00", ("bo",)),
    (LONDON_WEEKS, "2026-03-30 07:59:59", ("bo",)),  # summer since Sunday: 09:00 is 08:00 UTC
    (LONDON_WEEKS, "2026-03-30 08:00", ("ana",)),
    (LONDON_WEEKS, "2026-10-26 08:59:59", ("bo",)),  # winter again
    (LONDON_WEEKS, "2026-10-26 09:00", ("ana",)),
    (INTO_THE_GAP, "2026-03-29 00:59:59", ("ana",)),  # 00:59:59
    (INTO_THE_GAP, "2026-03-29 01:00", ("bo",)),  # 02:00: there was no 01:30, so at the jump
    (INTO_THE_GAP, "2026-03-29 04:29:59", ("bo",)),  # 05:29:59
    (INTO_THE_GAP, "2026-03-29 04:30", ("cy",)),
    (INTO_THE_OVERLAP, "2026-10-25 00:29:59", ("ana",)),  # 01:29:59 for the first time
    (INTO_THE_OVERLAP, "2026-10-25 00:30", ("bo",)),  # 01:30 for the first time
    (INTO_THE_OVERLAP, "2026-10-25 01:00", ("bo",)),  # 01:00 again: nobody gives it back
    (INTO_THE_OVERLAP, "2026-10-25 01:30", ("bo",)),
    (INTO_THE_OVERLAP, "2026-10-25 05:29:59", ("bo",)),
    (INTO_THE_OVERLAP, "2026-10-25 05:30", ("cy",)),
]


@pytest.mark.parametrize(("who", "at", "people"), ON_CALL)
def test_the_duty_follows_the_wall_clock(who: Rota, at: str, people: tuple[str, ...]) -> None:
    assert on_call(who, utc(at)) == people


OFFICE = rota(
    layer("ana bo", only="Mon-Fri 09:00-18:00", zone="America/Chicago"),
    layer("cy dee", every=DAY, zone="America/Chicago"),
)

LAYERED = [
    # Chicago is at UTC-6 in the first week of March 2026.
    ("2026-03-02 15:00", ("ana",), ("cy",)),  # Monday 09:00
    ("2026-03-02 23:59:59", ("ana",), ("cy",)),  # 17:59:59
    ("2026-03-03 00:00", ("cy",), ("dee",)),  # 18:00: the layer below; then its next
    ("2026-03-03 15:00", ("ana",), ("dee",)),  # Tuesday
    ("2026-03-07 16:00", ("dee",), ("cy",)),  # Saturday
    ("2026-03-09 14:00", ("bo",), ("dee",)),  # second Monday 09:00, summer time since Sunday
]


@pytest.mark.parametrize(("at", "people", "then"), LAYERED)
def test_the_first_layer_that_has_somebody_wins_and_next_is_the_one_below(
    at: str, people: tuple[str, ...], then: tuple[str, ...]
) -> None:
    assert on_call(OFFICE, utc(at)) == people
    assert next_on_call(OFFICE, utc(at)) == then


def test_next_is_never_the_one_who_did_not_answer() -> None:
    same = rota(layer("ana bo"), layer("ana cy", every=DAY))
    at = utc("2026-03-02 10:00")
    assert on_call(same, at) == ("ana",)
    assert next_on_call(same, at) == ("bo",)
    assert next_on_call(rota(layer("ana")), at) == ()
    assert next_on_call(same, utc("2026-03-01 10:00")) == ()


def test_a_swap_takes_the_duty_for_its_time_only() -> None:
    swap = [Override(utc("2026-03-03 18:00"), utc("2026-03-04 09:00"), "cy")]
    seen = [
        on_call(LONDON_WEEKS, utc(at), swap)
        for at in ("2026-03-03 17:59", "2026-03-03 18:00", "2026-03-04 08:59", "2026-03-04 09:00")
    ]
    assert seen == [("ana",), ("cy",), ("cy",), ("ana",)]
    assert next_on_call(LONDON_WEEKS, utc("2026-03-03 19:00"), swap) == ("bo",)


def test_a_swap_for_somebody_holds_only_while_they_would_be_on_call() -> None:
    swap = [Override(utc("2026-03-02 00:00"), utc("2026-03-31 00:00"), "cy", replaces="bo")]
    assert on_call(LONDON_WEEKS, utc("2026-03-03 12:00"), swap) == ("ana",)
    assert on_call(LONDON_WEEKS, utc("2026-03-10 12:00"), swap) == ("cy",)


def test_a_swap_can_be_swapped_again() -> None:
    whole = (utc("2026-03-02 00:00"), utc("2026-03-31 00:00"))
    swaps = [Override(*whole, "bo", replaces="ana"), Override(*whole, "cy", replaces="bo")]
    assert on_call(LONDON_WEEKS, utc("2026-03-03 12:00"), swaps) == ("cy",)


def test_a_swap_fills_a_gap() -> None:
    swap = [Override(utc("2026-03-01 00:00"), utc("2026-03-02 00:00"), "cy")]
    assert on_call(LONDON_WEEKS, utc("2026-03-01 12:00"), swap) == ("cy",)


def test_shifts_are_cut_where_the_duty_changes_hands() -> None:
    swap = [Override(utc("2026-03-03 18:00"), utc("2026-03-04 09:00"), "cy")]
    assert shifts(LONDON_WEEKS, utc("2026-03-01 00:00"), utc("2026-03-10 00:00"), swap) == [
        Shift(utc("2026-03-02 09:00"), utc("2026-03-03 18:00"), ("ana",)),
        Shift(utc("2026-03-03 18:00"), utc("2026-03-04 09:00"), ("cy",)),
        Shift(utc("2026-03-04 09:00"), utc("2026-03-09 09:00"), ("ana",)),
        Shift(utc("2026-03-09 09:00"), utc("2026-03-10 00:00"), ("bo",)),
    ]


def test_a_gap_is_found_before_it_hurts() -> None:
    office = rota(layer("ana", only="Mon-Fri 09:00-18:00"))
    assert gaps(office, utc("2026-03-06 12:00"), utc("2026-03-09 12:00")) == [
        Shift(utc("2026-03-06 18:00"), utc("2026-03-09 09:00"), ())
    ]
    assert gaps(OFFICE, utc("2026-03-02 15:00"), utc("2026-12-31 00:00")) == []


def test_a_shift_is_an_hour_shorter_or_longer_when_the_clock_changes() -> None:
    nights = rota(layer("ana bo", every=DAY))
    lengths = {
        shift.end - shift.start
        for shift in shifts(nights, utc("2026-03-02 09:00"), utc("2026-12-01 09:00"))
    }
    assert lengths == {23 * HOUR, 24 * HOUR, 25 * HOUR}


HOURS = [
    ("Mon-Fri 09:00-18:00", "2026-03-02 09:00", True),
    ("Mon-Fri 09:00-18:00", "2026-03-02 18:00", False),  # the end is exclusive
    ("Mon-Fri 09:00-18:00", "2026-03-07 12:00", False),  # Saturday
    ("18:00-09:00", "2026-03-07 03:00", True),  # past midnight
    ("Fri 18:00-09:00", "2026-03-07 08:59", True),  # Friday's night ends on Saturday
    ("Fri 18:00-09:00", "2026-03-06 08:59", False),  # Thursday's does not count
    ("Sat-Sun", "2026-03-08 23:59", True),  # whole days
    ("Fri-Mon", "2026-03-04 12:00", False),  # round the week's end
    ("Fri-Mon", "2026-03-02 12:00", True),
    ("mon 09:00-12:00, tue 13:00-24:00", "2026-03-03 23:59", True),
    ("mon 09:00-12:00, tue 13:00-24:00", "2026-03-03 12:59", False),
]


@pytest.mark.parametrize(("text", "wall", "open_"), HOURS)
def test_duty_hours_are_read_as_they_are_written(text: str, wall: str, open_: bool) -> None:
    at = utc(wall)
    assert (
        bool(on_call(rota(layer("ana", starts="2026-01-01 00:00", zone="UTC", only=text)), at))
        is open_
    )


def test_a_layer_without_people_or_length_or_with_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody"):
        layer("")
    with pytest.raises(ValueError, match="every minute"):
        layer("ana", every=timedelta())
    with pytest.raises(ValueError, match="local time"):
        layer("ana", starts="2026-03-02 09:00+01:00")


# Zones with whole, half and odd hours, a skipped day (Apia), two jumps of half an hour (Lord Howe).
ZONES = (
    *("UTC", "Europe/London", "America/Chicago", "Asia/Kolkata", "Australia/Lord_Howe"),
    *("Pacific/Apia", "America/Sao_Paulo", "Africa/Casablanca", "Antarctica/Troll", "Asia/Tehran"),
)
zones = st.sampled_from(ZONES)
CHANGES = (
    *("2026-03-29 01:00", "2026-10-25 01:00", "2026-03-08 08:00", "2026-11-01 07:00"),
    *("2011-12-30 10:00", "2026-04-04 15:00", "2026-10-03 15:30", "2018-02-18 02:00"),
    *("2026-02-15 02:00", "2026-03-22 02:00", "2021-09-21 19:30", "2022-03-21 20:30"),
)
moments = st.timedeltas(timedelta(), timedelta(days=365 * 20))
instants = st.one_of(
    moments.map(lambda span: utc("2010-01-01") + span),
    st.builds(
        lambda change, away: utc(change) + away,
        st.sampled_from(CHANGES),
        st.timedeltas(timedelta(hours=-4), timedelta(hours=4)),
    ),
)
starts = st.integers(0, 3 * 365 * 24 * 4).map(
    lambda quarters: datetime.fromisoformat("2009-01-01") + quarters * timedelta(minutes=15)
)
MANY = tuple(f"{number:06}" for number in range(200_000))
lengths = st.sampled_from([HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, DAY, WEEK, 2 * WEEK])
only = st.sampled_from([None, "Mon-Fri 09:00-18:00", "22:00-06:00", "Sun 01:30-02:30", "Sat-Sun"])
crews = st.integers(1, 5).map(lambda size: tuple("abcde"[:size]))


def a_layer(hours: st.SearchStrategy[str | None]) -> st.SearchStrategy[Layer]:
    return st.builds(
        Layer,
        name=st.just("x"),
        people=crews,
        every=lengths,
        starts=starts,
        timezone=zones,
        only=hours.map(lambda text: None if text is None else duty(text)),
    )


@given(a_layer(st.none()), instants)
def test_at_any_instant_after_the_start_exactly_one_person_is_on_call(
    one: Layer, at: datetime
) -> None:
    local = at.astimezone(ZoneInfo(one.timezone)).replace(tzinfo=None)
    assert len(on_call(Rota((one,)), at)) == (0 if local < one.starts else 1)


@given(a_layer(st.none()), st.integers(0, 500), zones)
def test_hand_overs_stay_at_their_local_hour_the_year_round(
    one: Layer, turn: int, zone: str
) -> None:
    """The k-th hand-over is at `starts` plus k times `every` on the wall, where that exists."""
    wall = one.starts + turn * one.every
    at = wall.replace(tzinfo=ZoneInfo(one.timezone)).astimezone(UTC)
    exists = at.astimezone(ZoneInfo(one.timezone)).replace(tzinfo=None) == wall
    if exists:
        after = on_call(Rota((one,)), at.astimezone(ZoneInfo(zone)))
        assert after == (one.people[turn % len(one.people)],)
        before = on_call(Rota((one,)), at - timedelta(microseconds=1))
        assert before == (() if turn == 0 else (one.people[(turn - 1) % len(one.people)],)) or (
            _clock_changed_within(one, at)
        )


@given(a_layer(st.none()), instants, st.integers(0, 3 * 86400))
def test_turns_never_go_back(one: Layer, at: datetime, later_seconds: int) -> None:
    """With so many people that nobody's turn comes twice, their order is that of time."""
    many = replace(one, people=MANY)
    early = on_call(Rota((many,)), at)
    late = on_call(Rota((many,)), at + timedelta(seconds=later_seconds))
    assert early <= late


@given(
    st.lists(a_layer(only), min_size=1, max_size=3).map(lambda layers: Rota(tuple(layers))),
    instants,
    st.integers(1, 5 * 86400),
    st.lists(st.tuples(st.integers(-86400, 86400 * 3), st.integers(1, 86400)), max_size=2),
    st.lists(st.floats(0, 0.99), min_size=1, max_size=20),
)
def test_shifts_and_gaps_say_the_same_as_asking_at_any_instant(
    who: Rota,
    start: datetime,
    seconds: int,
    swaps: list[tuple[int, int]],
    shares: list[float],
) -> None:
    end = start + timedelta(seconds=seconds)
    overrides = [
        Override(
            start + timedelta(seconds=begin), start + timedelta(seconds=begin + lasts), "swapped"
        )
        for begin, lasts in swaps
    ]
    spans = sorted(
        shifts(who, start, end, overrides) + gaps(who, start, end, overrides),
        key=lambda span: span.start,
    )
    assert (spans[0].start, spans[-1].end) == (start, end)
    for one, following in pairwise(spans):
        assert one.end == following.start
        assert one.people != following.people
    for share in shares:
        at = start + share * (end - start)
        span = next(span for span in spans if span.start <= at < span.end)
        assert span.people == on_call(who, at, overrides)


@given(a_layer(only), instants)
def test_next_is_somebody_else_or_nobody(one: Layer, at: datetime) -> None:
    who = Rota((one,))
    people, then = on_call(who, at), next_on_call(who, at)
    assert not set(people) & set(then)
    if len(one.people) > 1 and people:
        assert then


def _clock_changed_within(one: Layer, at: datetime) -> bool:
    zone = ZoneInfo(one.timezone)
    return (at - DAY).astimezone(zone).utcoffset() != (at + DAY).astimezone(zone).utcoffset()
