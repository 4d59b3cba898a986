"""Who is told, who has it, and when it stops: stories about the rules alone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.events import (
    Acknowledged,
    Actor,
    Escalated,
    OpenedByHand,
    Resolved,
    SignalReported,
    Silenced,
)
from bot.core.incident import IncidentState
from bot.core.page import PageState, Urgency
from bot.core.policy import SHARED_ANY_TEAM, Policy
from bot.core.scene import Scene
from bot.core.segments import segments
from bot.core.signal import Level
from bot.core.wording import voice
from bot.core.wording.thread import header
from tests.core.world import START, World, deployment, person, policy


def test_both_teams_are_paged_at_once_and_the_text_names_the_deployment() -> None:
    world = World(scene=Scene(deployments=(deployment("v1.42", ended=timedelta(minutes=7)),)))
    world.goes_down()
    assert sorted(page.person for page in world.pages()) == ["ana", "bo", "dee", "ida"]
    text = world.pages("bo")[0].text
    assert text.startswith("#1 DOWN checkout 03:11: HTTP 503, 3 of 3 tries.")
    assert "v1.42 a1b2c3d by Bo, 6 min before" in text
    assert text.endswith("IT+Development paged. Reply 1 to ack")
    assert segments(text) == 1
    assert all(page.due_at == page.created_at for page in world.pages())


def test_without_any_deployment_the_text_says_so() -> None:
    world = World()
    world.goes_down()
    assert "No deployment known." in world.pages("ana")[0].text
    assert world.incident.link.named is None


def test_it_acknowledges_development_does_not_development_is_paged_again() -> None:
    world = World()
    world.goes_down()
    answer = world.texts("ana", "1")
    assert answer[0].startswith("#1 is yours for IT (03:12). Development: nobody yet.")
    world.passes(minutes=4)
    assert [page.person for page in world.pages() if page.created_at > START] == ["bo", "dee"]
    again = world.pages("bo")[-1].text
    assert again.startswith("#1 STILL DOWN checkout, 3 min. IT: Ana has it. Development: nobody")
    assert world.light("it") == "acknowledged by ana"
    assert world.incident.state is IncidentState.TRIGGERED


def test_the_incident_is_acknowledged_when_every_team_has() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1")
    world.texts("bo", "ack")
    assert world.incident.state is IncidentState.ACKNOWLEDGED
    before = len(world.pages())
    world.passes(minutes=29)
    assert len(world.pages()) == before


def test_pages_that_wait_are_cancelled_with_the_acknowledgement() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1")
    states = {page.person: page.state for page in world.pages()}
    assert states == {
        "ana": PageState.CANCELLED,
        "ida": PageState.CANCELLED,
        "bo": PageState.QUEUED,
        "dee": PageState.QUEUED,
    }


def test_acknowledging_twice_changes_nothing_and_says_so() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1")
    before = world.incident
    assert world.texts("ana", "1") == ["You have #1 checkout for IT since 03:12."]
    assert world.texts("ida", "1") == ["Ana has #1 checkout for IT since 03:12."]
    assert world.incident == before


def test_any_team_is_enough_where_it_is_configured() -> None:
    rules = policy()
    checkout = replace(rules.services["checkout"], acknowledge=SHARED_ANY_TEAM)
    world = World(replace(rules, services={**rules.services, "checkout": checkout}))
    world.goes_down()
    world.texts("ana", "1")
    assert world.incident.state is IncidentState.ACKNOWLEDGED
    assert world.light("development") == "acknowledged by ana"


def test_where_one_team_is_enough_nobody_is_said_to_have_it_for_a_team_they_are_not_in() -> None:
    rules = policy()
    either = replace(rules.services["checkout"], acknowledge=SHARED_ANY_TEAM)
    world = World(replace(rules, services={**rules.services, "checkout": either}))
    world.goes_down()
    (told,) = world.texts("bo", "1")
    assert told == "#1 is yours for Development (03:12). IT: not needed."
    assert world.texts("ana", "1") == ["Bo has #1 checkout since 03:12."]
    shown = header(
        world.incident, pages=world.pages(), silences=(), policy=world.policy, now=world.now
    )
    assert any("IT: not needed, Bo has it" in line for line in shown.lines)
    world.passes(minutes=31)
    assert "IT: not needed." in world.pages("bo", "reminder")[0].text


def test_somebody_in_no_team_of_it_is_told_so_and_changes_nothing() -> None:
    world = World()
    world.goes_down()
    before = world.incident
    assert "belongs to IT and Development" in world.texts("eve", "1")[0]
    world.happens(Acknowledged(1, Actor(None, "slack", slack="U0X"), world.now))
    assert "in no team" in world.private()[-1]
    assert world.incident == before


def test_somebody_in_two_teams_acknowledges_for_both() -> None:
    rules = policy()
    it = replace(rules.teams["it"], members=("ana", "bo"))
    world = World(replace(rules, teams={**rules.teams, "it": it}))
    world.goes_down()
    assert len(world.pages("bo")) == 1
    world.texts("bo", "1")
    assert world.incident.state is IncidentState.ACKNOWLEDGED


def test_resolve_beats_a_late_acknowledgement() -> None:
    world = World()
    world.goes_down()
    world.passes(minutes=2)
    world.comes_up()
    assert world.incident.state is IncidentState.RESOLVED
    assert "has been over since 03:14" in world.texts("ana", "1")[0]
    world.passes(minutes=24 * 60)
    assert "has been over since 24 Nov 03:14" in world.texts("ana", "1")[0]
    assert world.incident.state is IncidentState.RESOLVED


def test_resolving_by_hand_is_refused_while_it_is_down_and_says_how_to_be_quiet() -> None:
    world = World()
    world.goes_down()
    answer = world.texts("ana", "1 ok")[0]
    assert answer.startswith("#1 stays open: checkout is still down (HTTP 503).")
    assert "1 ok 30m" in answer
    assert world.incident.open


def test_a_silence_stops_the_pages_and_they_go_on_when_it_ends() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1 ok 30m")
    assert all(page.state is PageState.CANCELLED for page in world.pages())
    before = len(world.pages())
    world.passes(minutes=29)
    assert len(world.pages()) == before
    world.passes(minutes=2)
    assert len(world.pages()) > before


def test_a_silence_after_nobody_came_pages_anew_when_it_ends() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1")
    world.passes(hours=1)
    assert world.light("development") == "exhausted"
    told = world.texts("bo", "1 ok 30m")
    assert told[0].endswith("Still down then: Development is paged again. 1 loud ends it.")
    before = len(world.pages("dee"))
    world.passes(minutes=29)
    assert len(world.pages("dee")) == before
    world.passes(minutes=12)
    assert "#1 STILL DOWN checkout" in world.pages("dee")[-1].text
    assert len(world.pages("dee")) > before
    told_ana = {page.reason for page in world.pages("ana")}
    assert told_ana == {"step", "notice", "reminder"}, "Ana has it"


def test_a_silence_that_every_team_knows_of_reminds_its_owners_when_it_ends() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1")
    world.texts("bo", "1")
    told = world.texts("bo", "1 ok 10m")
    assert told[0].endswith("Still down then: those who have it are reminded. 1 loud ends it.")
    world.passes(minutes=9)
    assert world.pages(reason="reminder") == []
    world.passes(minutes=2)
    assert {page.person for page in world.pages(reason="reminder")} == {"ana", "bo"}


def test_who_was_paged_to_the_end_is_not_said_to_be_paged() -> None:
    world = World()
    world.goes_down()
    world.passes(hours=1)
    world.texts("ana", "1")
    assert "Still paging" not in world.replies()[-1]
    assert world.replies()[-1].endswith("Nobody has come from Development.")


def test_nobody_comes_everyone_is_paged_the_others_get_one_notice_and_the_thread_says_so() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1")
    world.passes(hours=1)
    assert world.light("development") == "exhausted"
    last = world.pages(reason="last_resort")
    assert {(page.person, page.channel) for page in last} == {
        ("bo", "sms"),
        ("bo", "slack"),
        ("dee", "sms"),
        ("dee", "slack"),
    }
    assert [page.person for page in world.pages(reason="notice")] == ["ana"]
    assert any("Nobody from Development came" in reply for reply in world.replies())


def test_while_it_is_down_nobody_is_left_in_silence_although_a_team_never_came() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1")
    world.passes(hours=12)
    assert hours_of(world, "ana", "reminder") == [0.5, 1.5, 2.5]
    last = hours_of(world, "dee", "last_resort")
    assert [round(later - last[0], 3) for later in last] == [0, 1, 2, 3]
    assert world.replies()[-1].startswith("*Still nobody from Development.*")
    assert world.replies()[-1].endswith("(3 of 3).")


def test_whoever_comes_after_the_last_resort_ends_it_and_is_reminded_in_turn() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1")
    world.passes(hours=2)
    calls = len(world.pages(reason="last_resort"))
    world.texts("dee", "1")
    world.passes(hours=12)
    assert len(world.pages(reason="last_resort")) == calls
    assert hours_of(world, "dee", "reminder") == [2.5, 3.5, 4.5]
    assert len(hours_of(world, "ana", "reminder")) == 3, "three at most, whoever else comes"


def hours_of(world: World, who: str, reason: str) -> list[float]:
    """When somebody was paged for that reason, in hours since it went down."""
    times = dict.fromkeys(page.created_at for page in world.pages(who, reason))
    return [(at - START) / timedelta(hours=1) for at in times]


def test_still_down_after_the_acknowledgement_the_owners_are_reminded_three_times_at_most() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1")
    world.texts("bo", "1")
    acknowledged = world.now
    world.passes(hours=9)
    reminders = world.pages("ana", "reminder")
    waits = [(page.created_at - acknowledged) / timedelta(minutes=1) for page in reminders]
    assert waits == [30, 90, 150]
    assert {page.person for page in world.pages(reason="reminder")} == {"ana", "bo"}


def test_down_again_within_15_minutes_reopens_and_pages_both_teams_again() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1")
    world.comes_up()
    world.passes(minutes=14)
    world.goes_down()
    assert world.incident.number == 1
    assert world.incident.reopened == 1
    again = [page for page in world.pages() if page.created_at == world.now]
    assert sorted(page.person for page in again) == ["ana", "bo", "dee", "ida"]
    assert all(page.urgency is Urgency.FIRST for page in again)
    assert "DOWN AGAIN" in again[0].text


def test_down_again_after_15_minutes_is_a_new_incident() -> None:
    world = World()
    world.goes_down()
    world.comes_up()
    world.passes(minutes=16)
    world.goes_down()
    assert world.incident.number == 2


def flapping() -> World:
    """Down for the fourth time: reopened three times, each within a minute of its recovery."""
    world = World()
    for _ in range(4):
        world.goes_down()
        world.sends(*world.pages())
        world.passes(minutes=1)
        if world.incident.reopened < 3:
            world.comes_up()
            world.passes(minutes=1)
    return world


def title(world: World) -> str:
    """The first line of the thread."""
    pages, rules = world.pages(), world.policy
    return header(world.incident, pages=pages, silences=(), policy=rules, now=world.now).lines[0]


def test_from_the_third_reopening_on_nobody_is_paged_until_it_stays_down_for_5_minutes() -> None:
    world = flapping()
    reopened_at = world.now - timedelta(minutes=1)
    assert world.incident.reopened == 3
    assert max(page.created_at for page in world.pages()) < reopened_at
    assert "flapping" in world.replies()[-1]
    assert "nobody is paged until it stays down for 5 min" in title(world)
    world.passes(minutes=3, seconds=59)
    assert max(page.created_at for page in world.pages()) < reopened_at
    world.passes(seconds=1)
    again = [page for page in world.pages() if page.created_at == world.now]
    assert sorted(page.person for page in again) == ["ana", "bo", "dee", "ida"]
    assert all(page.urgency is Urgency.FIRST for page in again)
    assert "flapping" in title(world)
    assert "nobody is paged" not in title(world)


def test_who_was_not_paged_while_it_flaps_is_not_told_that_it_is_over() -> None:
    world = flapping()
    before = len(world.pages())
    world.comes_up()
    world.passes(minutes=5)
    assert len(world.pages()) == before
    assert "up again" in world.replies()[-1]


def test_who_has_it_while_it_flaps_is_told_that_it_is_over_though_nobody_was_paged() -> None:
    world = flapping()
    world.texts("ana", "1")
    world.comes_up()
    (over,) = [page for page in world.pages(reason="resolved") if page.created_at == world.now]
    assert (over.person, over.text.split(" after ")[0]) == ("ana", "#1 UP checkout")


def test_who_was_paged_while_it_flaps_is_told_that_it_is_over() -> None:
    world = flapping()
    world.passes(minutes=5)
    world.sends(*world.pages())
    world.comes_up()
    over = [page for page in world.pages(reason="resolved") if page.created_at == world.now]
    assert {page.person for page in over} == {"ana", "ida", "bo", "dee"}


def test_everybody_who_was_paged_hears_that_it_is_over() -> None:
    world = World()
    world.goes_down()
    world.sends(*world.pages())
    world.passes(minutes=2)
    world.comes_up()
    over = world.pages(reason="resolved")
    assert {page.person for page in over} == {"ana", "ida", "bo", "dee"}
    assert over[0].text.startswith("#1 UP checkout after 2 min (03:11-03:14).")


def test_escalating_by_hand_runs_the_next_step_of_the_teams_that_have_not_come() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1")
    world.passes(seconds=30)
    world.texts("ana", "1 esc")
    now = [page.person for page in world.pages() if page.created_at == world.now]
    assert now == ["bo", "dee"]


def test_another_team_may_escalate_to_a_team_that_has_acknowledged() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1")
    world.texts("bo", "1")
    world.passes(minutes=1)
    world.happens(Escalated(1, Actor("ana", "slack"), world.now))
    assert {page.person for page in world.pages(reason="escalated")} == {"bo", "dee"}
    assert world.light("development") == "acknowledged by bo"


def test_who_has_it_and_is_asked_for_is_told_so_and_not_to_acknowledge() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1")
    world.texts("bo", "1")
    world.passes(minutes=2)
    world.happens(Escalated(1, Actor("bo", "sms"), world.now, team="it"))
    asked = world.pages("ana")[-1]
    assert asked.text.startswith("#1 HELP ASKED of IT: checkout down 2 min. IT: Ana has it.")
    assert "ack" not in asked.text
    track = world.incident.tracks[0]
    said = voice.page_text(world.incident, track, "escalated", "ana", world.policy, world.now)
    assert "Help is asked of IT. Checkout is still down" in said
    assert "Press four" not in said


def test_an_incident_opened_by_hand_resolves_by_hand() -> None:
    world = World()
    world.happens(OpenedByHand("search", "no results", Actor("ana", "slack"), world.now))
    assert world.incident.open
    assert len(world.pages()) == 4
    world.happens(Resolved(1, Actor("ana", "slack"), world.now))
    assert not world.incident.open


def test_a_service_without_a_working_number_pages_the_whole_team_by_what_is_left() -> None:
    rules = policy()
    people = {**rules.people, "ana": person("ana", "slack"), "ida": person("ida", "slack")}
    world = World(replace(rules, people=people))
    world.goes_down()
    by = {page.person: page.channel for page in world.pages()}
    assert by == {"ana": "slack", "ida": "slack", "bo": "sms", "dee": "sms"}


@pytest.mark.parametrize(
    ("channels", "mark", "by", "paged"),
    [
        # what Bo, whom the step names, can be reached by; what is known of it; what it wants
        (("slack",), None, ("sms",), {("bo", "slack"), ("dee", "sms")}),
        (("sms", "slack"), "landline", ("sms",), {("bo", "slack"), ("dee", "sms")}),
        (("sms",), None, ("call",), {("bo", "sms")}),  # a text is heard, too
        (("slack",), None, ("slack",), {("bo", "slack")}),  # nobody asked for a phone
    ],
)
def test_where_a_step_wants_a_phone_and_none_works_the_whole_team_is_paged(
    channels: tuple[str, ...], mark: str | None, by: tuple[str, ...], paged: set[tuple[str, str]]
) -> None:
    rules = policy()
    checkout = rules.services["checkout"]
    steps = (replace(checkout.steps[0], who="bo", by=by), *checkout.steps[1:])
    only = replace(checkout, teams=("development",), steps=steps)
    rules = replace(
        rules,
        people={**rules.people, "bo": person("bo", *channels)},
        services={**rules.services, "checkout": only},
    )
    world = World(rules, Scene(unusable={("bo", "sms"): mark} if mark else {}))
    world.goes_down()
    assert {(page.person, page.channel) for page in world.pages()} == paged


def test_nobody_reachable_is_said_in_the_thread_not_only_in_a_log() -> None:
    rules: Policy = policy()
    people = {key: replace(item, channels=()) for key, item in rules.people.items()}
    world = World(replace(rules, people=people))
    world.goes_down()
    assert any("can be reached by anything" in reply for reply in world.replies())


def test_a_quiet_that_was_asked_for_by_number_ends_with_its_incident() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1 ok 30m")
    world.passes(minutes=2)
    world.comes_up()
    before = len(world.pages())
    world.passes(minutes=1)
    world.goes_down()
    assert world.incident.open
    assert len(world.pages()) > before


def test_what_goes_down_inside_a_quiet_is_said_in_the_channel_and_pages_nobody() -> None:
    world = World()
    quiet = Silenced(Actor("ana", "slack"), world.now, timedelta(hours=1), service="search")
    world.happens(quiet)
    world.goes_down("search")
    assert world.pages() == []
    assert "*search* is down: HTTP 503. Nobody is paged: it is quiet until" in world.posts()[-1]


def test_escalate_pressed_twice_jumps_over_no_step() -> None:
    world = World()
    world.goes_down()
    world.passes(seconds=30)
    world.happens(Escalated(1, Actor("ana", "slack"), world.now))
    paged, step = len(world.pages()), world.incident.track("it")
    world.passes(seconds=1)
    told = world.happens(Escalated(1, Actor("ana", "slack"), world.now))
    assert (len(world.pages()), world.incident.track("it")) == (paged, step)
    assert "a moment ago" in str(told)
    world.passes(seconds=10)
    world.happens(Escalated(1, Actor("ana", "slack"), world.now))
    assert len(world.pages()) > paged


def test_what_has_been_down_for_days_says_since_which_day() -> None:
    """An alert may have fired long before Midwatch hears of it."""
    world = World()
    began = world.now - timedelta(days=4)
    alert = SignalReported("checkout", "alert:1", "alertmanager", Level.DOWN, began, world.now)
    world.happens(alert)
    assert world.pages("bo")[0].text.startswith("#1 DOWN checkout 20 Nov 03:12:")
