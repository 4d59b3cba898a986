"""Buttons, forms, commands and messages become events: once, committed before the answer."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.events import (
    Acknowledged,
    Asked,
    CauseDecided,
    DeployedByHand,
    Escalated,
    OpenedByHand,
    OverrideAsked,
    OverrideEnded,
    Resolved,
    Silenced,
)
from bot.core.policy import Team
from bot.core.scene import Scene
from bot.ports import IncidentView
from bot.sandbox import Sandbox
from bot.sandbox.faults import Fault
from bot.sandbox.slack.delivery import Delivery
from tests.contracts.slack.conftest import Midwatch, view_of
from tests.core.world import World, deployment


async def shown(midwatch: Midwatch, world: World) -> tuple[IncidentView, str]:
    """A thread of an outage three minutes after a deployment."""
    kept = deployment("v1.42", ended=timedelta(minutes=3))
    world.scene = Scene(deployments=(kept,))
    world.goes_down()
    view = view_of(world)
    midwatch.knows(view)
    midwatch.engine.things.kept = [kept, deployment("v1.41", ended=timedelta(hours=9))]
    where = await midwatch.chat.open_thread("thread:1", view, world.now)
    return view, where.ts


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("I have it", Acknowledged),
        ("Escalate", Escalated),
        ("Resolve", Resolved),
        ("This deployment", CauseDecided),
        ("Not a deployment", CauseDecided),
    ],
)
async def test_each_button_of_the_thread_is_an_event_of_who_pressed_it(
    midwatch: Midwatch, sandbox: Sandbox, world: World, label: str, kind: type
) -> None:
    _, ts = await shown(midwatch, world)
    assert (await sandbox.slack.click("Ana", ts, label)).ok
    (event,) = midwatch.engine.events
    assert isinstance(event, kind)
    assert isinstance(event, Acknowledged | Escalated | Resolved | CauseDecided)
    assert (event.number, event.actor.person, event.actor.via) == (1, "ana", "slack")
    assert event.actor.response_url
    if isinstance(event, CauseDecided):
        assert event.choice == ("this" if label == "This deployment" else "other")
        assert event.deployment == ("v1.42" if event.choice == "this" else None)


async def test_somebody_unknown_is_an_actor_without_a_person(
    midwatch: Midwatch, sandbox: Sandbox, world: World
) -> None:
    _, ts = await shown(midwatch, world)
    await sandbox.slack.click("Zoe", ts, "I have it")
    (event,) = midwatch.engine.events
    assert isinstance(event, Acknowledged)
    assert (event.actor.person, event.actor.slack) == (None, "U0ZOE")


async def test_a_click_without_a_database_is_answered_with_a_sentence(
    midwatch: Midwatch, sandbox: Sandbox, world: World
) -> None:
    _, ts = await shown(midwatch, world)
    midwatch.engine.things.down = True
    assert (await sandbox.slack.click("Ana", ts, "I have it")).ok
    await midwatch.listeners.background.settled()
    (told,) = sandbox.slack.ephemerals("Ana", "#incidents")
    assert "Nothing was recorded" in told.text
    answer = await sandbox.slack.command("Ana", "/midwatch ack 1", "#incidents")
    assert "Nothing was recorded" in answer.body["text"]
    assert midwatch.engine.events == []


async def test_another_one_opens_a_form_whose_choice_is_an_event(
    midwatch: Midwatch, sandbox: Sandbox, world: World
) -> None:
    _, ts = await shown(midwatch, world)
    await sandbox.slack.click("Bo", ts, "Another one")
    await midwatch.listeners.background.settled()
    modal = sandbox.slack.modal("Bo")
    assert modal is not None
    options = modal.spec["blocks"][0]["element"]["options"]
    assert [option["text"]["text"].split(" by")[0] for option in options] == [
        "checkout v1.42 a1b2c3d",
        "checkout v1.41 a1b2c3d",
    ]
    sent = await sandbox.slack.submit(
        "Bo", values={"deployment": options[1]["value"], "note": "seen\nin the logs"}
    )
    assert sent.ok
    (event,) = midwatch.engine.events
    assert isinstance(event, CauseDecided)
    assert (event.choice, event.deployment, event.note) == (
        *("another", "v1.41"),
        "seen in the logs",
    )
    assert sandbox.slack.modal("Bo") is None


async def test_a_form_without_a_database_stays_open_and_says_so(
    midwatch: Midwatch, sandbox: Sandbox, world: World
) -> None:
    _, ts = await shown(midwatch, world)
    await sandbox.slack.click("Bo", ts, "Another one")
    await midwatch.listeners.background.settled()
    midwatch.engine.things.down = True
    sent = await sandbox.slack.submit("Bo", values={"deployment": "0"})
    assert "Nothing was recorded" in sent.errors["deployment"]
    assert sandbox.slack.modal("Bo") is not None


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.RATE_LIMITED, Fault.ERROR])
async def test_a_form_that_slack_does_not_open_is_told_of(
    midwatch: Midwatch, sandbox: Sandbox, world: World, fault: Fault
) -> None:
    _, ts = await shown(midwatch, world)
    sandbox.slack.faults.set(fault, times=1, match="views.open")
    await sandbox.slack.click("Bo", ts, "Another one")
    await midwatch.listeners.background.settled()
    (told,) = sandbox.slack.ephemerals("Bo", "#incidents")
    assert "did not open the form" in told.text


async def test_a_form_that_nothing_fits_says_what_to_do(
    midwatch: Midwatch, sandbox: Sandbox, world: World
) -> None:
    world.goes_down()
    midwatch.knows(view_of(world))
    where = await midwatch.chat.open_thread("thread:1", view_of(world), world.now)
    await sandbox.slack.click("Bo", where.ts, "Another one")
    await midwatch.listeners.background.settled()
    modal = sandbox.slack.modal("Bo")
    assert modal is not None
    assert "/midwatch deployed SERVICE" in str(modal.spec)


COMMANDS = [
    ("/midwatch ack 12", Acknowledged),
    ("/midwatch ack all", Acknowledged),
    ("/midwatch 12", Acknowledged),
    ("/midwatch resolve #12", Resolved),
    ("/midwatch escalate 12", Escalated),
    ("/midwatch open Checkout cards fail", OpenedByHand),
    ("/midwatch silence 12 30m", Silenced),
    ("/midwatch maintenance checkout 2h new disks", Silenced),
    ("/midwatch deployed checkout new voucher table", DeployedByHand),
    ("/midwatch override @bo 18:00-09:00 for me", OverrideAsked),
    ("/midwatch override end 3", OverrideEnded),
    ("/midwatch login", Asked),
]


@pytest.mark.parametrize(("words", "kind"), COMMANDS)
async def test_a_command_that_changes_something_is_an_event_and_the_core_answers(
    midwatch: Midwatch, sandbox: Sandbox, words: str, kind: type
) -> None:
    answer = await sandbox.slack.command("Ana", words, "#general")
    assert (answer.status, answer.text) == (200, "")
    (event,) = midwatch.engine.events
    assert isinstance(event, kind)
    if isinstance(event, Silenced) and event.service:
        assert (event.lasts, event.maintenance) == (timedelta(hours=2), True)
        assert event.reason == "new disks"
    if isinstance(event, OverrideAsked):
        assert (event.person, event.replaces, event.team) == ("bo", "ana", None)
        # Fifteen hours by the clock on the wall, which may change in that night.
        assert abs(event.end - event.start - timedelta(hours=15)) <= timedelta(hours=1)
    if isinstance(event, OpenedByHand | DeployedByHand):
        assert event.service == "checkout"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("/midwatch", "#1 checkout"),
        ("/midwatch status", "IT: nobody yet"),
        ("/midwatch on-call", "On call for IT: Ana and Ida"),
        ("/midwatch on-call 2026-11-28 18:00", "18:00>:\nOn call for IT: Ana and Ida"),
        ("/midwatch override list", "No override: every rota goes as it is configured."),
        ("/midwatch deployments checkout", "v1.42"),
        ("/midwatch help", "/midwatch maintenance SERVICE 2h reason"),
        ("/midwatch resovle 12", "Did you mean `/midwatch resolve 12`"),
        ("/midwatch open chekout it is broken", "There is no service `chekout`"),
        ("/midwatch stats", "Nothing is known of this period"),
    ],
)
async def test_a_question_is_answered_at_once_to_the_one_who_asked(
    midwatch: Midwatch, sandbox: Sandbox, world: World, words: str, said: str
) -> None:
    await shown(midwatch, world)
    await sandbox.slack.command("Zoe", words, "#general")
    (told,) = sandbox.slack.ephemerals("Zoe", "#general")
    assert said in told.text
    assert midwatch.engine.events == []


async def test_hundreds_of_teams_fit_an_answer(midwatch: Midwatch, sandbox: Sandbox) -> None:
    teams = {f"t{n}": Team(f"t{n}", f"Team {n}", ("ana", "bo")) for n in range(400)}
    midwatch.engine.policy = replace(midwatch.engine.policy, teams=teams)
    answer = await sandbox.slack.command("Ana", "/midwatch on-call", "#general")
    assert len(answer.body["text"]) < 4000
    await sandbox.slack.open_home("Ana")
    await midwatch.listeners.background.settled()
    assert sandbox.slack.home("Ana") is not None


async def test_a_question_without_a_database_is_answered_too(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    midwatch.engine.things.down = True
    answer = await sandbox.slack.command("Ana", "/midwatch", "#general")
    assert "cannot tell" in answer.body["text"]
    answer = await sandbox.slack.command("Ana", "/midwatch on-call", "#general")
    assert "On call for IT: Ana and Ida" in answer.body["text"], "that is known without it"


async def test_who_is_on_call_is_told_without_a_database_too(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    midwatch.engine.things.down = True
    answer = await sandbox.slack.command("Ana", "/midwatch on-call", "#general")
    assert answer.body["text"].startswith("On call for IT: Ana and Ida")
    assert "at night" not in answer.body["text"], "nobody knows"


async def test_a_direct_message_and_a_mention_are_commands(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    await sandbox.slack.message("Ana", "U0ANA", "12")
    await sandbox.slack.message("Bo", "#incidents", "<@U0MIDWATCH> resolve 12")
    acked, resolved = midwatch.engine.events
    assert isinstance(acked, Acknowledged)
    assert isinstance(resolved, Resolved)
    await sandbox.slack.message("Ana", "U0ANA", "what is on-call")
    await midwatch.listeners.background.settled()
    assert "Not understood" in sandbox.slack.direct("Ana")[-1].text


async def test_a_question_that_first_arrives_as_a_retry_is_answered_once(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    """Slack told of it before while nobody listened: a restart."""
    delivery: Delivery = sandbox.slack._acts._delivery
    event = {
        "type": "message",
        "channel_type": "im",
        "channel": "D1",
        "user": "U0ANA",
        "text": "on-call",
    }
    payload = {"type": "event_callback", "event_id": "Ev2", "team_id": "T0SANDBOX", "event": event}
    for number in (1, 2):
        assert (await delivery.send("events_api", payload, (number, "connection_failed"))).ok
    await midwatch.listeners.background.settled()
    (told,) = sandbox.slack.direct("Ana")
    assert "On call for IT" in told.text


async def test_an_answer_waits_for_slack_s_pause(midwatch: Midwatch, sandbox: Sandbox) -> None:
    sandbox.slack.faults.set(Fault.RATE_LIMITED, times=1, match="chat.postMessage")
    await sandbox.slack.message("Ana", "U0ANA", "on-call")
    await midwatch.listeners.background.settled()
    assert "On call for IT" in sandbox.slack.direct("Ana")[-1].text


async def test_what_people_say_to_each_other_is_not_ours(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    await sandbox.slack.message("Ana", "#incidents", "ack 12")
    await midwatch.messages.post(await midwatch.messages.direct("U0ANA"), "12")
    assert midwatch.engine.events == []


async def test_an_event_that_was_not_committed_is_delivered_again_and_acts_once(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    sandbox.context.settings.slack_retry_delays_seconds = (0.05, 0.05, 0.05)
    midwatch.engine.things.down = True
    await sandbox.slack.message("Ana", "U0ANA", "resolve 12")
    await midwatch.listeners.background.settled()
    midwatch.engine.things.down = False
    async with asyncio.timeout(5):
        while not midwatch.engine.events:
            await asyncio.sleep(0.01)
    (event,) = midwatch.engine.events
    assert isinstance(event, Resolved)
    assert "Nothing was recorded" in sandbox.slack.direct("Ana")[-1].text


async def test_the_same_delivery_twice_is_one_event(
    midwatch: Midwatch, sandbox: Sandbox, world: World
) -> None:
    delivery: Delivery = sandbox.slack._acts._delivery
    payload = {
        "type": "event_callback",
        "event_id": "Ev1",
        "team_id": "T0SANDBOX",
        "event": {
            "type": "message",
            "channel_type": "im",
            "channel": "D1",
            "user": "U0ANA",
            "text": "12",
            "ts": "1.1",
        },
    }
    for retry in (None, (1, "http_timeout"), (2, "http_timeout")):
        assert (await delivery.send("events_api", payload, retry)).ok
    assert len(midwatch.engine.events) == 1


async def test_the_home_shows_what_is_down_who_is_on_call_and_my_pages(
    midwatch: Midwatch, sandbox: Sandbox, world: World
) -> None:
    await shown(midwatch, world)
    await sandbox.slack.open_home("Ana")
    await midwatch.listeners.background.settled()
    home = sandbox.slack.home("Ana")
    assert home is not None
    words = str(home.spec)
    for expected in ("#1 checkout", "On call for Development: Bo and Dee", "DOWN checkout"):
        assert expected in words
    await sandbox.slack.click_in_view("Ana", "I have it", view=home)
    (event,) = midwatch.engine.events
    assert isinstance(event, Acknowledged)
    await sandbox.slack.open_home("Zoe")
    await midwatch.listeners.background.settled()
    strangers = sandbox.slack.home("Zoe")
    assert strangers is not None
    assert "in no team" in str(strangers.spec)


async def test_a_click_on_the_home_shows_there_what_came_of_it(
    midwatch: Midwatch, sandbox: Sandbox, world: World
) -> None:
    await shown(midwatch, world)
    await sandbox.slack.open_home("Ana")
    await midwatch.listeners.background.settled()
    await sandbox.slack.click_in_view("Ana", "I have it", view=sandbox.slack.home("Ana"))
    (event,) = midwatch.engine.events
    world.happens(event)
    midwatch.knows(view_of(world))
    await midwatch.listeners.background.settled()
    home = sandbox.slack.home("Ana")
    assert home is not None
    assert "IT: Ana" in home.words


async def test_slack_down_does_not_keep_a_click_from_counting(
    midwatch: Midwatch, sandbox: Sandbox, world: World
) -> None:
    _, ts = await shown(midwatch, world)
    sandbox.slack.faults.set(Fault.DOWN)
    assert (await sandbox.slack.click("Ana", ts, "I have it")).ok
    assert (await sandbox.slack.open_home("Ana")).ok
    await midwatch.listeners.background.settled()
    assert len(midwatch.engine.events) == 1
