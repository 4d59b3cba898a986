"""What a receipt, a refusal or silence says about one page, and about those it carried."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.events import PagedFromMemory, PageFailed
from bot.core.page import Page, PageState, Urgency
from bot.core.scene import Scene
from tests.core.paging_world import development, turns
from tests.core.world import START, World, person, policy

MINUTES = timedelta(minutes=1)


def down(world: World | None = None) -> tuple[World, Page]:
    """Down, the first texts have been handed over; Bo's is returned."""
    world = world or World()
    world.goes_down()
    world.sends(*world.pages())
    return world, world.pages("bo")[0]


def now(world: World, page: Page) -> Page:
    return next(one for one in world.scene.pages if one.key == page.key)


def not_arrived(world: World) -> int:
    """How often the thread said that a text did not arrive."""
    return sum("did not arrive" in reply for reply in world.replies())


def test_what_was_sent_is_not_taken_for_waiting_again() -> None:
    world, text = down()
    for late in (PageState.SENDING, PageState.QUEUED):
        world.becomes(text, late)
    assert now(world, text).state is PageState.SENT


@pytest.mark.parametrize("ended", [PageState.DELIVERED, PageState.CANCELLED])
def test_what_ended_well_cannot_fail_afterwards(ended: PageState) -> None:
    world, text = down()
    world.becomes(text, ended)
    world.happens(PageFailed(text.key, world.now, "HTTP 500", mark="landline"))
    world.happens(PageFailed(text.key, world.now, "no delivery receipt", silent=True))
    assert now(world, text).state is ended
    assert (len(world.pages("bo")), not_arrived(world), world.scene.unusable) == (1, 0, {})


def test_a_text_that_is_silent_and_then_refused_is_tried_otherwise_once() -> None:
    world, text = down()
    world.happens(PageFailed(text.key, world.now, "no delivery receipt", silent=True))
    world.becomes(text, PageState.UNDELIVERED)
    assert [page.channel for page in world.pages("bo")] == ["sms", "slack"]
    assert not_arrived(world) == 1


def test_a_text_that_was_silent_and_arrives_after_all_counts_as_arrived() -> None:
    world, text = down()
    world.happens(PageFailed(text.key, world.now, "no delivery receipt", silent=True))
    assert not now(world, text).reached
    world.becomes(text, PageState.DELIVERED)
    assert now(world, text).reached


def test_a_text_that_waits_for_its_provider_is_replaced_though_its_number_gives_no_receipts() -> (
    None
):
    world = World(scene=Scene(receiptless=frozenset({("bo", "sms")})))
    world, text = down(world)
    world.happens(PageFailed(text.key, world.now, "HTTP 503", silent=True, stuck=True))
    assert [page.channel for page in world.pages("bo")] == ["sms", "slack"]


def test_a_mark_is_said_once_however_many_texts_are_refused() -> None:
    world, text = down()
    world.passes(minutes=3)
    for page in (text, world.pages("bo")[-1]):
        world.happens(PageFailed(page.key, world.now, "opted out", mark="opted_out"))
    assert len(world.posts()) == 1


def test_what_only_informs_is_not_tried_otherwise() -> None:
    world, text = down()
    news = replace(text, key="news", reason="weighed", urgency=Urgency.INFO)
    world.scene = replace(world.scene, pages=(*world.scene.pages, news))
    world.becomes(news, PageState.UNDELIVERED)
    assert (len(world.pages("bo", "undelivered")), not_arrived(world)) == (0, 0)


def two_in_one_text() -> tuple[World, Page]:
    """checkout and search are down, and one text told Bo of both."""
    world = World()
    world.goes_down("checkout")
    world.goes_down("search")
    pages = world.pages("bo")
    carrier = replace(pages[0], key="bundle-1", reason="bundle", state=PageState.SENT)
    carried = [replace(page, state=PageState.BUNDLED, bundled_into="bundle-1") for page in pages]
    others = [page for page in world.scene.pages if page not in pages]
    world.scene = replace(world.scene, pages=(*others, carrier, *carried))
    return world, carrier


def test_the_receipt_of_one_text_speaks_for_every_page_in_it() -> None:
    world, carrier = two_in_one_text()
    world.becomes(carrier, PageState.SENT)
    assert {page.state for page in world.pages("bo", "step")} == {PageState.BUNDLED}
    world.becomes(carrier, PageState.DELIVERED)
    assert {page.state for page in world.pages("bo")} == {PageState.DELIVERED}


def test_when_a_text_for_several_does_not_arrive_each_of_them_is_tried_otherwise() -> None:
    world, carrier = two_in_one_text()
    world.becomes(carrier, PageState.UNDELIVERED)
    again = world.pages("bo", "undelivered")
    assert sorted((page.incident, page.channel) for page in again) == [(1, "slack"), (2, "slack")]


# -- the next person, and the next step


def test_the_next_in_the_rota_is_tried_before_the_rest_of_the_team() -> None:
    rules = development(("bo", "dee", "eve"), turns("bo", "eve", "dee"))
    rules = replace(rules, people={**rules.people, "bo": person("bo", "sms")})
    world, text = down(World(rules))
    world.becomes(text, PageState.FAILED)
    made = world.pages()[-1]
    assert (made.person, made.channel, made.urgency) == ("eve", "sms", Urgency.FIRST)


def only_texts() -> World:
    """Nobody has anything but a phone that takes texts."""
    rules = policy()
    people = {key: replace(item, channels=("sms",)) for key, item in rules.people.items()}
    return World(replace(rules, people=people))


def step(world: World, team: str = "development") -> int:
    track = world.incident.track(team)
    assert track is not None
    return track.step


def test_the_next_step_is_not_hurried_while_another_text_of_the_team_is_on_its_way() -> None:
    world, text = down(only_texts())
    world.becomes(text, PageState.FAILED)
    assert step(world) == 1
    world.becomes(world.pages("dee")[0], PageState.FAILED)
    assert step(world) == 2


def test_repeats_keep_their_time_though_nothing_arrives() -> None:
    """Else an hour of repeats would be burnt in the minute in which a provider is down."""
    world = only_texts()
    world.goes_down()
    while world.incident.track("it") and world.now < START + 5 * MINUTES:
        for page in world.pages():
            world.becomes(page, PageState.FAILED)
        world.passes(seconds=10)
    assert world.light("development") == "paging"
    repeats = {page.created_at for page in world.pages("bo") if page.created_at > START}
    assert len(repeats) <= 2


# -- what went out from memory


def settled(world: World) -> str:
    """The journal is settled five minutes later; returns where that is said."""
    sent_at = world.now
    world.passes(minutes=5)
    replies, posts = len(world.replies()), len(world.posts())
    event = PagedFromMemory("checkout", (("ana", "sms"),), world.now, sent_at, ("bo",))
    decision = world.happens(event)
    in_thread, in_channel = world.replies()[replies:], world.posts()[posts:]
    (said,) = in_thread + in_channel
    assert said.endswith("replies were not recorded. Not reached: Bo.")
    assert [entry.at for entry in decision.entries] == [sent_at]
    return "thread" if in_thread else "channel"


def test_what_went_out_from_memory_is_said_in_the_thread_of_its_outage() -> None:
    world, _ = down()
    assert settled(world) == "thread"


def test_so_it_is_when_the_outage_is_over_by_then() -> None:
    world, _ = down()
    world.comes_up()
    assert settled(world) == "thread"


def test_without_an_incident_it_is_said_in_the_channel() -> None:
    assert settled(World()) == "channel"
