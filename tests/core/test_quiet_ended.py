"""A quiet that somebody ends before its time: what is down then is paged again at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.events import Actor, Silenced, SilenceEnded
from bot.core.policy import Window
from tests.core.world import START, World, policy

ANA = Actor("ana", "slack")


def quieted(world: World, **of: object) -> None:
    world.happens(Silenced(ANA, world.now, timedelta(hours=2), **of))  # type: ignore[arg-type]


def loud(world: World, actor: Actor = ANA, **of: object) -> None:
    world.happens(SilenceEnded(actor, world.now, **of))  # type: ignore[arg-type]


def new_pages(world: World, since: int) -> set[str]:
    return {page.person for page in world.pages()[since:]}


def test_a_text_ends_the_quiet_of_an_incident_and_both_teams_are_paged_again() -> None:
    world = World()
    world.goes_down()
    (answer,) = world.texts("ana", "1 ok 2h")
    assert answer.endswith("1 loud ends it.")
    world.passes(minutes=20)
    before = len(world.pages())
    assert world.texts("ana", "1 loud") == [
        "No longer quiet: checkout. What is down is paged again now."
    ]
    assert new_pages(world, before) >= {"ana", "bo"}
    assert "Ana ended the quiet for checkout" in world.replies()[-1]


@pytest.mark.parametrize("words", ["1 loud", "unmute 1", "Loud #1.", "unsilence 1"])
def test_it_may_be_said_in_several_words(words: str) -> None:
    world = World()
    world.goes_down()
    quieted(world, number=1)
    assert "No longer quiet" in world.texts("bo", words)[0]


def test_what_went_down_in_a_quiet_gets_its_incident_when_that_is_ended() -> None:
    world = World()
    quieted(world, service="checkout", maintenance=True, reason="disks")
    world.passes(minutes=5)
    world.goes_down()
    assert world.scene.incidents == ()
    loud(world, service="checkout")
    assert world.incident.service == "checkout"
    assert {page.person for page in world.pages()} >= {"ana", "bo"}


def test_a_team_that_has_it_is_reminded_and_not_paged_anew() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1")
    quieted(world, number=1)
    world.passes(minutes=20)
    before = len(world.pages())
    loud(world, number=1)
    assert "ana" not in new_pages(world, before)
    assert "bo" in new_pages(world, before)


def test_all_that_people_asked_for_ends_at_once() -> None:
    world = World()
    quieted(world)
    quieted(world, service="payments")
    world.goes_down()
    loud(world)
    assert all(silence.ended for silence in world.scene.silences)
    assert world.incident.service == "checkout"


def test_one_service_does_not_end_the_quiet_of_every_one() -> None:
    world = World()
    quieted(world)
    world.goes_down()
    loud(world, service="checkout")
    assert world.scene.incidents == ()
    assert "by a maintenance of every service" in world.private()[-1]


def test_what_the_configuration_plans_is_not_ended() -> None:
    window = Window(START - timedelta(hours=1), START + timedelta(hours=1), frozenset({"checkout"}))
    world = World(replace(policy(), windows=(window,)))
    world.goes_down()
    loud(world, service="checkout")
    assert world.scene.incidents == ()
    assert "that the configuration plans" in world.private()[-1]


def test_nothing_quiet_is_said_and_strangers_change_nothing() -> None:
    world = World()
    loud(world, service="checkout")
    assert world.private()[-1] == "Nothing was quiet: checkout is paged as always."
    loud(world, number=7)
    assert "no incident #7" in world.private()[-1]
    quieted(world, service="checkout")
    loud(world, Actor(None, "slack"), service="checkout")
    assert not world.scene.silences[0].ended


def test_a_quiet_that_is_ended_at_once_brings_no_reminder_early() -> None:
    world = World()
    world.goes_down()
    world.sends(*world.pages())
    world.texts("ana", "1")
    world.texts("bo", "1")
    world.passes(minutes=6)
    world.texts("ana", "1 ok 60m")
    world.passes(seconds=3)
    world.texts("ana", "1 loud")
    world.passes(minutes=20)
    assert world.pages(reason="reminder") == []
    world.passes(minutes=4)
    assert {page.person for page in world.pages(reason="reminder")} == {"ana", "bo"}
