"""What support reads of an outage, in words for customers."""

from dataclasses import replace
from datetime import timedelta

from bot.core.events import Actor, CauseDecided
from bot.core.follow_up_events import FollowUpAnswered
from tests.core.stormy import SEVEN, many
from tests.core.world import World, deployment, policy


def calls_it_the_shop() -> World:
    rules = policy()
    shop = replace(rules.services["checkout"], name="Web shop")
    world = World(replace(rules, services={**rules.services, "checkout": shop}))
    world.scene = replace(
        world.scene, deployments=(deployment("v1.42", ended=timedelta(minutes=6)),)
    )
    return world


def plain(text: str) -> str:
    return text.replace("*", "")


def test_support_hears_that_it_began_that_it_is_over_and_its_cause_once_people_said_so() -> None:
    world = calls_it_the_shop()
    world.goes_down()
    (began,) = world.support()
    assert plain(began).startswith("Web shop does not work since")
    assert "IT and Development were alerted." in began
    assert "v1.42" not in began, "nobody has said yet that it was a release"
    world.passes(minutes=14)
    world.comes_up()
    assert plain(world.support()[1]).startswith("Web shop works again: it was down")
    assert "14 min" in world.support()[1]
    world.happens(CauseDecided(1, "this", Actor("ana", "slack"), world.now))
    assert "The cause was release v1.42." in world.support()[2]
    assert len(world.support()) == 3


def test_who_changes_their_mind_corrects_what_support_was_told() -> None:
    world = calls_it_the_shop()
    world.goes_down()
    world.happens(CauseDecided(1, "this", Actor("ana", "slack"), world.now))
    world.happens(CauseDecided(1, "other", Actor("bo", "slack"), world.now, note="a cut cable"))
    assert world.support()[-1].startswith("Correction: ")
    assert "The cause was not a release: a cut cable." in world.support()[-1]


def test_what_customers_noticed_is_passed_on_and_never_made_up() -> None:
    world = calls_it_the_shop()
    world.goes_down()
    world.happens(CauseDecided(1, "this", Actor("ana", "slack"), world.now))
    told = len(world.support())
    ana = Actor("ana", "slack")
    world.happens(FollowUpAnswered(1, "A canary first", ana, world.now, team="it"))
    assert len(world.support()) == told
    answer = FollowUpAnswered(
        1, "A canary first", ana, world.now, team="it", customers="Nobody could pay <!channel>"
    )
    world.happens(answer)
    assert "What customers noticed: Nobody could pay &lt;!channel&gt;" in world.support()[-1]
    world.happens(answer)
    assert len(world.support()) == told + 1


def test_a_storm_is_told_once_and_flapping_not_at_all() -> None:
    world = World(many(*SEVEN))
    for name in SEVEN:
        world.goes_down(name)
    assert sum("services* do not work" in text for text in world.support()) == 1
    world = World()
    for _round in range(5):
        world.goes_down("search")
        world.passes(seconds=10)
        world.comes_up("search")
        world.passes(seconds=10)
    assert len(world.support()) == 6


def test_a_dependency_that_is_down_too_is_told() -> None:
    world = calls_it_the_shop()
    world.goes_down()
    world.passes(seconds=30)
    world.goes_down("payments")
    assert plain(world.support()[-1]).startswith("payments does not work either, since")
    assert len(world.support()) == 2
