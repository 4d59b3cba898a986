"""Slack's Web API through the real slack_sdk."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.models.metadata import Metadata
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import ChannelSpec, Fault, Sandbox, SandboxSettings
from bot.sandbox.slack.records import Channel
from tests.contracts.sandbox.conftest import APP_TOKEN, Clock


def button(action_id: str = "ack", **more: Any) -> dict[str, Any]:
    text = {"type": "plain_text", "text": "I have it"}
    return {"type": "button", "action_id": action_id, "text": text, **more}


async def refused(call: Any) -> str:
    """The error that a call is refused with."""
    with pytest.raises(SlackApiError) as refusal:
        await call
    return str(refusal.value.response["error"])


async def test_auth_test_says_who_the_bot_is(slack: AsyncWebClient, sandbox: Sandbox) -> None:
    who = await slack.auth_test()
    assert (who["user_id"], who["team_id"]) == ("U0MIDWATCH", "T0SANDBOX")
    assert "chat:write" in who.headers["X-OAuth-Scopes"]


async def test_a_thread_is_posted_edited_in_place_and_answered(
    slack: AsyncWebClient, sandbox: Sandbox
) -> None:
    blocks = [{"type": "actions", "elements": [button()]}]
    head = await slack.chat_postMessage(
        channel="#incidents", text="#12 checkout is down", blocks=blocks
    )
    await slack.chat_postMessage(channel=head["channel"], text="paged Ana", thread_ts=head["ts"])
    await slack.chat_update(
        channel=head["channel"], ts=head["ts"], text="#12 acknowledged", blocks=blocks
    )
    (shown,) = sandbox.slack.messages("#incidents")
    assert (shown.text, shown.edited_ts is not None) == ("#12 acknowledged", True)
    assert shown.buttons == ["I have it"]
    assert shown.blocks[0]["block_id"]
    thread = sandbox.slack.thread("#incidents", head["ts"])
    assert [m.text for m in thread] == ["#12 acknowledged", "paged Ana"]
    replies = await slack.conversations_replies(channel=head["channel"], ts=head["ts"])
    assert [m["text"] for m in replies["messages"]] == ["#12 acknowledged", "paged Ana"]
    assert replies["messages"][0]["reply_count"] == 1


async def test_an_update_keeps_what_it_does_not_name(
    slack: AsyncWebClient, sandbox: Sandbox
) -> None:
    head = await slack.chat_postMessage(
        channel="#incidents", text="a", blocks=[{"type": "divider"}]
    )
    await slack.chat_update(channel=head["channel"], ts=head["ts"], text="b")
    assert len(sandbox.slack.find("incidents", "b").blocks) == 1
    await slack.chat_update(channel=head["channel"], ts=head["ts"], text="b", blocks=[])
    assert sandbox.slack.find("incidents", "b").blocks == []


async def test_metadata_finds_a_message_again(slack: AsyncWebClient) -> None:
    mark = Metadata(event_type="midwatch_outbox", event_payload={"row": 7})
    posted = await slack.chat_postMessage(channel="#incidents", text="hello", metadata=mark)
    plain = await slack.conversations_history(channel=posted["channel"])
    assert "metadata" not in plain["messages"][0]
    full = await slack.conversations_history(channel=posted["channel"], include_all_metadata=True)
    assert full["messages"][0]["metadata"]["event_payload"] == {"row": 7}


async def test_history_pages_newest_first_and_leaves_replies_out(
    slack: AsyncWebClient, clock: Clock
) -> None:
    head = await slack.chat_postMessage(channel="#incidents", text="0")
    await slack.chat_postMessage(channel="#incidents", text="reply", thread_ts=head["ts"])
    await slack.chat_postMessage(
        channel="#incidents", text="loud reply", thread_ts=head["ts"], reply_broadcast=True
    )
    for number in range(1, 4):
        clock.forward(seconds=1)
        await slack.chat_postMessage(channel="#incidents", text=str(number))
    found: list[str] = []
    async for page in await slack.conversations_history(channel=head["channel"], limit=2):
        found += [message["text"] for message in page["messages"]]
    assert found == ["3", "2", "1", "loud reply", "0"]
    since = await slack.conversations_history(channel=head["channel"], oldest=head["ts"])
    assert [m["text"] for m in since["messages"]] == ["3", "2", "1", "loud reply"]


async def test_ephemeral_messages_are_seen_by_one(slack: AsyncWebClient, sandbox: Sandbox) -> None:
    await slack.chat_postEphemeral(channel="#incidents", user="U0ANA", text="psst")
    assert [m.text for m in sandbox.slack.ephemerals("Ana", "#incidents")] == ["psst"]
    assert sandbox.slack.ephemerals("Bo", "#incidents") == []
    assert sandbox.slack.messages("#incidents") == []


async def test_a_direct_message_by_user_id_or_opened(
    slack: AsyncWebClient, sandbox: Sandbox
) -> None:
    opened = await slack.conversations_open(users="U0BO")
    await slack.chat_postMessage(channel=opened["channel"]["id"], text="one")
    await slack.chat_postMessage(channel="U0BO", text="two")
    assert [m.text for m in sandbox.slack.direct("Bo")] == ["one", "two"]


async def test_people_and_channels_can_be_looked_up(slack: AsyncWebClient) -> None:
    ana = (await slack.users_info(user="U0ANA"))["user"]
    assert (ana["real_name"], ana["tz"], ana["tz_offset"]) == ("Ana", "America/New_York", -18000)
    found = await slack.users_lookupByEmail(email="ANA@example.com")
    assert found["user"]["id"] == "U0ANA"
    assert len((await slack.users_list())["members"]) == 3
    assert (await slack.users_profile_get(user="U0BO"))["profile"]["real_name"] == "Bo"
    listed = await slack.conversations_list(types="public_channel")
    assert [c["name"] for c in listed["channels"]] == ["incidents", "support", "releases"]
    channel = listed["channels"][0]["id"]
    assert (await slack.conversations_info(channel=channel))["channel"]["is_member"] is True
    assert "U0ANA" in (await slack.conversations_members(channel=channel))["members"]


async def test_reactions_pins_links_and_deletion(slack: AsyncWebClient, sandbox: Sandbox) -> None:
    posted = await slack.chat_postMessage(channel="#incidents", text="hello")
    channel, ts = posted["channel"], posted["ts"]
    await slack.reactions_add(channel=channel, timestamp=ts, name="eyes")
    await slack.pins_add(channel=channel, timestamp=ts)
    message = sandbox.slack.find("#incidents", "hello")
    assert (message.reactions, message.pinned) == ({"eyes": ["U0MIDWATCH"]}, True)
    again = slack.reactions_add(channel=channel, timestamp=ts, name="eyes")
    assert await refused(again) == "already_reacted"
    link = await slack.chat_getPermalink(channel=channel, message_ts=ts)
    assert link["permalink"].startswith(sandbox.base_url + "/archives/")
    await slack.chat_delete(channel=channel, ts=ts)
    assert sandbox.slack.messages("#incidents") == []


async def test_a_file_is_uploaded_in_three_steps(slack: AsyncWebClient, sandbox: Sandbox) -> None:
    channel = sandbox.slack.channel("#releases").id
    await slack.files_upload_v2(
        content=b"\x89PNG", filename="chart.png", channel=channel, initial_comment="the week"
    )
    (message,) = sandbox.slack.messages("#releases")
    assert message.text == "the week"
    assert (message.files[0]["mimetype"], message.files[0]["size"]) == ("image/png", 4)


@pytest.mark.parametrize(
    ("token", "error"), [("xoxb-wrong", "invalid_auth"), (APP_TOKEN, "not_allowed_token_type")]
)
async def test_a_wrong_token_is_refused(sandbox: Sandbox, token: str, error: str) -> None:
    stranger = AsyncWebClient(token, base_url=f"{sandbox.base_url}/api/")
    assert await refused(stranger.auth_test()) == error


async def test_no_token_and_no_such_method(sandbox: Sandbox, slack: AsyncWebClient) -> None:
    async with aiohttp.ClientSession() as http:
        answer = await http.post(f"{sandbox.base_url}/api/auth.test")
        assert await answer.json() == {"ok": False, "error": "not_authed"}
    assert await refused(slack.api_call("chat.shout")) == "unknown_method"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "#nowhere", "text": "x"}, "channel_not_found"),
        ({"channel": "#closed", "text": "x"}, "is_archived"),
        ({"channel": "#private", "text": "x"}, "not_in_channel"),
        ({"channel": "#secret", "text": "x"}, "channel_not_found"),
        ({"channel": "#incidents", "text": ""}, "no_text"),
        ({"channel": "#incidents", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "#incidents", "text": "x", "blocks": "no"}, "invalid_blocks_format"),
        ({"channel": "#incidents", "text": "x", "thread_ts": "1.1"}, "thread_not_found"),
        ({"channel": "#incidents", "text": "x", "metadata": {"a": 1}}, "invalid_metadata_format"),
        ({"channel": "#incidents", "attachments": [{}] * 101}, "too_many_attachments"),
    ],
)
async def test_a_wrong_message_is_refused_with_slacks_word(
    slack: AsyncWebClient, sandbox: Sandbox, arguments: dict[str, Any], error: str
) -> None:
    sandbox.slack.channel("support").archived = True
    sandbox.slack.channel("support").name = "closed"
    sandbox.slack.channel("releases").bot_is_member = False
    sandbox.slack.channel("releases").name = "private"
    secret = Channel("C0SECRET", "secret", bot_is_member=False, private=True)
    sandbox.slack.workspace.channels[secret.id] = secret
    assert await refused(slack.api_call("chat.postMessage", json=arguments)) == error


async def test_a_channel_can_be_joined(slack: AsyncWebClient, sandbox: Sandbox) -> None:
    channel = sandbox.slack.channel("releases")
    channel.bot_is_member = False
    assert await refused(slack.chat_postMessage(channel=channel.id, text="x")) == "not_in_channel"
    await slack.conversations_join(channel=channel.id)
    assert (await slack.chat_postMessage(channel=channel.id, text="x"))["ok"]


async def test_a_private_channel_does_not_exist_for_an_app_that_is_not_in_it(
    slack: AsyncWebClient, sandbox: Sandbox
) -> None:
    secret = Channel("C0SECRET", "secret", bot_is_member=False, private=True)
    sandbox.slack.workspace.channels[secret.id] = secret
    both = "public_channel,private_channel"
    listed = await slack.conversations_list(types=both)
    assert "secret" not in [channel["name"] for channel in listed["channels"]]
    assert await refused(slack.conversations_info(channel=secret.id)) == "channel_not_found"
    assert await refused(slack.conversations_join(channel=secret.id)) == "channel_not_found"
    assert await refused(slack.conversations_history(channel=secret.id)) == "channel_not_found"
    secret.bot_is_member = True
    listed = await slack.conversations_list(types=both)
    assert "secret" in [channel["name"] for channel in listed["channels"]]
    assert (await slack.conversations_history(channel=secret.id))["messages"] == []
    joined = slack.conversations_join(channel=secret.id)
    assert await refused(joined) == "method_not_supported_for_channel_type"


@pytest.mark.parametrize(
    ("lost", "types"),
    [("channels", "public_channel"), ("groups", "private_channel"), ("im", "im")],
)
async def test_each_kind_of_conversation_has_scopes_of_its_own(
    slack: AsyncWebClient, sandbox: Sandbox, lost: str, types: str
) -> None:
    secret = Channel("C0SECRET", "secret", private=True)
    sandbox.slack.workspace.channels[secret.id] = secret
    places = {
        "channels": sandbox.slack.channel("#incidents").id,
        "groups": secret.id,
        "im": (await slack.conversations_open(users="U0ANA"))["channel"]["id"],
    }
    sandbox.settings.slack_scopes -= {f"{lost}:read", f"{lost}:history"}
    assert await refused(slack.conversations_list(types=types)) == "missing_scope"
    for kind, place in places.items():
        history = slack.conversations_history(channel=place)
        if kind == lost:
            assert await refused(history) == "missing_scope"
        else:
            assert (await history)["ok"]


async def test_updates_are_refused_with_slacks_words(
    slack: AsyncWebClient, sandbox: Sandbox
) -> None:
    written = await sandbox.slack.message("Ana", "#incidents", "mine")
    channel = written.channel
    gone = slack.chat_update(channel=channel, ts="1700000000.000100", text="x")
    assert await refused(gone) == "message_not_found"
    theirs = slack.chat_update(channel=channel, ts=written.ts, text="x")
    assert await refused(theirs) == "cant_update_message"
    by_name = slack.chat_update(channel="#incidents", ts=written.ts, text="x")
    assert await refused(by_name) == "channel_not_found"
    own = await slack.chat_postMessage(channel=channel, text="x")
    long = slack.chat_update(channel=channel, ts=own["ts"], text="x" * 4001)
    assert await refused(long) == "msg_too_long"


async def test_a_missing_scope_says_which(slack: AsyncWebClient, sandbox: Sandbox) -> None:
    sandbox.settings.slack_scopes = frozenset({"users:read"})
    with pytest.raises(SlackApiError) as refusal:
        await slack.chat_postMessage(channel="#incidents", text="x")
    assert refusal.value.response["error"] == "missing_scope"
    assert refusal.value.response["needed"] == "chat:write"
    assert refusal.value.response["provided"] == "users:read"
    assert "email" not in (await slack.users_info(user="U0ANA"))["user"]["profile"]


async def test_one_message_a_second_in_a_channel(
    slack: AsyncWebClient, sandbox: Sandbox, clock: Clock
) -> None:
    sandbox.settings.slack_message_interval_seconds = 1.0
    await slack.chat_postMessage(channel="#incidents", text="one")
    await slack.chat_postMessage(channel="#support", text="elsewhere")
    with pytest.raises(SlackApiError) as refusal:
        await slack.chat_postMessage(channel="#incidents", text="two")
    assert refusal.value.response.status_code == 429
    assert refusal.value.response.headers["Retry-After"] == "1"
    clock.forward(seconds=1)
    await slack.chat_postMessage(channel="#incidents", text="two")


async def test_rate_limits_and_errors_on_demand(slack: AsyncWebClient, sandbox: Sandbox) -> None:
    sandbox.slack.faults.set(Fault.RATE_LIMITED, times=1, retry_after_seconds=30)
    with pytest.raises(SlackApiError) as refusal:
        await slack.chat_postMessage(channel="#incidents", text="x")
    assert refusal.value.response.headers["Retry-After"] == "30"
    sandbox.slack.faults.set(Fault.ERROR, match="chat.postMessage")
    await slack.auth_test()
    post = slack.chat_postMessage(channel="#incidents", text="x")
    assert await refused(post) == "internal_error"
    sandbox.slack.faults.clear()
    sandbox.slack.faults.set(Fault.DOWN)
    with pytest.raises(SlackApiError) as down:
        await slack.chat_postMessage(channel="#incidents", text="x")
    assert down.value.response.status_code == 503
    assert sandbox.slack.messages("#incidents") == []


async def test_a_dropped_answer_leaves_a_message_and_the_sdk_posts_again(
    slack: AsyncWebClient, sandbox: Sandbox
) -> None:
    sandbox.slack.faults.set(Fault.DROP_AFTER_ACCEPT, times=1)
    await slack.chat_postMessage(channel="#incidents", text="twice")
    assert [m.text for m in sandbox.slack.messages("#incidents")] == ["twice", "twice"]


def test_channels_can_start_archived_or_without_the_bot(sandbox: Sandbox) -> None:
    settings = SandboxSettings(
        **{
            **vars(sandbox.settings),
            "channels": [ChannelSpec("#a", bot_is_member=False), ChannelSpec("b", archived=True)],
        }
    )
    world = Sandbox(settings)
    assert not world.slack.channel("a").bot_is_member
    assert world.slack.channel("#b").archived
