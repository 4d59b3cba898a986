"""What support reads of an outage, in words for customers."""

from dataclasses import replace
from datetime import timedelta

from bot.commands.lists import lasted
from bot.core.events import Actor, CauseDecided
from bot.core.follow_up_events import FollowUpAnswered
from bot.core.wording.answers import incident_line
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
    world.passes(seconds=20)
    assert plain(world.support()[-1]).startswith("payments does not work either, since")
    assert len(world.support()) == 2


def test_what_fell_later_is_not_dated_back_to_what_is_up_again() -> None:
    world = calls_it_the_shop()
    world.goes_down()
    world.passes(seconds=70)
    world.goes_down("payments")
    world.passes(seconds=10)
    world.comes_up("checkout")
    world.passes(seconds=10)
    fell = int(world.incident.part("payments").began_at.timestamp())
    assert f"since <!date^{fell}^" in world.support()[-1]


def test_all_that_depends_on_it_is_told_in_one_message() -> None:
    names = ("database", *(f"s{number}" for number in range(8)))
    rules = many(*names)
    services = {
        key: replace(known, depends_on=() if key == "database" else ("database",))
        for key, known in rules.services.items()
    }
    world = World(replace(rules, services=services))
    for name in names:
        world.goes_down(name)
        world.passes(seconds=2)
    world.passes(minutes=5)
    began, joined = world.support()
    assert plain(began).startswith("database does not work since")
    assert "*s0*, *s1*" in joined
    assert "and 2 more do not work either, since" in joined
    for name in names:
        world.comes_up(name)
    assert "and 3 more work again" in world.support()[-1]
    assert len(world.support()) == 3


def flaps(world: World, times: int) -> None:
    """Down, and up and down again so often."""
    world.goes_down()
    for _time in range(times):
        world.passes(seconds=40)
        world.comes_up()
        world.passes(seconds=40)
        world.goes_down()


def test_what_stays_down_after_it_flapped_is_told_and_so_is_its_end() -> None:
    world = World()
    flaps(world, 3)
    told = len(world.support())
    assert "works again" in world.support()[-1]
    world.passes(minutes=4, seconds=59)
    assert len(world.support()) == told, "it may come up again at once"
    world.passes(seconds=2)
    assert plain(world.support()[-1]).startswith("checkout does not work again since")
    world.passes(minutes=23)
    world.comes_up()
    assert plain(world.support()[-1]).startswith("checkout works again: it was down")
    assert "(28 min), 4 times since" in world.support()[-1]
    assert len(world.support()) == told + 2


def test_who_has_a_flapping_service_at_once_keeps_no_news_from_support() -> None:
    world = World()
    flaps(world, 3)
    world.texts("ana", "1")
    world.texts("bo", "1")
    world.passes(minutes=6)
    assert plain(world.support()[-1]).startswith("checkout does not work again since")


def both_down_then_up() -> World:
    world = World()
    world.goes_down("payments")
    world.passes(seconds=30)
    world.goes_down()
    world.passes(minutes=10)
    world.comes_up()
    world.comes_up("payments")
    return world


def test_what_is_down_again_is_named_and_not_what_is_up() -> None:
    world = both_down_then_up()
    assert plain(world.support()[-1]).startswith("payments and checkout work again: they were down")
    world.passes(minutes=1)
    world.goes_down("payments")
    assert plain(world.support()[-1]).startswith("payments does not work again since")
    world.sends(*world.pages("ana"))
    world.passes(seconds=41)
    world.comes_up("payments")
    assert plain(world.support()[-1]).startswith("payments works again: it was down")
    assert "2 times since" in world.support()[-1]
    assert world.pages("ana", "resolved")[-1].text.startswith("#1 UP payments after 47 s (")
    assert "payments is up again" in plain(world.replies()[-1])
    assert "checkout" not in world.replies()[-1]


def test_the_cause_is_told_of_the_whole_outage_not_of_its_last_minute() -> None:
    world = both_down_then_up()
    world.passes(minutes=1)
    world.goes_down("payments")
    world.passes(seconds=41)
    world.comes_up("payments")
    world.happens(CauseDecided(1, "other", Actor("ana", "slack"), world.now, note="a cut cable"))
    last = plain(world.support()[-1])
    assert last.startswith("payments and checkout were down ")
    assert "(12 min, on and off: 2 times). The cause was not a release" in last
    world.passes(hours=1)
    assert lasted(world.incident, world.now) == "12 min, on and off: 2 times"
    assert "was down for 12 min, on and off: 2 times" in incident_line(
        world.incident, world.policy, world.now
    )


def test_a_cause_that_is_known_while_it_is_down_does_not_read_as_over() -> None:
    world = calls_it_the_shop()
    world.goes_down()
    world.happens(CauseDecided(1, "this", Actor("ana", "slack"), world.now))
    assert plain(world.support()[-1]).startswith("Web shop is down since")


def test_what_was_done_by_hand_is_no_release() -> None:
    world = calls_it_the_shop()
    (shipped,) = world.scene.deployments
    disk = replace(shipped, version="the disk of 12", by_hand=True)
    world.scene = replace(world.scene, deployments=(disk,))
    world.goes_down()
    world.happens(CauseDecided(1, "this", Actor("ana", "slack"), world.now))
    assert "The cause was the disk of 12, done by hand." in world.support()[-1]
