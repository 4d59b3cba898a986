"""The week ahead: what is missing, how it is said, and how often."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.events import WeekLooked
from bot.core.holes import Lack, holes
from bot.core.policy import Policy
from bot.core.recipients import BY_PHONE
from bot.core.rota import Layer, Rota, on_call
from bot.core.rota_ahead import is_time
from bot.core.wording import week_ahead as say
from tests.core.test_rota import layer, rota
from tests.core.world import World, person, policy

MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def rules(turns: Rota, *phoneless: str) -> Policy:
    """IT goes by this rota; everybody but these has a phone."""
    base = policy()
    people = {
        key: person(key, *(("slack",) if key in phoneless else ("sms", "call", "slack")))
        for key in base.people
    }
    return replace(
        base, people=people, teams={**base.teams, "it": replace(base.teams["it"], rota=turns)}
    )


OFFICE = rota(layer("ana ida", only="Mon-Fri 09:00-18:00"))
ALWAYS = rota(layer("ana ida"))


def looks(world: World, at: datetime) -> list[str]:
    """It is looked at that time; returns what is said in the channel."""
    world.now, before = at, len(world.posts())
    world.happens(WeekLooked(at))
    return world.posts()[before:]


def test_the_hours_that_nobody_covers_are_told_with_what_mends_them() -> None:
    weekdays = rota(layer("ana ida", only="Mon-Fri 00:00-24:00"))
    (text,) = looks(World(rules(weekdays)), MONDAY)
    assert text.startswith("*On call in the coming 7 days*: not everything is covered.")
    assert "• IT: nobody is on call from <!date^" in text
    assert "28 Nov 00:00> to <!date^" in text
    assert "30 Nov 00:00>. Then all of IT is paged." in text
    assert "`/midwatch override NAME FROM-TO in it`" in text


def test_somebody_whom_no_phone_reaches_is_told_with_the_reason() -> None:
    world = World(rules(ALWAYS, "ida"))
    (text,) = looks(world, MONDAY + timedelta(days=7))
    assert "Ida is on call" in text
    assert "and has no phone that works." in text
    assert "or a phone of Ida's that works" in text
    world = World(rules(ALWAYS))
    marks = {("ana", "sms"): "opted_out", ("ana", "call"): "landline"}
    world.scene = replace(world.scene, unusable=marks)
    (text,) = looks(world, MONDAY)
    assert "Ana is on call" in text
    assert "no phone that works (it has opted out of texts)" in text


def test_who_can_be_called_has_a_phone_and_without_twilio_nobody_is_blamed() -> None:
    known = rules(ALWAYS)
    assert holes(known, {("ana", "sms"): "landline"}, MONDAY) == []
    nobody = rules(ALWAYS, *known.people)
    assert holes(nobody, {}, MONDAY) == []


def test_it_is_said_again_after_a_week_or_when_something_changed() -> None:
    world = World(rules(OFFICE))
    days = [len(looks(world, MONDAY + number * DAY)) for number in range(8)]
    assert days == [1, 0, 0, 0, 0, 0, 0, 1], "each night is a new one, and yet the same hole"
    world.policy = rules(rota(layer("ana ida", only="Mon-Fri 09:00-17:00")))
    assert len(looks(world, MONDAY + 8 * DAY)) == 1
    world.policy = rules(ALWAYS)
    assert looks(world, MONDAY + 9 * DAY) == []
    world.policy = rules(rota(layer("ana ida", only="Mon-Fri 09:00-17:00")))
    assert len(looks(world, MONDAY + 10 * DAY)) == 1, "it was mended meanwhile"


def test_a_rota_that_has_not_begun_is_one_hole_that_is_told_once() -> None:
    later = rota(layer("ana ida", starts="2027-03-01 09:00"))
    world = World(rules(later))
    assert [len(looks(world, MONDAY + number * DAY)) for number in range(4)] == [1, 0, 0, 0]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23 14:59", False),  # Monday 08:59 in Chicago
        ("2026-11-23 15:00", True),
        ("2026-11-28 16:00", False),  # Saturday
    ],
)
def test_it_is_looked_on_working_days_from_nine(at: str, expected: bool) -> None:
    chicago = replace(policy(), timezone="America/Chicago")
    assert is_time(chicago, datetime.fromisoformat(at).replace(tzinfo=UTC)) is expected


def test_many_of_one_kind_are_counted() -> None:
    known = rules(OFFICE)
    (line,) = say.plain(holes(known, {}, MONDAY), known, "Europe/London", MONDAY)
    assert line == (
        "IT: nobody is on call from 18:00 to 24 Nov 09:00, from 24 Nov 18:00 to 25 Nov 09:00, "
        "from 25 Nov 18:00 to 26 Nov 09:00, and 2 more times. Then all of IT is paged."
    )


def test_a_message_about_hundreds_of_teams_stays_short() -> None:
    one = rules(OFFICE)
    teams = {f"t{number}": replace(one.teams["it"], key=f"t{number}") for number in range(99)}
    known = replace(one, teams=teams)
    text = say.told(holes(known, {}, MONDAY), known)
    assert text.count("nobody is on call") == say.MOST_LINES
    assert "and 87 more" in text


@given(
    st.builds(
        Layer,
        name=st.just("x"),
        people=st.sampled_from([("ana",), ("ana", "ida"), ("ida", "bo", "ana")]),
        every=st.sampled_from([timedelta(hours=8), DAY, 7 * DAY]),
        starts=st.sampled_from([datetime(2026, 11, 1), datetime(2026, 11, 27, 13)]),  # noqa: DTZ001
        timezone=st.sampled_from(["Europe/London", "Australia/Lord_Howe", "America/New_York"]),
        only=st.sampled_from([None, layer("a", only="Mon-Fri 09:00-18:00").only]),
    ),
    st.sets(st.sampled_from(["ana", "ida"])),
    st.lists(st.integers(0, 7 * 86400 - 1), min_size=1, max_size=10),
)
def test_an_instant_is_in_a_hole_exactly_when_no_phone_would_ring(
    one: Layer, phoneless: set[str], seconds: list[int]
) -> None:
    known = rules(Rota((one,)), *phoneless)
    found = holes(known, {}, MONDAY)
    for count in seconds:
        at = MONDAY + timedelta(seconds=count)
        people = on_call(Rota((one,)), at)
        lacks = {hole.lack for hole in found if hole.start <= at < hole.end}
        reached = any(BY_PHONE & set(known.people[key].channels) for key in people)
        if not people:
            assert lacks == {Lack.NOBODY}
        else:
            assert lacks == (set() if reached else {Lack.NO_PHONE})
