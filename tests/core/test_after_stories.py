"""After the acknowledgement: owners are reminded while it is down, and told when it is over."""

from datetime import timedelta

from bot.core.events import Actor, Silenced
from bot.core.page import Page
from tests.core.stormy import many, number
from tests.core.world import World


def down_and_acknowledged(*who: str) -> World:
    world = World()
    world.goes_down()
    world.sends(*world.pages())
    for each in who or ("ana", "bo"):
        world.texts(each, "1")
    return world


def minutes(world: World, pages: list[Page], since: float = 0) -> list[float]:
    began = min(page.created_at for page in world.pages())
    return [(page.created_at - began).total_seconds() / 60 - since for page in pages]


def over(world: World, who: str | None = None) -> list[str]:
    return sorted(page.person for page in world.pages(who, "resolved"))


def test_each_owner_is_reminded_of_their_own_team() -> None:
    world = down_and_acknowledged("ida", "dee")
    world.passes(hours=9)
    told = world.pages(reason="reminder")
    assert sorted({(page.person, page.team) for page in told}) == [
        ("dee", "development"),
        ("ida", "it"),
    ]
    assert minutes(world, world.pages("ida", "reminder")) == [30, 90, 150]


def test_nobody_is_reminded_before_every_team_has_it() -> None:
    world = down_and_acknowledged("ana")
    world.passes(minutes=29)
    world.texts("bo", "1")
    world.passes(minutes=29)
    assert world.pages(reason="reminder") == []
    world.passes(minutes=2)
    assert sorted(page.person for page in world.pages(reason="reminder")) == ["ana", "bo"]


def test_down_again_it_begins_anew_with_three_reminders() -> None:
    world = down_and_acknowledged()
    world.passes(hours=2)
    assert len(world.pages("ana", "reminder")) == 2
    world.comes_up()
    world.passes(minutes=10)
    world.goes_down()
    assert world.incident.reopened == 1
    world.passes(minutes=1)
    world.texts("ida", "1")
    world.texts("bo", "1")
    before = len(world.pages(reason="reminder"))
    world.passes(hours=9)
    told = world.pages(reason="reminder")[before:]
    assert [page.person for page in told if page.team == "it"] == ["ida"] * 3
    assert len(told) == 6


def test_over_before_the_half_hour_nobody_is_reminded() -> None:
    world = down_and_acknowledged()
    world.passes(minutes=29)
    world.comes_up()
    world.passes(hours=3)
    assert world.pages(reason="reminder") == []


def test_quiet_in_between_takes_no_reminder_away() -> None:
    world = down_and_acknowledged()
    world.passes(minutes=40)
    quiet = timedelta(minutes=90)
    world.happens(Silenced(Actor("ana", "slack"), world.now, quiet, number=1))
    world.passes(hours=9)
    assert minutes(world, world.pages("ana", "reminder")) == [30, 130, 190]


def test_whoever_was_paged_hears_once_that_it_is_over_also_those_who_came_late() -> None:
    world = World()
    world.goes_down()
    world.passes(minutes=9)
    world.sends(*world.pages())
    world.comes_up()
    assert over(world) == ["ana", "bo", "dee", "ida"]


def test_after_a_reopening_those_who_were_paged_again_hear_again() -> None:
    world = down_and_acknowledged()
    world.comes_up()
    assert over(world) == ["ana", "bo", "dee", "ida"]
    world.passes(minutes=5)
    world.goes_down()
    world.sends(*[page for page in world.pages() if page.created_at == world.now])
    world.passes(minutes=1)
    world.comes_up()
    assert over(world) == sorted(["ana", "bo", "dee", "ida"] * 2)


def test_incidents_that_became_one_are_reminded_of_and_over_once() -> None:
    world = World(many("s1", "s2", "s3", storm=2))
    for name in ("s1", "s2"):
        world.goes_down(name)
        world.sends(*[page for page in world.pages() if page.sent_at is None])
        world.passes(seconds=1)
    world.goes_down("s3")
    world.sends(*[page for page in world.pages() if page.sent_at is None and page.waiting])
    assert number(world, 2).merged_into == 1
    for who in ("ana", "bo", "eve"):
        world.texts(who, "2")
    world.passes(hours=9)
    told = world.pages(reason="reminder")
    assert {page.incident for page in told} == {1}
    assert sorted(page.person for page in told) == sorted(["ana", "bo", "eve"] * 3)
    for name in ("s1", "s2", "s3"):
        world.comes_up(name)
    assert number(world, 1).resolved_at is not None
    assert over(world) == ["ana", "bo", "dee", "eve", "ida"]
