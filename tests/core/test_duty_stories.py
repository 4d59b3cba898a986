"""A duty changes hands: who is told what, once, by which way, and when nothing is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.core import events
from bot.core.duty_hours import Hours
from bot.core.events import Actor, OverrideAsked, OverrideEnded
from bot.core.page import Page, PageState, Urgency
from bot.core.policy import Person, Policy
from bot.core.rota import Layer, Rota
from tests.core.world import START, World, person, policy

ANA = Actor("ana", "cli")
NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)
"""The next hand-over, from Ana to Ida."""


def turns(*people: str, every: timedelta = timedelta(days=1)) -> Rota:
    """From nine to nine in London; the first of them has the duty at START."""
    starts = datetime.fromisoformat("2026-11-23 09:00")
    return Rota((Layer("primary", people, every, starts, "Europe/London"),))


def rules(*crew: Person, rota: Rota | None = None) -> Policy:
    """IT hands over from Ana to Ida to Bo every day; in the other teams everyone is on call."""
    base = policy()
    teams = {
        **base.teams,
        "it": replace(base.teams["it"], rota=rota or turns("ana", "ida", "bo")),
    }
    return replace(base, teams=teams, people={**base.people, **{it.key: it for it in crew}})


def begun(known: Policy | None = None, at: datetime = START) -> World:
    """Midwatch has looked once, so it knows who has the duty."""
    world = World(known or rules())
    world.now = at
    assert world.looks() == [], "a first look is news to nobody"
    return world


def told(pages: list[Page]) -> dict[str, str]:
    return {page.person: page.text for page in pages}


def until(world: World, at: datetime) -> list[Page]:
    """It is looked every few minutes until then; returns what people were told."""
    pages = []
    while world.now < at:
        pages += world.looks(seconds=min((at - world.now).total_seconds(), 240))
    return pages


def test_both_are_told_at_the_change_and_never_again() -> None:
    world = begun()
    assert until(world, NINE - timedelta(seconds=1)) == []
    pages = world.looks(seconds=4)
    assert told(pages) == {
        "ida": "You are on call for IT until 25 Nov 09:00. Nothing is open. "
        "If you do not answer: Bo. Before you: Ana. After you: Bo.",
        "ana": "You are no longer on call for IT; Ida is until 25 Nov 09:00. Nothing is open.",
    }
    assert {(page.channel, page.urgency, page.incident) for page in pages} == {
        ("slack", Urgency.INFO, 0)
    }
    assert until(world, NINE + timedelta(hours=2)) == []


def test_they_hear_what_is_open_and_who_has_it() -> None:
    world = begun(at=NINE - timedelta(minutes=20))
    world.goes_down()
    world.goes_down("search")
    world.texts("ida", "1")
    (on,) = [page for page in until(world, NINE) if page.person == "ida"]
    assert "Open: #1 checkout, acknowledged by Ida; #2 search, nobody has it." in on.text


def test_a_text_is_one_segment_and_keeps_what_matters() -> None:
    world = begun(rules(replace(person("ida"), channels=("sms",))), NINE - timedelta(minutes=20))
    for service in ("checkout", "search"):
        world.goes_down(service)
    (on,) = [page for page in until(world, NINE) if page.reason == "duty" and page.person == "ida"]
    assert on.channel == "sms"
    assert len(on.text) <= 160
    assert on.text.startswith("You are on call for IT until 25 Nov 09:00. Open: #1")


def test_who_has_neither_slack_nor_a_phone_gets_a_mail_and_a_call_is_never_made() -> None:
    crew = (
        replace(person("ida"), channels=("call", "email")),
        replace(person("ana"), channels=("call",)),
    )
    world = begun(rules(*crew), NINE - timedelta(minutes=1))
    assert [(page.person, page.channel) for page in until(world, NINE)] == [("ida", "email")]


def test_an_override_tells_both_when_it_begins_and_when_it_ends() -> None:
    world = begun()
    end = world.now + timedelta(hours=2)
    world.happens(OverrideAsked("eve", world.now, end, ANA, world.now, team="it"))
    first = told(world.looks(seconds=5))
    assert first["eve"].startswith("You are on call for IT until 05:12. Nothing is open.")
    assert "Before you: Ana. After you: Ana." in first["eve"]
    assert first["ana"].startswith("You are no longer on call for IT; Eve is until 05:12.")
    back = told(until(world, end))
    assert set(back) == {"ana", "eve"}
    assert "Before you: Eve." in back["ana"]


def test_one_that_is_taken_back_at_once_is_told_too() -> None:
    world = begun()
    end = world.now + timedelta(hours=2)
    world.happens(OverrideAsked("eve", world.now, end, ANA, world.now, team="it"))
    world.looks(seconds=5)
    world.happens(OverrideEnded(1, ANA, world.now))
    assert set(told(world.looks(seconds=5))) == {"ana", "eve"}


def test_a_configuration_that_moves_the_duty_tells_both() -> None:
    world = begun()
    world.policy = rules(rota=turns("bo", "ida"))
    assert set(told(world.looks(seconds=5))) == {"ana", "bo"}
    world.policy = replace(world.policy, teams=policy().teams)
    assert world.looks(seconds=5) == [], "everyone is on call: there is no duty to hand over"
    world.policy = rules()
    assert set(told(world.looks(seconds=5))) == {"ana"}, "a rota begins while Midwatch runs"


def test_a_look_that_was_only_to_be_noted_leaves_a_change_to_the_next() -> None:
    world = begun(at=NINE - timedelta(minutes=1))
    world.now = NINE
    world.happens(events.DutyLooked(NINE, moved=False))
    assert world.scene.duty_seen != NINE
    assert set(told(world.looks(seconds=5))) == {"ana", "ida"}
    world.now += timedelta(minutes=5)
    world.happens(events.DutyLooked(world.now, moved=False))
    assert world.scene.duty_seen == world.now


def test_a_changed_rota_that_moves_nothing_now_is_no_news() -> None:
    world = begun()
    world.policy = rules(rota=turns("ana", "ida"))
    world.now += timedelta(seconds=5)
    decision = world.happens(events.DutyLooked(world.now))
    assert (decision.effects, decision.entries) == ((), ())
    assert told(until(world, NINE + timedelta(minutes=1)))["ida"].endswith("After you: Ana.")


def test_an_override_that_ended_while_midwatch_was_away_is_told_for_an_hour() -> None:
    world = begun()
    end = world.now + timedelta(hours=2)
    world.happens(OverrideAsked("eve", world.now, end, ANA, world.now, team="it"))
    world.looks(seconds=5)
    world.now = end + timedelta(minutes=30)
    assert set(told(world.looks())) == {"ana", "eve"}


def test_two_replicas_of_different_configurations_do_not_tell_it_in_turns() -> None:
    world = begun()
    old, new = world.policy, rules(rota=turns("bo", "ida"))
    pages = []
    for number in range(20):
        world.policy = (new, old)[number % 2]
        pages += world.looks(seconds=5)
    assert len(pages) == 2
    world.policy = new
    world.looks(seconds=5)
    assert [held.people for held in world.scene.duties if held.team == "it"] == [("bo",)]


def test_what_changed_while_midwatch_was_away_is_told_for_an_hour() -> None:
    for minutes, heard in ((50, {"ana", "ida"}), (70, set())):
        world = begun(at=NINE - timedelta(hours=3))
        world.now = NINE + timedelta(minutes=minutes)
        assert set(told(world.looks())) == heard
        assert world.looks(minutes=1) == []


def test_after_a_pause_of_days_nothing_old_is_told_and_the_next_change_is() -> None:
    world = begun()
    world.now = NINE + timedelta(days=3, hours=5)
    assert world.looks() == []
    assert set(told(until(world, NINE + timedelta(days=4)))) == {"ida", "bo"}


def test_a_message_that_slack_refuses_goes_by_text() -> None:
    world = begun(at=NINE - timedelta(minutes=1))
    (on,) = [page for page in until(world, NINE) if page.person == "ida"]
    world.happens(events.PageFailed(on.key, world.now, "account_inactive"))
    (other,) = [page for page in world.pages("ida") if page.channel == "sms"]
    assert (other.text, other.urgency, other.state) == (on.text, Urgency.INFO, PageState.QUEUED)
    world.happens(events.PageFailed(other.key, world.now, "no"))
    assert len(world.pages("ida")) == 2, "nothing else is left to try, and nobody else is paged"


def quiet(who: str, *channels: str) -> Person:
    """Quiet from ten in the evening till ten in the morning."""
    hours = Hours(frozenset(range(7)), timedelta(hours=22), timedelta(hours=12))
    return replace(person(who), channels=channels, quiet=(hours,))


def test_a_duty_that_is_over_before_the_quiet_hours_end_is_no_news() -> None:
    short = turns("ana", "ida", every=timedelta(hours=1))
    for channels, expected in ((("sms",), set()), (("sms", "slack"), {"slack"})):
        world = begun(rules(quiet("ida", *channels), rota=short), NINE - timedelta(hours=4))
        pages = [page for page in world.looks(hours=1) if page.person == "ida"]
        assert {page.channel for page in pages} == expected
