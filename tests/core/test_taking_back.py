"""What waits and is no longer true, or no longer wanted, is taken back; no more than that."""

from dataclasses import replace
from datetime import timedelta

from bot.core.bundling import BUNDLE, plan
from bot.core.page import Page, PageState, Urgency
from tests.core.world import World


def two_outages_in_one_text() -> World:
    """Checkout's texts went out; search's and payments' wait together in one text to each."""
    world = World()
    world.goes_down("checkout")
    world.sends(*world.pages())
    world.passes(seconds=3)
    world.goes_down("search")
    teams = replace(world.policy.services["payments"], teams=("it", "development"))
    alone = replace(world.policy.services["checkout"], depends_on=())
    services = {**world.policy.services, "payments": teams, "checkout": alone}
    world.policy = replace(world.policy, services=services)
    world.goes_down("payments")
    hold(world)
    world.passes(seconds=20)
    hold(world)
    return world


def hold(world: World) -> None:
    """Plan what is due as the outbox does; nothing is handed over: Twilio is down."""
    due = [page for page in world.pages() if page.waiting and page.due_at <= world.now]
    sent = [page for page in world.pages() if page.sent_at is not None]
    planned = plan(due, sent, world.now)
    known = {page.key: page for page in (*world.scene.pages, *planned.changed, *planned.new)}
    world.scene = replace(world.scene, pages=tuple(known.values()))


def bundle(world: World, who: str) -> Page:
    """The text that names several incidents."""
    return next(page for page in world.pages(who) if page.reason == BUNDLE)


def test_a_text_that_names_two_outages_goes_out_although_one_of_them_is_over() -> None:
    world = two_outages_in_one_text()
    assert bundle(world, "bo").text.startswith("2 DOWN: #2 search")
    world.comes_up("search")
    assert bundle(world, "bo").state is PageState.QUEUED, "payments has not been told of yet"


def test_a_text_that_names_two_outages_goes_out_although_one_of_them_is_acknowledged() -> None:
    world = two_outages_in_one_text()
    world.texts("dee", "2")
    assert bundle(world, "bo").state is PageState.QUEUED


def test_a_text_of_which_nothing_is_wanted_any_more_is_taken_back() -> None:
    world = two_outages_in_one_text()
    world.texts("dee", "2")
    world.texts("dee", "3")
    assert bundle(world, "bo").state is PageState.CANCELLED
    assert bundle(world, "ana").state is PageState.QUEUED, "IT has said nothing yet"


def test_nobody_hears_that_it_is_up_after_it_went_down_again() -> None:
    """Informational texts may wait for their budget, or for Twilio."""
    world = World()
    world.goes_down()
    world.sends(*world.pages())
    world.passes(minutes=2)
    world.comes_up()
    over = world.pages("bo", "resolved")[0]
    assert over.urgency is Urgency.INFO
    world.passes(minutes=3)
    world.goes_down()
    assert {page.state for page in world.pages(reason="resolved")} == {PageState.CANCELLED}
    assert world.now - over.created_at == timedelta(minutes=3)
