"""What people do in Slack, as the app hears it: signed HTTP, in Slack's shapes."""

import json
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient
from starlette.responses import JSONResponse, Response

from bot.sandbox import Sandbox
from tests.contracts.sandbox.conftest import SIGNING_SECRET, Bot, Clock, Seen

EVENTS = "/slack/events"
MODAL: dict[str, Any] = {
    "type": "modal",
    "callback_id": "reject",
    "title": {"type": "plain_text", "text": "Why not?"},
    "submit": {"type": "plain_text", "text": "Reject"},
    "private_metadata": "12",
    "blocks": [
        {
            "type": "input",
            "block_id": "why",
            "label": {"type": "plain_text", "text": "Reason"},
            "element": {"type": "plain_text_input", "action_id": "reason"},
        }
    ],
}


def payload(seen: Seen) -> dict[str, Any]:
    value = json.loads(seen.form["payload"])
    assert isinstance(value, dict)
    return value


async def post_with_button(slack: AsyncWebClient, **more: Any) -> str:
    ack = {"type": "button", "action_id": "ack", "value": "12",
           "text": {"type": "plain_text", "text": "I have it"}}  # fmt: skip
    blocks = [{"type": "actions", "block_id": "b1", "elements": [ack]}]
    posted = await slack.chat_postMessage(
        channel="#incidents", text="#12 down", blocks=blocks, **more
    )
    return str(posted["ts"])


async def test_a_click_is_signed_and_looks_like_slacks(
    slack: AsyncWebClient, sandbox: Sandbox, bot: Bot
) -> None:
    ts = await post_with_button(slack)
    answer = await sandbox.slack.click("Ana", ts, "ack")
    assert answer.ok
    (seen,) = bot.at(EVENTS)
    assert SignatureVerifier(SIGNING_SECRET).is_valid_request(seen.body, seen.headers)
    assert not SignatureVerifier("other").is_valid_request(seen.body, seen.headers)
    clicked = payload(seen)
    assert (clicked["type"], clicked["user"]["id"]) == ("block_actions", "U0ANA")
    assert clicked["actions"][0]["value"] == "12"
    assert clicked["actions"][0]["block_id"] == "b1"
    assert clicked["container"]["message_ts"] == clicked["message"]["ts"] == ts
    assert clicked["channel"]["name"] == "incidents"


async def test_a_button_can_be_pressed_by_its_label_and_a_missing_one_cannot(
    slack: AsyncWebClient, sandbox: Sandbox, bot: Bot
) -> None:
    ts = await post_with_button(slack)
    await sandbox.slack.click("U0BO", ts, "I have it")
    assert payload(bot.seen[0])["actions"][0]["action_id"] == "ack"
    with pytest.raises(LookupError):
        await sandbox.slack.click("Bo", ts, "resolve")


async def test_an_app_that_is_slow_or_away_is_a_problem_that_shows(
    slack: AsyncWebClient, sandbox: Sandbox
) -> None:
    ts = await post_with_button(slack)
    sandbox.settings.bot_url = "http://127.0.0.1:9"
    answer = await sandbox.slack.click("Ana", ts, "ack")
    assert (answer.ok, answer.problem) == (False, "ConnectError")
    assert [e.data["detail"] for e in sandbox.journal.entries("alert")] == ["ConnectError"]


async def test_a_response_url_replaces_the_message_or_whispers_five_times(
    slack: AsyncWebClient, sandbox: Sandbox, bot: Bot
) -> None:
    ts = await post_with_button(slack)
    await sandbox.slack.click("Ana", ts, "ack")
    hook = AsyncWebhookClient(payload(bot.seen[0])["response_url"])
    await hook.send(text="#12 is Ana's", blocks=[], replace_original=True)
    (message,) = sandbox.slack.messages("#incidents")
    assert (message.text, message.blocks) == ("#12 is Ana's", [])
    await hook.send(text="only you", response_type="ephemeral")
    assert [m.text for m in sandbox.slack.ephemerals("Ana", "#incidents")] == ["only you"]
    await hook.send(text="all of you", response_type="in_channel")
    assert [m.text for m in sandbox.slack.messages("#incidents")][1:] == ["all of you"]
    await hook.send(text="four")
    await hook.send(text="five")
    worn_out = await hook.send(text="six")
    assert (worn_out.status_code, json.loads(worn_out.body)["error"]) == (404, "used_url")


