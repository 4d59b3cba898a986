"""Nobody is told that nothing is down while somebody's quiet hides what is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.events import Actor, SightChanged, Silenced
from bot.core.page import PageState
from bot.core.policy import Window
from bot.core.signal import Level, Signal
from bot.core.wording import answers
from tests.core.world import World, policy


def quiet(world: World) -> None:
    """Somebody asks for quiet for the service itself, whatever becomes of the incident."""
    lasts = timedelta(minutes=30)
    world.happens(Silenced(Actor("ana", "slack"), world.now, lasts, service="checkout"))


def test_a_service_down_again_within_the_quiet_is_not_called_up() -> None:
    world = World()
    world.goes_down()
    quiet(world)
    world.passes(minutes=2)
    world.comes_up()
    world.passes(minutes=1)
    world.goes_down()
    assert not world.incident.open
    (told,) = world.texts("ana", "?")
    assert "Nothing is down" not in told
    assert told.startswith("Nothing is open. Quiet, nobody is paged: checkout until ")


def test_slack_says_what_is_quiet_too() -> None:
    world = World()
    world.goes_down()
    quiet(world)
    world.passes(minutes=2)
    world.comes_up()
    told = answers.status((), world.scene.silences, world.policy, world.now)
    assert told.startswith(
        "No incident is open.\n\N{BELL WITH CANCELLATION STROKE} checkout is quiet"
    )


def test_a_quiet_service_whose_incident_is_open_is_told_of_once() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1 ok 30m")
    (told,) = world.texts("ana", "?")
    assert told.startswith("#1 checkout ")
    assert "nobody is paged" not in told


def test_planned_work_is_told_of_and_gone_when_it_is_over() -> None:
    world = World()
    planned = Window(world.now, world.now.replace(hour=world.now.hour + 1), frozenset({"checkout"}))
    world = World(replace(policy(), windows=(planned,)))
    assert "checkout until" in world.texts("ana", "?")[0]
    world.passes(hours=1)
    assert world.texts("ana", "?")[0].startswith("Nothing is down. ")


def test_a_quiet_for_an_incident_of_several_services_holds_its_pages() -> None:
    world = World()
    world.goes_down()
    other = replace(world.incident.services[0], service="search")
    both = replace(world.incident, services=(*world.incident.services, other))
    world.scene = replace(world.scene, incidents=(both,))
    world.texts("ana", "1 ok 30m")
    assert {page.state for page in world.pages()} == {PageState.CANCELLED}
    assert len(world.scene.silences) == 2


def test_what_is_down_when_midwatch_sees_again_is_numbered_the_same_every_time() -> None:
    """Pure: sets come in another order in every process."""
    rules, names = policy(), [f"service-{letter}" for letter in "abcdefgh"]
    services = {name: replace(rules.services["search"], key=name) for name in names}
    world = World(replace(rules, services=services, storm=999))
    signals = tuple(
        Signal(name, "health", "check", Level.DOWN, world.now, world.now, "HTTP 503")
        for name in names
    )
    world.scene = replace(world.scene, signals=signals, blind_since=world.now)
    world.happens(SightChanged(False, world.now, world.now))
    assert [incident.service for incident in world.scene.incidents] == names


def test_who_asks_for_people_within_a_quiet_gets_them_and_is_told_whom() -> None:
    """The quiet was asked for by a person; so are the people now."""
    world = World()
    world.goes_down()
    world.texts("ana", "1 ok 30m")
    world.passes(minutes=2)
    before = len(world.pages())
    (told,) = world.texts("ana", "1 esc")
    paged = world.pages()[before:]
    assert {page.person for page in paged} == {"ana", "ida", "bo", "dee"}
    assert all(page.state is PageState.QUEUED for page in paged)
    assert told == (
        "#1: IT (Ana and Ida) and Development (Bo and Dee) paged again, next step now. "
        "Otherwise quiet until 03:42."
    )
    world.passes(minutes=27)
    assert len(world.pages()) == before + len(paged), "what follows waits for the quiet's end"
    world.passes(minutes=2)
    assert len(world.pages()) > before + len(paged)


def test_who_asks_for_a_team_that_nothing_reaches_is_told_so() -> None:
    rules = policy()
    deaf = {key: replace(rules.people[key], channels=()) for key in ("bo", "dee")}
    world = World(replace(rules, people={**rules.people, **deaf}))
    world.goes_down()
    world.texts("ana", "1")
    world.passes(minutes=1)
    assert world.texts("ana", "1 esc") == ["#1: Nobody in Development can be reached."]


@pytest.mark.parametrize("words", ["1 2", "1, 2", "1 and 2"])
def test_several_numbers_in_one_text_change_nothing_and_it_is_said_how_to(words: str) -> None:
    world = World()
    world.goes_down("checkout")
    world.goes_down("search")
    (told,) = world.texts("ana", words)
    assert told.startswith("Not understood, nothing changed. One number a text, or all. Say: 1 ")
    assert world.light_of(1, "it") == world.light_of(2, "it") == "paging"


@pytest.mark.parametrize("words", ["?", "who are you"])
def test_what_can_be_said_names_what_is_open(words: str) -> None:
    world = World()
    assert "Say: 12 (have it)" in world.texts("ana", words)[0], "an example"
    world.goes_down()
    (told,) = world.texts("ana", words)
    assert "1 (have it), all, 1 esc" in told
    assert "12" not in told.replace("03:12", "")
    assert world.texts("ana", "1")[0].startswith("#1 is yours")
