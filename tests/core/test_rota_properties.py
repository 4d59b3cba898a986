"""One person, or else the whole team, has every duty at any instant, whatever the clocks do.

Checked against a second way of telling it: by listing the hand-overs, each at its real instant.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import recipients
from bot.core.duty_hours import is_open
from bot.core.policy import Policy, Team
from bot.core.rota import Layer, Override, Rota, on_call
from tests.core.test_rota import DAY, HOUR, a_layer, duty, instants, only, utc
from tests.core.world import person, policy

ODD = (
    *("Australia/Lord_Howe", "Europe/London", "America/New_York"),
    *("Asia/Kolkata", "Pacific/Apia", "America/St_Johns", "Africa/Casablanca"),
)
"""Half an hour of summer time, the usual, none, a skipped day, half hours, twice a year around."""
CHANGES = (
    ("Australia/Lord_Howe", "2026-04-04 15:00"),
    ("Australia/Lord_Howe", "2026-10-03 15:30"),
    ("Europe/London", "2026-03-29 01:00"),
    ("Europe/London", "2026-10-25 01:00"),
    ("America/New_York", "2026-03-08 07:00"),
    ("America/New_York", "2026-11-01 06:00"),
    ("Pacific/Apia", "2011-12-30 10:00"),
    ("Pacific/Apia", "2011-04-02 14:00"),
    ("Africa/Casablanca", "2026-02-15 02:00"),
    ("Africa/Casablanca", "2026-03-22 02:00"),
)
CREW = ("a", "b", "c", "d", "e")


layers = st.builds(
    lambda one, zone: replace(one, timezone=zone), a_layer(only), st.sampled_from(ODD)
)
rotas = st.lists(layers, min_size=1, max_size=3).map(lambda several: Rota(tuple(several)))


@st.composite
def swaps(draw: st.DrawFn, at: datetime) -> tuple[Override, ...]:
    """Some around this instant, some of them by or for somebody who left."""
    found = []
    for _ in range(draw(st.integers(0, 3))):
        start = at + timedelta(minutes=draw(st.integers(-600, 60)))
        lasts = timedelta(minutes=draw(st.integers(1, 900)))
        instead = draw(st.none() | st.sampled_from(CREW))
        found.append(Override(start, start + lasts, draw(st.sampled_from(CREW)), instead))
    return tuple(found)


def team_of(rota: Rota, overrides: tuple[Override, ...]) -> tuple[Team, Policy]:
    team = Team("it", "IT", CREW, rota, overrides)
    return team, replace(policy(), people={key: person(key) for key in CREW}, teams={"it": team})


@given(rotas, instants, st.data())
def test_exactly_one_person_or_the_whole_team_is_on_call(
    rota: Rota, at: datetime, data: st.DataObject
) -> None:
    overrides = data.draw(swaps(at))
    team, known = team_of(rota, overrides)
    people = recipients.on_call(team, known, at)
    named = on_call(rota, at, overrides)
    assert people == (named or CREW)
    assert len(named) <= 1
    assert named == told_otherwise(rota, at, overrides)


@given(
    st.sampled_from(CHANGES),
    st.sampled_from([timedelta(minutes=20), HOUR, 4 * HOUR, DAY]),
    st.integers(0, 95),
    st.integers(-90, 90),
    st.integers(1, 3),
)
def test_while_a_clock_changes_the_hand_overs_that_happened_stay_happened(
    change: tuple[str, str], every: timedelta, quarter: int, minutes: int, size: int
) -> None:
    zone, when = change
    at = utc(when) + timedelta(minutes=minutes)
    day = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, hour=0, minute=0)
    starts = day - 2 * DAY + quarter * timedelta(minutes=15)
    rota = Rota((Layer("x", CREW[:size], every, starts, zone),))
    named = on_call(rota, at)
    assert named == told_otherwise(rota, at, ())
    assert len(named) == 1


def told_otherwise(rota: Rota, at: datetime, overrides: tuple[Override, ...]) -> tuple[str, ...]:
    """The same by listing: of each layer the last hand-over that has happened."""
    people: tuple[str, ...] = ()
    for layer in rota.layers:
        turn = last_hand_over(layer, at)
        wall = at.astimezone(ZoneInfo(layer.timezone)).replace(tzinfo=None)
        manned = turn is not None and (layer.only is None or is_open(layer.only, wall))
        if manned and turn is not None:
            people = (layer.people[turn % len(layer.people)],)
            break
    for override in overrides:
        if override.start <= at < override.end and override.replaces in (None, *people):
            people = (override.person,)
    return people


def last_hand_over(layer: Layer, at: datetime) -> int | None:
    """Its number; None before the first one."""
    wall = at.astimezone(ZoneInfo(layer.timezone)).replace(tzinfo=None)
    near = (wall - layer.starts) // layer.every
    around_it = range(max(0, near - 30), near + 30)
    happened = [turn for turn in around_it if instant_of(layer, turn) <= at]
    return max(happened, default=None)


def instant_of(layer: Layer, turn: int) -> datetime:
    """When the wall clock first shows that hand-over, or has jumped over it."""
    zone, wall = ZoneInfo(layer.timezone), layer.starts + turn * layer.every
    first = wall.replace(tzinfo=zone).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return first
    low = high = first - DAY - 2 * HOUR
    while high.astimezone(zone).replace(tzinfo=None) < wall:
        low, high = high, high + timedelta(hours=12)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


APIA = Layer("x", CREW[:3], DAY, datetime.fromisoformat("2011-12-27 09:00"), "Pacific/Apia")


@pytest.mark.parametrize(
    ("at", "who"),
    [
        ("2011-12-29 18:59", "b"),  # 29 December, 08:59: ten hours behind Greenwich
        ("2011-12-29 19:00", "c"),
        ("2011-12-30 09:59", "c"),  # 29 December, 23:59
        ("2011-12-30 10:00", "a"),  # 31 December, 00:00: the hand-over of the 30th is made up for
        ("2011-12-30 19:00", "b"),  # 31 December, 09:00
    ],
)
def test_a_day_that_a_country_skips_is_nobodys_turn_for_long(at: str, who: str) -> None:
    assert on_call(Rota((APIA,)), utc(at)) == (who,)


def test_half_an_hour_of_summer_time_moves_nobodys_hand_over() -> None:
    """Lord Howe goes back from 02:00 to 01:30 on 5 April 2026, at 15:00 UTC the day before."""
    starts = datetime.fromisoformat("2026-04-04 01:45")
    hourly = Layer("x", CREW[:2], DAY, starts, "Australia/Lord_Howe", duty("00:00-24:00"))
    rota = Rota((hourly,))
    seen = [on_call(rota, utc(f"2026-04-04 {clock}")) for clock in ("14:44", "14:45", "15:05")]
    assert seen == [("a",), ("b",), ("b",)], "at the first 01:45, and not given back at the second"