async def test_a_response_url_ends_after_half_an_hour(
    slack: AsyncWebClient, sandbox: Sandbox, bot: Bot, clock: Clock
) -> None:
    ts = await post_with_button(slack)
    await sandbox.slack.click("Ana", ts, "ack")
    clock.forward(minutes=31)
    late = await AsyncWebhookClient(payload(bot.seen[0])["response_url"]).send(text="late")
    assert json.loads(late.body)["error"] == "expired_url"


async def test_a_command_carries_its_words_and_shows_the_answer_to_the_one_who_typed_it(
    sandbox: Sandbox, bot: Bot
) -> None:
    bot.will_answer(EVENTS, JSONResponse({"text": "nothing is down"}))
    bot.will_answer(EVENTS, JSONResponse({"text": "for all", "response_type": "in_channel"}))
    bot.will_answer(EVENTS, Response("plain words", media_type="text/plain"))
    for _ in range(3):
        await sandbox.slack.command("Ana", "/midwatch ack 12", "#incidents")
    form = bot.seen[0].form
    assert (form["command"], form["text"]) == ("/midwatch", "ack 12")
    assert (form["user_id"], form["channel_name"]) == ("U0ANA", "incidents")
    whispered = [m.text for m in sandbox.slack.ephemerals("Ana", "#incidents")]
    assert whispered == ["nothing is down", "plain words"]
    assert [m.text for m in sandbox.slack.messages("#incidents")] == ["for all"]


async def open_modal(slack: AsyncWebClient, sandbox: Sandbox, bot: Bot) -> None:
    ts = await post_with_button(slack)
    await sandbox.slack.click("Ana", ts, "ack")
    await slack.views_open(trigger_id=payload(bot.seen[-1])["trigger_id"], view=MODAL)


async def test_a_modal_is_opened_filled_in_and_closed(
    slack: AsyncWebClient, sandbox: Sandbox, bot: Bot
) -> None:
    await open_modal(slack, sandbox, bot)
    modal = sandbox.slack.modal("Ana")
    assert modal is not None
    assert "Why not?" in modal.words
    sent = await sandbox.slack.submit("Ana", values={"reason": "not today"})
    assert sent.ok
    view = payload(bot.seen[-1])["view"]
    assert view["state"]["values"]["why"]["reason"] == {
        "type": "plain_text_input",
        "value": "not today",
    }
    assert (view["callback_id"], view["private_metadata"]) == ("reject", "12")
    assert sandbox.slack.modal("Ana") is None


async def test_slack_itself_insists_on_required_inputs(
    slack: AsyncWebClient, sandbox: Sandbox, bot: Bot
) -> None:
    await open_modal(slack, sandbox, bot)
    before = len(bot.seen)
    sent = await sandbox.slack.submit("Ana")
    assert set(sent.errors) == {"why"}
    assert len(bot.seen) == before


async def test_a_form_can_complain_update_push_and_clear(
    slack: AsyncWebClient, sandbox: Sandbox, bot: Bot
) -> None:
    await open_modal(slack, sandbox, bot)
    other = MODAL | {"title": {"type": "plain_text", "text": "Second"}}
    complaint = {"response_action": "errors", "errors": {"why": "too short"}}
    bot.will_answer(EVENTS, JSONResponse(complaint))
    bot.will_answer(EVENTS, JSONResponse({"response_action": "update", "view": other}))
    bot.will_answer(EVENTS, JSONResponse({"response_action": "push", "view": MODAL}))
    bot.will_answer(EVENTS, JSONResponse({"response_action": "clear"}))
    titles = []
    for number in range(4):
        sent = await sandbox.slack.submit("Ana", values={"reason": "x"})
        assert dict(sent.errors) == ({"why": "too short"} if number == 0 else {})
        top = sandbox.slack.modal("Ana")
        titles.append(top.title if top else None)
    assert titles == ["Why not?", "Second", "Why not?", None]


async def test_a_trigger_is_good_once_and_for_three_seconds(
    slack: AsyncWebClient, sandbox: Sandbox, bot: Bot, clock: Clock
) -> None:
    async def error(trigger: str) -> str:
        with pytest.raises(SlackApiError) as refusal:
            await slack.views_open(trigger_id=trigger, view=MODAL)
        return str(refusal.value.response["error"])

    await open_modal(slack, sandbox, bot)
    assert await error(payload(bot.seen[-1])["trigger_id"]) == "exchanged_trigger_id"
    await sandbox.slack.command("Ana", "/midwatch", "#incidents")
    clock.forward(seconds=3.1)
    assert await error(bot.seen[-1].form["trigger_id"]) == "expired_trigger_id"
    assert await error("1.2.three") == "invalid_trigger_id"


