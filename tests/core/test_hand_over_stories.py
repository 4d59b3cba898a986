"""A shift ends in the middle of an outage: who is paged, who is told, and who has it then."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.duty_hours import Hours
from bot.core.events import Acknowledged, Actor, OverrideAsked
from bot.core.page import Page, PageState, Urgency
from bot.core.policy import Policy, Step
from bot.core.rota import Rota
from tests.core.test_duty_stories import NINE, begun, rules, until
from tests.core.world import World, person

SOON = NINE - timedelta(minutes=20)


def texting() -> Policy:
    """IT hands over from Ana to Ida at nine; both read texts only."""
    crew = [replace(person(who), channels=("sms",)) for who in ("ana", "ida", "bo", "eve")]
    return rules(*crew)


def night(known: Policy | None = None) -> World:
    """Ana has had checkout for IT since 08:40, and Bo for Development."""
    world = begun(known or texting(), SOON)
    world.goes_down()
    world.texts("ana", "1")
    world.texts("bo", "1")
    return world


def handed(pages: list[Page]) -> list[Page]:
    return [page for page in pages if page.reason == "handover"]


def test_while_nobody_has_it_the_next_step_asks_who_is_on_now() -> None:
    world = begun(texting(), NINE - timedelta(minutes=2))
    world.goes_down()
    assert {page.person for page in world.pages() if page.team == "it"} == {"ana"}
    pages = until(world, NINE)
    assert handed(pages) == [], "nobody has it, so there is nothing to hand over"
    assert any("Open: #1 checkout, nobody has it." in page.text for page in pages)
    world.passes(minutes=2)
    assert world.pages("ida", reason="step")[0].urgency is Urgency.FIRST


def test_who_comes_on_is_told_of_the_outage_that_the_one_before_has() -> None:
    world = night()
    (page,) = handed(until(world, NINE))
    assert (page.person, page.channel, page.urgency, page.incident) == (
        "ida",
        "sms",
        Urgency.INFO,
        1,
    )
    assert page.text == (
        "#1 checkout is down since 08:39. Ana has it for IT, off call since 09:00. "
        "No deployment known. Reply 1 to take it over"
    )
    assert len(page.text) <= 160
    assert world.replies()[-1].endswith("|09:00>; Ida is on call now and was told.")
    assert world.replies()[-1].startswith("Ana's shift ended at <!date^")
    assert world.light("it") == "acknowledged by ana", "until somebody takes it over"
    assert handed(until(world, NINE + timedelta(minutes=9))) == []


def test_a_hand_over_is_no_page_nobody_is_escalated_to() -> None:
    world = night()
    before = len(world.pages())
    new = [page for page in until(world, NINE) if page.urgency is not Urgency.INFO]
    assert new == []
    (page,) = handed(world.pages()[before:])
    world.becomes(page, PageState.UNDELIVERED, "30006")
    assert {it.person for it in world.pages()[before:]} == {"ida", "ana"}


def test_reminders_go_to_both_until_one_of_them_takes_it_over() -> None:
    world = night()
    until(world, NINE)
    world.passes(minutes=10)
    reminded = {page.person: page.text for page in world.pages(reason="reminder")}
    assert set(reminded) == {"ana", "ida", "bo"}
    assert "You have it." in reminded["ana"]
    assert "You are on call now." in reminded["ida"]
    assert "Reply 1 to take it over" in reminded["ida"]
    (answer,) = world.texts("ida", "1")
    assert answer.startswith("#1 is yours for IT (09:10). Development: Bo")
    assert world.replies()[-1] == "Ida took it over from Ana for IT."
    assert world.light("it") == "acknowledged by ida"
    known = len(world.pages(reason="reminder"))
    world.passes(hours=1)
    again = world.pages(reason="reminder")[known:]
    assert {page.person for page in again} == {"ida", "bo"}


def test_nobody_else_takes_it_from_them_by_texting_its_number() -> None:
    world = night()
    assert world.texts("ida", "1")[0].startswith("Ana has #1 checkout for IT"), "not on call yet"
    until(world, NINE)
    world.texts("ida", "1")
    assert world.texts("ana", "1")[0].startswith("Ida has #1 checkout for IT")
    assert world.light("it") == "acknowledged by ida"


def test_who_is_in_no_shift_keeps_what_they_have() -> None:
    """Ida answered although Ana was on call: no shift of hers ends."""
    world = begun(texting(), SOON)
    world.goes_down()
    world.texts("ida", "1")
    assert handed(until(world, NINE)) == []


def test_the_thread_says_that_nobody_comes_after_them() -> None:
    known = texting()
    team = known.teams["it"]
    assert team.rota is not None
    world = night()
    till_nine = Hours(frozenset(range(7)), timedelta(), timedelta(hours=9))
    empty = replace(team, rota=Rota((replace(team.rota.layers[0], only=(till_nine,)),)))
    world.policy = replace(known, teams={**known.teams, "it": empty})
    world.looks()
    pages = until(world, NINE)
    assert handed(pages) == []
    assert "nobody is on call now, so they still have it." in world.replies()[-1]
    (off,) = [page for page in pages if page.person == "ana"]
    assert "no longer on call for IT; nobody is: all of it is paged." in off.text


def test_a_hand_over_that_waits_is_dropped_when_it_is_over() -> None:
    world = night()
    (page,) = handed(until(world, NINE))
    assert page.waiting
    world.comes_up()
    assert world.pages("ida", reason="handover")[0].state is PageState.CANCELLED


def test_who_was_told_hears_that_it_is_over_as_quietly_as_they_were_told() -> None:
    world = night()
    until(world, NINE)
    world.sends(*world.pages())
    world.comes_up()
    (over,) = [page for page in world.pages("ida") if page.text.startswith("#1 UP checkout")]
    assert (over.reason, over.urgency) == ("handover", Urgency.INFO)
    assert {page.person for page in world.pages(reason="resolved")} == {"ana", "bo", "dee"}


def test_what_changed_hands_while_midwatch_was_away_for_hours_is_handed_over_all_the_same() -> None:
    world = night()
    world.now = NINE + timedelta(hours=5)
    pages = world.looks()
    assert [page.reason for page in pages] == ["handover"], "the duty itself is no news any more"


ANA, EVE = Actor("ana", "cli"), Actor("eve", "sms")


def test_who_stood_in_when_it_began_can_say_so_after_their_time() -> None:
    world = begun(texting(), SOON)
    end = world.now + timedelta(minutes=1)
    world.happens(OverrideAsked("eve", world.now, end, ANA, world.now, team="it"))
    world.goes_down()
    world.passes(minutes=2)
    assert world.texts("eve", "1")[0].startswith("#1 is yours for IT")
    assert world.light("it") == "acknowledged by eve"


def test_of_another_outage_after_their_time_they_are_told_that_it_is_not_theirs() -> None:
    world = begun(texting(), SOON)
    end = world.now + timedelta(minutes=1)
    world.happens(OverrideAsked("eve", world.now, end, ANA, world.now, team="it"))
    world.goes_down()
    world.passes(minutes=2)
    world.goes_down("search")
    assert "you are in neither" in world.texts("eve", "2")[0]
    assert "paging" in world.light("it")


def test_who_stood_in_before_is_no_member_when_a_step_names_them_later() -> None:
    known = texting()
    steps = (Step("eve", ("sms",)),)
    checkout = replace(known.services["checkout"], steps=steps)
    world = begun(replace(known, services={**known.services, "checkout": checkout}), SOON)
    end = world.now + timedelta(minutes=1)
    world.happens(OverrideAsked("eve", world.now, end, ANA, world.now, team="it"))
    world.passes(minutes=2)
    world.goes_down()
    assert world.pages("eve")
    assert "you are in neither" in world.texts("eve", "1")[0]
    assert "paging" in world.light("it")


def test_in_quiet_hours_a_hand_over_comes_in_slack() -> None:
    known = texting()
    hours = Hours(frozenset(range(7)), timedelta(hours=22), timedelta(hours=12))
    ida = replace(known.people["ida"], channels=("sms", "slack"), quiet=(hours,))
    world = night(replace(known, people={**known.people, "ida": ida}))
    (page,) = handed(until(world, NINE))
    assert page.channel == "slack"
    assert page.text.startswith("#1 checkout is down"), "which brings the button"


moves = st.lists(
    st.one_of(
        st.tuples(st.just("passes"), st.integers(60, 5 * 3600)),
        st.tuples(st.just("acks"), st.sampled_from(["ana", "ida", "bo", "eve"])),
        st.tuples(st.just("override"), st.sampled_from(["ana", "ida", "eve"])),
        st.tuples(st.just("looks"), st.just(0)),
    ),
    max_size=12,
)


@given(moves)
def test_after_their_teams_acknowledgement_nobody_is_paged_but_by_a_reminder(
    steps: list[tuple[str, object]],
) -> None:
    """Whatever shifts end and whoever takes it over: a hand-over informs."""
    world = begun(texting(), SOON)
    world.goes_down()
    for what, value in steps:
        acknowledged = world.light("it").startswith("acknowledged")
        known = {page.key for page in world.pages()}
        if what == "passes":
            world.passes(seconds=value)  # type: ignore[arg-type]
            world.looks()
        elif what == "acks":
            world.happens(Acknowledged(1, Actor(str(value), "sms"), world.now))
        elif what == "override":
            end = world.now + timedelta(hours=1)
            asked = OverrideAsked(str(value), world.now, end, ANA, world.now, team="it")
            world.happens(asked)
        world.looks()
        new = [page for page in world.pages() if page.key not in known and page.team == "it"]
        if acknowledged:
            assert {it.reason for it in new if it.urgency is not Urgency.INFO} <= {"reminder"}
        assert all(it.urgency is Urgency.INFO for it in new if it.reason in ("duty", "handover"))
