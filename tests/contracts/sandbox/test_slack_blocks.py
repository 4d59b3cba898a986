"""Blocks: what Slack takes and how it refuses the rest."""

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.blocks import problems

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def section(text: str, **more: Any) -> Block:
    return {"type": "section", "text": mrkdwn(text), **more}


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def button(text: str = "ok", action_id: str = "a", **more: Any) -> Block:
    return {"type": "button", "text": plain(text), "action_id": action_id, **more}


def select(*options: Block) -> Block:
    return {"type": "static_select", "action_id": "s", "options": list(options)}


def option(text: str = "one", value: str = "1") -> Block:
    return {"text": plain(text), "value": value}


CONFIRM = {"title": plain("Sure?"), "text": mrkdwn("Really?"), "confirm": plain("Yes"),
           "deny": plain("No")}  # fmt: skip

FINE: list[list[Block]] = [
    [],
    [{"type": "divider"}] * 50,
    [{"type": "header", "text": plain("x" * 150)}, section("x" * 3000)],
    [section("a", accessory=button()), {"type": "section", "fields": [mrkdwn("a")] * 10}],
    [
        {
            "type": "context",
            "elements": [mrkdwn("a"), {"type": "image", "image_url": "u", "alt_text": "t"}],
        }
    ],
    [
        actions(
            button("x" * 75, value="v" * 2000, style="danger", confirm=CONFIRM),
            button(action_id="b"),
        )
    ],
    [actions(select(option()), {"type": "datepicker", "action_id": "d"})],
    [actions(button(action_id="same")), actions(button(action_id="same"))],
    [{"type": "image", "image_url": "https://example.com/a.png", "alt_text": "chart"}],
    [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]}],
    [
        {
            "type": "input",
            "label": plain("Why"),
            "element": {"type": "plain_text_input", "action_id": "w"},
        }
    ],
    [{"type": "markdown", "text": "# hello"}],
]

WRONG: list[tuple[list[Any], str, str]] = [
    ([{"type": "divider"}] * 51, "no more than 50 items allowed", ""),
    ([{"type": "banner"}], "unsupported type: banner", "/0"),
    ([{}], "missing required field: type", "/0"),
    (["text"], "must be an object", "/0"),
    ([section("x" * 3001)], "must be less than 3001 characters", "/0/text/text"),
    ([section("")], "must be more than 0 characters", "/0/text/text"),
    ([{"type": "section"}], "missing required field: text or fields", "/0"),
    ([{"type": "section", "text": "a"}], "must be an object", "/0/text"),
    (
        [{"type": "section", "fields": [mrkdwn("a")] * 11}],
        "no more than 10 items allowed",
        "/0/fields",
    ),
    (
        [{"type": "section", "fields": [mrkdwn("x" * 2001)]}],
        "must be less than 2001 characters",
        "/0/fields/0/text",
    ),
    (
        [{"type": "header", "text": plain("x" * 151)}],
        "must be less than 151 characters",
        "/0/text/text",
    ),
    ([{"type": "header", "text": mrkdwn("a")}], "must be one of: plain_text", "/0/text/type"),
    ([actions()], "no fewer than 1 items allowed", "/0/elements"),
    (
        [actions(*[button(action_id=str(n)) for n in range(26)])],
        "no more than 25 items allowed",
        "/0/elements",
    ),
    ([actions(button(), button())], "`action_id` a already exists", "/0/elements/1/action_id"),
    ([actions(button("x" * 76))], "must be less than 76 characters", "/0/elements/0/text/text"),
    (
        [actions(button(value="v" * 2001))],
        "must be less than 2001 characters",
        "/0/elements/0/value",
    ),
    (
        [actions(button(action_id="v" * 256))],
        "must be less than 256 characters",
        "/0/elements/0/action_id",
    ),
    ([actions(button(style="loud"))], "must be one of: primary, danger", "/0/elements/0/style"),
    (
        [actions({"type": "plain_text_input", "action_id": "p"})],
        "unsupported type: plain_text_input",
        "/0/elements/0",
    ),
    (
        [actions(button(confirm={"title": plain("t")}))],
        "missing required field: text",
        "/0/elements/0/confirm",
    ),
    ([actions(select())], "no fewer than 1 items allowed", "/0/elements/0/options"),
    (
        [actions(select(option("x" * 76)))],
        "must be less than 76 characters",
        "/0/elements/0/options/0/text/text",
    ),
    (
        [actions({"type": "overflow", "action_id": "o", "options": [option()] * 6})],
        "no more than 5 items allowed",
        "/0/elements/0/options",
    ),
    (
        [{"type": "context", "elements": [mrkdwn("a")] * 11}],
        "no more than 10 items allowed",
        "/0/elements",
    ),
    ([{"type": "context", "elements": [button()]}], "unsupported type: button", "/0/elements/0"),
    ([{"type": "image", "image_url": "u"}], "missing required field: alt_text", "/0"),
    (
        [{"type": "input", "element": {"type": "plain_text_input"}}],
        "missing required field: label",
        "/0",
    ),
    (
        [section("a", block_id="b"), section("a", block_id="b")],
        "`block_id` b already exists",
        "/1/block_id",
    ),
    (
        [{"type": "section", "text": {"type": "mrkdwn", "text": "a", "emoji": True}}],
        "additional property: emoji",
        "/0/text",
    ),
]


@pytest.mark.parametrize("blocks", FINE)
def test_good_blocks_are_taken(blocks: list[Block]) -> None:
    assert problems(blocks) == []


@pytest.mark.parametrize(("blocks", "complaint", "place"), WRONG)
def test_bad_blocks_are_refused_with_the_place(
    blocks: list[Any], complaint: str, place: str
) -> None:
    assert problems(blocks) == [f"{complaint} [json-pointer:/blocks{place}]"]


def test_a_modal_may_have_a_hundred_blocks_but_no_table() -> None:
    assert problems([{"type": "divider"}] * 100, "modal") == []
    assert problems([{"type": "table"}], "modal")


async def test_the_sdk_sees_invalid_blocks_with_the_places(slack: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as refusal:
        await slack.chat_postMessage(channel="#incidents", text="x", blocks=[section("x" * 3001)])
    answer = refusal.value.response
    complaint = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert (answer["error"], answer["errors"]) == ("invalid_blocks", [complaint])
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {complaint}"]


async def test_all_blocks_together_have_a_limit_too(slack: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as refusal:
        await slack.chat_postMessage(
            channel="#incidents", text="x", blocks=[section("x" * 2900) for _ in range(5)]
        )
    assert refusal.value.response["error"] == "msg_blocks_too_long"