async def test_a_wrong_view_is_refused_with_the_place(
    slack: AsyncWebClient, sandbox: Sandbox, bot: Bot
) -> None:
    await sandbox.slack.command("Ana", "/midwatch", "#incidents")
    long_title = MODAL | {"title": {"type": "plain_text", "text": "x" * 25}, "submit": None}
    with pytest.raises(SlackApiError) as refusal:
        await slack.views_open(trigger_id=bot.seen[-1].form["trigger_id"], view=long_title)
    assert refusal.value.response["error"] == "invalid_arguments"
    assert refusal.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]",
        "[ERROR] missing required field: submit [json-pointer:/view]",
    ]


async def test_a_home_is_opened_published_and_clicked(
    slack: AsyncWebClient, sandbox: Sandbox, bot: Bot
) -> None:
    await sandbox.slack.open_home("Ana")
    event = json.loads(bot.seen[0].body)
    assert event["event"]["type"] == "app_home_opened"
    refresh = {"type": "button", "action_id": "refresh",
               "text": {"type": "plain_text", "text": "Refresh"}}  # fmt: skip
    home = {"type": "home", "blocks": [{"type": "actions", "elements": [refresh]}]}
    shown = await slack.views_publish(user_id="U0ANA", view=home)
    assert sandbox.slack.home("Ana") is not None
    await sandbox.slack.click_in_view("Ana", "refresh")
    assert payload(bot.seen[-1])["container"]["view_id"] == shown["view"]["id"]
    with pytest.raises(SlackApiError) as conflict:
        await slack.views_update(view_id=shown["view"]["id"], hash="1.old", view=home)
    assert conflict.value.response["error"] == "hash_conflict"


async def test_a_message_and_a_mention_are_events(sandbox: Sandbox, bot: Bot) -> None:
    head = await sandbox.slack.message("Ana", "#incidents", "hello")
    await sandbox.slack.message("Bo", "#incidents", "<@U0MIDWATCH> help", head.ts)
    kinds = [json.loads(seen.body)["event"]["type"] for seen in bot.seen]
    assert kinds == ["message", "message", "app_mention"]
    assert json.loads(bot.seen[1].body)["event"]["thread_ts"] == head.ts
    for seen in bot.seen:
        assert SignatureVerifier(SIGNING_SECRET).is_valid_request(seen.body, seen.headers)


async def test_an_event_that_fails_comes_again_with_number_and_reason(
    sandbox: Sandbox, bot: Bot
) -> None:
    bot.will_answer(EVENTS, Response(status_code=500), Response(status_code=503))
    await sandbox.slack.open_home("Ana")
    await sandbox.journal.until(lambda: len(bot.seen) == 3, timeout_seconds=2)
    retries = [
        (s.headers.get("x-slack-retry-num"), s.headers.get("x-slack-retry-reason"))
        for s in bot.seen
    ]
    assert retries == [(None, None), ("1", "http_error"), ("2", "http_error")]
    ids = {json.loads(seen.body)["event_id"] for seen in bot.seen}
    assert len(ids) == 1


async def test_choices_arrive_as_slack_sends_them(
    slack: AsyncWebClient, sandbox: Sandbox, bot: Bot
) -> None:
    choice = {
        "type": "static_select",
        "action_id": "which",
        "options": [{"text": {"type": "plain_text", "text": "v1.42"}, "value": "d1"}],
    }
    posted = await slack.chat_postMessage(
        channel="#incidents", text="?", blocks=[{"type": "actions", "elements": [choice]}]
    )
    await sandbox.slack.click("Ana", posted["ts"], "which", value="d1")
    action = payload(bot.seen[0])["actions"][0]
    assert action["selected_option"]["value"] == "d1"


async def test_the_page_says_what_went_wrong(slack: AsyncWebClient, sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession(headers={"X-Sandbox": "1"}) as http:
        answer = await http.post(
            f"{sandbox.base_url}/sandbox/slack/click",
            json={"user": "Ana", "ts": "1.1", "action_id": "x"},
        )
        assert answer.status == 404
