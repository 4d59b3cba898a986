"""Somebody takes a duty for a while: who may, who is paged then, and what is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import recipients
from bot.core.events import Actor, OverrideAsked, OverrideEnded
from bot.core.overrides import TeamOverride, with_overrides
from bot.core.policy import Policy, Team
from bot.core.rota import Layer, Rota
from tests.core.world import START, World, person, policy

ANA, BO = Actor("ana", "slack", slack="U0ana"), Actor("bo", "slack", slack="U0bo")
EVE = Actor("eve", "slack", slack="U0eve")
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)


def turns(*people: str, every: timedelta = WEEK, zone: str = "Europe/London") -> Rota:
    """A rota that began on the Monday before START, so the first one has the duty at START."""
    return Rota(
        (Layer("primary", people, every, datetime.fromisoformat("2026-11-23 09:00"), zone),)
    )


def rules(**changes: object) -> Policy:
    """IT has a rota, Ana before Ida; in the other teams everyone is on call."""
    base = policy()
    teams = {**base.teams, "it": replace(base.teams["it"], rota=turns("ana", "ida"))}
    return replace(base, teams=teams, **changes)  # type: ignore[arg-type]


def asks(
    world: World, who: str, hours: tuple[float, float], actor: Actor = ANA, **of: object
) -> str:
    """Somebody asks for an override, so many hours from now; returns what they are told."""
    start, end = (world.now + timedelta(hours=count) for count in hours)
    before = len(world.private())
    world.happens(OverrideAsked(who, start, end, actor, world.now, **of))  # type: ignore[arg-type]
    (answer,) = world.private()[before:]
    return answer


def ends(world: World, number: int, actor: Actor = ANA) -> str:
    world.happens(OverrideEnded(number, actor, world.now))
    return world.private()[-1]


def paged(world: World) -> set[str]:
    """Of IT, which has the rota."""
    return {page.person for page in world.pages() if page.team == "it"}


def test_whoever_stands_in_is_paged_instead_of_the_one_on_the_rota() -> None:
    world = World(rules())
    answer = asks(world, "ida", (0, 9))
    assert answer == (
        "Ida is on call for IT from 03:12 to 12:12. /midwatch override end 1 ends it."
    )
    (post,) = world.posts()
    assert post.startswith("Ida is on call for IT from <!date^")
    assert post.endswith("(Ana said so). Override 1.")
    world.goes_down()
    assert paged(world) == {"ida"}


def test_when_it_is_over_the_rota_goes_on() -> None:
    world = World(rules())
    asks(world, "ida", (0, 1))
    world.passes(hours=1)
    world.goes_down()
    assert paged(world) == {"ana"}


def test_one_that_has_not_begun_changes_nothing_yet() -> None:
    world = World(rules())
    asks(world, "ida", (1, 2))
    world.goes_down()
    assert paged(world) == {"ana"}


def test_who_is_paged_already_keeps_the_page_and_the_next_step_asks_the_new_one() -> None:
    world = World(rules())
    world.goes_down()
    asks(world, "ida", (0, 9))
    assert paged(world) == {"ana"}
    (page,) = world.pages("ana")
    assert page.state.value != "cancelled"
    world.passes(minutes=4)
    assert paged(world) == {"ana", "ida"}
    assert len(world.pages("ana")) == 1


def test_of_two_at_once_the_later_has_the_last_word() -> None:
    world = World(rules())
    asks(world, "ida", (0, 9))
    asks(world, "bo", (0, 9), team="it")
    world.goes_down()
    assert paged(world) == {"bo"}
    assert ends(world, 2) == "Override 2 is ended. IT's rota goes on without it."
    world.goes_down("search")
    assert "ida" in paged(world)


def test_who_stands_in_from_another_team_can_say_that_they_have_it() -> None:
    world = World(rules())
    asks(world, "eve", (0, 9), team="it")
    world.goes_down()
    assert paged(world) == {"eve"}
    assert "#1 is yours for IT" in world.texts("eve", "1")[0]
    assert world.light("it") == "acknowledged by eve"
    assert ends(world, 1, Actor("eve", "slack")).startswith("Override 1 is ended")
    assert asks(world, "eve", (0, 9), EVE, team="it").startswith("Only somebody in IT")


def test_a_swap_counts_only_while_the_other_would_have_the_duty() -> None:
    world = World(rules())
    two_weeks = (0.0, 14 * 24.0)
    assert "Ida is on call for IT, instead of Ana, from" in asks(
        world, "ida", two_weeks, replaces="ana"
    )
    world.goes_down()
    assert paged(world) == {"ida"}
    refused = asks(world, "bo", (0, 2), replaces="eve", team="it")
    assert refused == "Eve is not on call for IT in that time. Nothing was changed."


def test_it_is_written_down_who_asked_and_who_ended_it() -> None:
    world = World(rules())
    of = OverrideAsked("ida", world.now, world.now + HOUR, ANA, world.now)
    (asked,) = world.happens(of).entries
    assert (asked.kind, asked.by) == ("override", "Ana")
    assert dict(asked.facts)["person"] == "ida"
    (ended,) = world.happens(OverrideEnded(1, Actor("ida", "slack"), world.now)).entries
    assert (ended.kind, ended.by) == ("override_ended", "Ida")
    assert world.posts()[-1] == "Ida ended override 1 (Ida for IT): the rota goes on without it."


@pytest.mark.parametrize(
    ("who", "hours", "actor", "of", "said"),
    [
        ("ida", (0, 1), BO, {}, "Only somebody in IT, or an admin,"),
        ("bo", (0, 1), BO, {}, "Bo's team has no rota. Say for which team: IT."),
        ("ida", (0, 1), Actor(None, "slack"), {}, "You are in no team"),
        ("zoe", (0, 1), ANA, {}, "There is no person zoe."),
        ("ida", (0, 1), ANA, {"replaces": "zoe"}, "There is no person zoe."),
        ("ida", (0, 1), ANA, {"team": "sales"}, "There is no team sales."),
        ("bo", (0, 1), BO, {"team": "development"}, "Development has no rota: everyone"),
        ("ida", (-2, -1), ANA, {}, "That is over already"),
        ("ida", (2, 1), ANA, {}, "That ends before it begins."),
        ("ida", (0, 31 * 24 + 1), ANA, {}, "That is longer than 31 days"),
        ("ana", (0, 1), ANA, {"replaces": "ana"}, "Ana cannot stand in for Ana."),
        ("bo", (0, 1), BO, {"replaces": "bo"}, "Bo is in no rota"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_privately(
    who: str, hours: tuple[float, float], actor: Actor, of: dict[str, str], said: str
) -> None:
    world = World(rules())
    answer = asks(world, who, hours, actor, **of)
    assert answer.startswith(said)
    assert world.scene.overrides == ()
    assert world.posts() == []


def test_nobody_stands_in_whom_nothing_reaches() -> None:
    world = World(rules())
    marks = {("ida", "sms"): "opted_out", ("ida", "slack"): "opted_out"}
    world.scene = replace(world.scene, unusable=marks)
    assert "Ida has no channel that works" in asks(world, "ida", (0, 1))
    assert world.scene.overrides == ()


def test_without_any_rota_there_is_nothing_to_override() -> None:
    world = World()
    said = asks(world, "ida", (0, 1))
    assert said == "No team has a rota: everyone is on call, always. Nothing was changed."


def test_one_who_is_in_two_rotas_has_to_say_which() -> None:
    base = rules()
    both = Team("payments_team", "Payments", ("eve", "ida"), turns("eve", "ida"))
    world = World(replace(base, teams={**base.teams, "payments_team": both}))
    assert asks(world, "ida", (0, 1)).startswith("Say for which team: IT and Payments")
    assert "for Payments" in asks(world, "ida", (0, 1), EVE, team="payments")


def test_an_admin_may_change_every_rota() -> None:
    base = rules()
    eve = replace(person("eve"), admin=True)
    world = World(replace(base, people={**base.people, "eve": eve}))
    assert "Ida is on call for IT" in asks(world, "ida", (0, 1), EVE)
    assert "is ended" in ends(world, 1, EVE)


def test_another_team_ends_none_and_none_is_ended_twice() -> None:
    world = World(rules())
    asks(world, "ida", (0, 1))
    assert ends(world, 1, BO).startswith("Only somebody in IT")
    assert ends(world, 1) == "Override 1 is ended. IT's rota goes on without it."
    assert ends(world, 1) == "There is no override 1, or it has ended. Nothing was changed."


def test_one_for_somebody_who_left_the_configuration_counts_no_longer() -> None:
    gone = TeamOverride(1, "it", "zoe", START, START + HOUR, "ana", START)
    known = with_overrides(rules(), [gone])
    assert recipients.on_call(known.teams["it"], known, START) == ("ana",)


def moments() -> st.SearchStrategy[datetime]:
    """Any minute of 2026 and 2027: every clock change of two years is among them."""
    first = datetime(2026, 1, 1, tzinfo=UTC)
    return st.integers(0, 2 * 365 * 1440).map(lambda count: first + timedelta(minutes=count))


@st.composite
def overrides(draw: st.DrawFn) -> list[TeamOverride]:
    people = st.sampled_from(["ana", "ida", "bo", "zoe"])
    found = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        start = draw(moments())
        lasts = timedelta(minutes=draw(st.integers(1, 31 * 1440)))
        instead = draw(st.none() | people)
        found.append(
            TeamOverride(number, "it", draw(people), start, start + lasts, "ana", start, instead)
        )
    return found


ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]


@given(
    st.sampled_from(ZONES), st.integers(60, 21 * 1440), overrides(), st.lists(moments(), max_size=4)
)
def test_exactly_one_person_or_the_fallback_is_on_call_at_any_instant(
    zone: str, every: int, asked: list[TeamOverride], others: list[datetime]
) -> None:
    base = rules()
    team = replace(base.teams["it"], rota=turns("ana", "ida", every=timedelta(minutes=every)))
    known = with_overrides(replace(base, teams={**base.teams, "it": team}), asked)
    tick = timedelta(microseconds=1)
    edges = [at + by for it in asked for at in (it.start, it.end) for by in (-tick, tick * 0)]
    for at in [*edges, *others]:
        people = recipients.on_call(known.teams["it"], known, at)
        in_force = [it for it in asked if it.start <= at < it.end and it.person != "zoe"]
        whole_team = people == ("ana", "ida")
        assert len(people) == 1 or whole_team
        if in_force and in_force[-1].replaces is None:
            assert people == (in_force[-1].person,)
        elif at.astimezone(UTC) >= datetime(2026, 11, 24, 12, tzinfo=UTC):
            assert not whole_team, "the rota has begun: somebody has the duty"
