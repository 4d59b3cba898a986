"""After a deployment took it down, every team says what will keep it from happening again."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.events import Actor, CauseDecided, FollowUpAnswered
from bot.core.follow_up import REMIND_AFTER, FollowUp
from bot.core.scene import Decision, Scene
from tests.core.stormy import many, number
from tests.core.world import World, deployment

MINUTES, DAY = timedelta(minutes=1), timedelta(days=1)
BO, ANA = Actor("bo", "slack"), Actor("ana", "slack")


def caused(service: str = "checkout", *, over: bool = True) -> World:
    """A deployment took checkout down, and Bo says so."""
    world = World(scene=Scene(deployments=(deployment("v9", service, ended=6 * MINUTES),)))
    world.goes_down()
    if over:
        world.comes_up()
    decides(world, "this")
    return world


def decides(world: World, choice: Any, actor: Actor = BO) -> Decision:
    return world.happens(CauseDecided(1, choice, actor, world.now))


def answers(world: World, text: str, actor: Actor = BO, **more: Any) -> Decision:
    return world.happens(FollowUpAnswered(1, text, actor, world.now, **more))


def parts(world: World) -> tuple[FollowUp, ...]:
    (first,) = [it for it in world.scene.incidents if it.number == 1]
    return first.follow_ups


def part(world: World, team: str) -> FollowUp:
    (found,) = [it for it in parts(world) if it.team == team]
    return found


def waiting(world: World) -> list[str]:
    return [it.team for it in parts(world) if it.waiting]


def reminders(world: World) -> list[str]:
    return [text for text in world.replies() if "has not said" in text or "have not said" in text]


def kinds(decision: Decision) -> list[str]:
    return [entry.kind for entry in decision.entries]


def test_both_teams_are_asked_once_it_is_said_that_a_deployment_did_it() -> None:
    world = caused()
    assert waiting(world) == ["it", "development"]
    assert world.replies()[-1].startswith(
        "*IT and Development: what will keep it from happening again?* Each team answers once"
    )


def test_nobody_is_asked_when_it_was_no_deployment() -> None:
    world = World(scene=Scene(deployments=(deployment("v9", ended=6 * MINUTES),)))
    world.goes_down()
    decides(world, "other")
    assert world.incident.follow_ups == ()
    answers(world, "more disks")
    assert "no follow-up is asked for" in world.private()[-1]


def test_whoever_shipped_it_is_asked_too() -> None:
    world = World(scene=Scene(deployments=(deployment("p1", "payments", ended=9 * DAY),)))
    world.goes_down()
    world.happens(CauseDecided(1, "another", BO, world.now, deployment="p1"))
    assert waiting(world) == ["it", "development", "payments_team"]


def test_each_team_answers_and_the_thread_says_for_whom_it_still_waits() -> None:
    world = caused()
    decision = answers(world, "A canary first.\n\nAnd <!channel> no Fridays.", customers="503s")
    assert kinds(decision) == ["follow_up_answered"]
    assert dict(decision.entries[0].facts)["customers"] == "503s"
    assert world.replies()[-1].splitlines() == [
        "*What will keep it from happening again, says Development* (Bo):",
        "> A canary first.",
        "> ",
        "> And &lt;!channel&gt; no Fridays.",
        "*What customers noticed:*",
        "> 503s",
        "Still waiting for IT's answer.",
    ]
    assert world.private()[-1] == "#1: noted for Development. It can be changed at any time."
    answers(world, "Alerts on the queue", ANA)
    assert world.replies()[-1].endswith("Every team has answered.")
    assert waiting(world) == []


def test_an_answer_can_be_changed_and_the_log_keeps_what_stood_before() -> None:
    world = caused()
    answers(world, "A canary")
    again = answers(world, "A canary", Actor("dee", "slack"))
    assert (again.entries, part(world, "development").by) == ((), "bo")
    assert "noted already" in world.private()[-1]
    decision = answers(world, "A canary and a flag", Actor("dee", "slack"))
    assert dict(decision.entries[0].facts)["text_before"] == "A canary"
    assert (part(world, "development").by, part(world, "development").text) == (
        "dee",
        "A canary and a flag",
    )
    assert "(Dee, changed)" in world.replies()[-1]


REFUSED = [
    # who, what, for which team, and what they alone are told
    (Actor(None, "slack", slack="U0X"), "a canary", None, "in no team"),
    (Actor("eve", "slack"), "a canary", None, "you are in none"),
    (Actor("eve", "slack"), "a canary", "it", "you are in none"),
    (BO, "a canary", "it", "you can answer for Development, not for it"),
    (BO, " \n\t", None, "has to say something"),
    (BO, "x" * 3001, None, "longer than 3000 characters"),
]


@pytest.mark.parametrize(("who", "what", "team", "told"), REFUSED)
def test_what_is_refused_changes_nothing_and_is_said(
    who: Actor, what: str, team: str | None, told: str
) -> None:
    world = caused()
    decision = answers(world, what, who, team=team)
    assert (decision.incidents, decision.entries) == ((), ())
    assert told in world.private()[-1]


def test_whoever_is_in_two_teams_says_for_which() -> None:
    world = caused()
    teams = dict(world.policy.teams)
    teams["it"] = type(teams["it"])("it", "IT", ("ana", "bo"))
    world.policy = type(world.policy)("UTC", world.policy.people, teams, world.policy.services)
    answers(world, "a canary")
    assert "say for which team: IT and Development" in world.private()[-1]
    answers(world, "a canary", team="IT")
    assert waiting(world) == ["development"]


def test_owners_are_reminded_after_a_day_and_after_three_and_never_again() -> None:
    world = caused()
    answers(world, "Alerts on the queue", ANA)
    pages = len(world.pages())
    world.passes(hours=23.9)
    assert reminders(world) == []
    world.passes(hours=0.2)
    assert len(reminders(world)) == 1
    assert reminders(world)[0].startswith("<@U0bo> and <@U0dee>: #1 checkout")
    assert "and Development has not said" in reminders(world)[0]
    world.passes(hours=47.7)
    assert len(reminders(world)) == 1
    world.passes(days=40)
    assert len(reminders(world)) == 2
    assert len(world.pages()) == pages, "it is said in Slack only"
    assert world.incident.next_due_at is None


def test_whoever_had_it_is_the_owner() -> None:
    world = World(scene=Scene(deployments=(deployment("v9", ended=6 * MINUTES),)))
    world.goes_down()
    world.texts("dee", "1")
    world.texts("ida", "1")
    world.comes_up()
    decides(world, "this")
    world.passes(hours=25)
    (told,) = reminders(world)
    assert told.startswith("<@U0ida> and <@U0dee>: ")
    assert "IT and Development have not said" in told


def test_while_it_is_down_nobody_is_reminded() -> None:
    world = caused(over=False)
    world.passes(hours=30)
    assert reminders(world) == []
    world.comes_up()
    world.passes(hours=24)
    assert len(reminders(world)) == 1


def test_a_bot_that_was_away_for_a_week_reminds_once_at_a_time() -> None:
    world = caused()
    world.now += 7 * DAY
    world.passes(seconds=1)
    assert len(reminders(world)) == 1
    world.passes(hours=24.1)
    assert len(reminders(world)) == 2


def test_no_deployment_after_all_withdraws_it_and_keeps_what_was_said() -> None:
    world = caused()
    answers(world, "A canary")
    decision = decides(world, "other")
    assert kinds(decision) == ["cause_decided", "follow_up_withdrawn"]
    assert "nobody is asked for a follow-up any more. The answers" in world.replies()[-1]
    assert (waiting(world), part(world, "development").text) == ([], "A canary")
    world.passes(days=9)
    assert reminders(world) == []
    answers(world, "Alerts", ANA)
    assert "no follow-up is asked for" in world.private()[-1]


def test_asked_again_the_answers_count_and_so_do_the_reminders() -> None:
    world = caused()
    answers(world, "A canary")
    world.passes(hours=25)
    decides(world, "other")
    decides(world, "this")
    assert waiting(world) == ["it"]
    assert world.replies()[-1].startswith("*IT: what will keep it from happening again?* Please")
    world.passes(days=30)
    assert len(reminders(world)) == 2


def test_the_same_cause_again_asks_nobody_twice() -> None:
    world = caused()
    assert kinds(decides(world, "this", ANA)) == []
    world.happens(CauseDecided(1, "this", ANA, world.now, note="it was the migration"))
    assert len([text for text in world.replies() if "what will keep" in text]) == 1


@given(
    st.lists(
        st.sampled_from(("answers", "another", "other", "this", "down", "up", "a day")),
        max_size=14,
    )
)
def test_whatever_happens_nobody_is_reminded_thrice_nor_of_what_they_answered(
    deeds: list[str],
) -> None:
    world = caused()
    for deed in deeds:
        match deed:
            case "answers" | "another":
                answers(world, deed)
            case "other" | "this":
                decides(world, deed)
            case "down":
                world.goes_down()
            case "up":
                world.comes_up()
            case _:
                before, told = waiting(world), len(reminders(world))
                world.passes(days=1)
                if not before:
                    assert len(reminders(world)) == told
    for it in parts(world):
        assert it.reminders <= len(REMIND_AFTER)
        assert it.waiting or it.remind_at is None
    assert len([text for text in reminders(world) if "Development" in text]) <= len(REMIND_AFTER)


def test_incidents_that_became_one_are_asked_about_once_and_keep_what_was_said() -> None:
    shipped = deployment("v9", "s1", ended=6 * MINUTES)
    world = World(many("s1", "s2", "s3", storm=2), Scene(deployments=(shipped,)))
    world.goes_down("s3")
    world.goes_down("s1")
    world.happens(CauseDecided(2, "another", BO, world.now, deployment="v9"))
    world.happens(FollowUpAnswered(2, "a canary", BO, world.now))
    world.goes_down("s2")
    first, second = number(world, 1), number(world, 2)
    assert (second.merged_into, second.next_due_at) == (1, None)
    assert [it.asked for it in second.follow_ups] == [False, False]
    assert {it.team: it.text for it in first.follow_ups} == {
        "it": "",
        "development": "a canary",
        "payments_team": "",
    }
    asked = [text for text in world.replies() if "what will keep it" in text]
    assert asked[-1].startswith("*IT and Payments: what will keep it"), "Development has answered"


def test_a_team_that_joins_after_the_cause_was_decided_is_asked_too() -> None:
    world = caused(over=False)
    world.goes_down("payments")
    assert waiting(world) == ["it", "development", "payments_team"]
    assert any(text.startswith("*IT, Development and Payments: ") for text in world.replies())
