"""The thread: opened once, edited in place, answered in; and what Slack's bad days mean."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from slack_sdk.models.blocks import ActionsBlock

from bot.core.incident import Incident
from bot.ports import MessageGone, Permanent, Posted, Transient
from bot.sandbox import Sandbox
from bot.sandbox.faults import Fault
from bot.slack.client import slack_client
from bot.slack.messages import Messages
from bot.slack.refusals import GONE
from tests.contracts.slack.conftest import BOT_TOKEN, Midwatch, now, view_of
from tests.core.world import World

KEY = "thread:1"


async def opened(midwatch: Midwatch, world: World) -> Posted:
    world.goes_down()
    return await midwatch.chat.open_thread(KEY, view_of(world), world.now)


async def test_the_thread_opens_with_service_deployment_and_a_light_per_team(
    midwatch: Midwatch, sandbox: Sandbox, world: World
) -> None:
    await opened(midwatch, world)
    (message,) = sandbox.slack.messages("#incidents")
    first = message.blocks[0]["text"]["text"]
    assert "checkout is down" in first
    assert "checkout is down" in message.text
    assert "no deployment known" in first
    assert "no deployment known" in message.text
    assert "IT: paging Ana" in first
    assert "Development: paging" in first
    assert message.buttons == [
        *("I have it", "Escalate", "Resolve"),
        *("Another one", "Not a deployment"),
    ]


async def test_the_first_message_is_edited_in_place_and_its_buttons_follow(
    midwatch: Midwatch, sandbox: Sandbox, world: World
) -> None:
    where = await opened(midwatch, world)
    world.comes_up()
    await midwatch.chat.edit_thread(where, view_of(world), world.now)
    (message,) = sandbox.slack.messages("#incidents")
    assert "is up again" in message.words
    assert message.buttons == ["Another one", "Not a deployment"]
    assert await midwatch.chat.find(KEY, "incidents", now() - timedelta(minutes=1), None) == where


async def test_replies_go_below_the_first_message_and_posts_to_their_channel(
    midwatch: Midwatch, sandbox: Sandbox, world: World
) -> None:
    where = await opened(midwatch, world)
    reply = await midwatch.chat.reply("reply:1", where, "*Ana* has it")
    assert [m.text for m in sandbox.slack.thread("#incidents", where.ts)][1:] == ["*Ana* has it"]
    await midwatch.chat.post("post:1", "support", "Checkout is down")
    assert [m.text for m in sandbox.slack.messages("#support")] == ["Checkout is down"]
    since = now() - timedelta(minutes=1)
    assert await midwatch.chat.find("reply:1", "incidents", since, where.ts) == reply
    assert await midwatch.chat.find("reply:2", "incidents", since, where.ts) is None
    assert await midwatch.chat.find("reply:1", "incidents", since, None) is None


async def test_a_rate_limit_says_how_long_to_wait(midwatch: Midwatch, sandbox: Sandbox) -> None:
    sandbox.slack.faults.set(Fault.RATE_LIMITED, times=1, retry_after_seconds=17)
    with pytest.raises(Transient) as told:
        await midwatch.chat.post("post:1", "support", "hello")
    assert told.value.retry_after_seconds == 17
    assert not told.value.may_have_happened
    await midwatch.chat.post("post:1", "support", "hello")


@pytest.mark.parametrize(
    ("fault", "maybe"),
    [
        (Fault.DOWN, True),  # an HTML page with 503
        (Fault.ERROR, True),  # internal_error: "some aspect may have succeeded"
        (Fault.REFUSED, True),  # hung up on
    ],
)
async def test_slack_down_is_worth_another_try(
    midwatch: Midwatch, sandbox: Sandbox, fault: Fault, maybe: bool
) -> None:
    sandbox.slack.faults.set(fault, times=1, match="chat.postMessage")
    with pytest.raises(Transient) as told:
        await midwatch.chat.post("post:1", "support", "hello")
    assert told.value.may_have_happened is maybe
    assert sandbox.slack.messages("#support") == []


async def test_a_closed_port_proves_that_nothing_happened() -> None:
    messages = Messages(slack_client(BOT_TOKEN, "http://127.0.0.1:9/api/"))
    with pytest.raises(Transient) as told:
        await messages.post("#incidents", "hello")
    assert not told.value.may_have_happened


async def test_a_message_whose_answer_was_lost_is_found_and_stands_there_once(
    midwatch: Midwatch, sandbox: Sandbox, world: World
) -> None:
    sandbox.slack.faults.set(Fault.DROP_AFTER_ACCEPT, times=1, match="chat.postMessage")
    with pytest.raises(Transient) as told:
        await opened(midwatch, world)
    assert told.value.may_have_happened
    found = await midwatch.chat.find(KEY, "incidents", now() - timedelta(minutes=1), None)
    (message,) = sandbox.slack.messages("#incidents")
    assert found is not None
    assert found.ts == message.ts


async def test_a_hanging_slack_ends_in_time(sandbox: Sandbox) -> None:
    messages = Messages(slack_client(BOT_TOKEN, f"{sandbox.base_url}/api/", timeout_seconds=1))
    sandbox.slack.faults.set(Fault.HANG, match="chat.postMessage")
    with pytest.raises(Transient) as told:
        async with asyncio.timeout(5):
            await messages.post("#incidents", "hello")
    assert told.value.may_have_happened
    sandbox.slack.faults.clear()


async def test_a_first_message_that_somebody_deleted_is_gone(
    midwatch: Midwatch, sandbox: Sandbox, world: World
) -> None:
    where = await opened(midwatch, world)
    await midwatch.messages.client.chat_delete(channel=where.channel, ts=where.ts)
    with pytest.raises(MessageGone):
        await midwatch.chat.edit_thread(where, view_of(world), world.now)
    with pytest.raises(Permanent) as told:
        await midwatch.chat.reply("reply:1", where, "hello")
    assert told.value.code in GONE


async def test_a_public_channel_is_joined_when_the_bot_is_not_in_it(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    sandbox.context.settings.slack_scopes -= {"chat:write.public"}
    sandbox.slack.channel("#support").bot_is_member = False
    await midwatch.chat.post("post:1", "support", "hello")
    assert [m.text for m in sandbox.slack.messages("#support")] == ["hello"]


async def test_a_public_channel_is_joined_to_read_what_was_posted_from_outside(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    """`chat:write.public` writes without being in the channel, but reads nothing back."""
    sandbox.slack.channel("#support").bot_is_member = False
    posted = await midwatch.chat.post("post:1", "support", "hello")
    assert not sandbox.slack.channel("#support").bot_is_member
    since = now() - timedelta(minutes=1)
    assert await midwatch.chat.find("post:1", "support", since, None) == posted


async def test_channels_are_found_without_the_right_to_see_private_ones(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    sandbox.context.settings.slack_scopes -= {"groups:read", "groups:history"}
    assert await midwatch.messages.channel_id("#support") == sandbox.slack.channel("#support").id


async def test_what_cannot_work_says_how_to_mend_it_and_names_no_token(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    sandbox.slack.channel("#support").archived = True
    with pytest.raises(Permanent, match="archived"):
        await midwatch.chat.post("post:1", "support", "hello")
    with pytest.raises(Permanent, match="#nowhere"):
        await midwatch.messages.post("#nowhere", "hello")
    wrong = Messages(slack_client("xoxb-somebody-elses", f"{sandbox.base_url}/api/"))
    with pytest.raises(Permanent, match="SLACK_BOT_TOKEN") as told:
        await wrong.post("#incidents", "hello")
    assert "xoxb-somebody" not in repr(told.value)
    assert told.value.__cause__ is None


async def test_text_from_outside_wakes_no_channel(
    midwatch: Midwatch, sandbox: Sandbox, world: World
) -> None:
    world.goes_down()
    view = view_of(world)
    nasty = "<!channel> <@U0ANA> <https://evil.example|ok> & `\u202e\n@here"
    (part,) = view.incident.services
    incident: Incident = replace(view.incident, services=(replace(part, detail=nasty),))
    await midwatch.chat.open_thread(KEY, replace(view, incident=incident), world.now)
    (message,) = sandbox.slack.messages("#incidents")
    for marked in ("<!c", "<@", "<https://evil", "\u202e"):
        assert marked not in message.words
    assert "&lt;!channel&gt;" in message.words
    sections = [block["text"] for block in message.blocks if block["type"] == "section"]
    assert all(text["verbatim"] for text in sections), "@here and #general stay plain words"


async def test_blocks_that_slack_refuses_never_keep_the_text_from_being_said(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    posted = await midwatch.messages.post("#incidents", "down", blocks=[ActionsBlock(elements=[])])
    (message,) = sandbox.slack.messages("#incidents")
    assert (message.text, message.blocks) == ("down", [])
    await midwatch.messages.update(posted, "up " * 3000, blocks=[ActionsBlock(elements=[])])
    (message,) = sandbox.slack.messages("#incidents")
    assert message.text.startswith("up up")
    assert len(message.text) <= 4000


async def test_a_private_answer_uses_the_click_s_address_then_a_direct_message(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    ana, general = sandbox.slack.user("Ana"), sandbox.slack.channel("#general")
    url = sandbox.slack.response_urls.new(general.id, ana.id)
    for _ in range(6):
        await midwatch.chat.answer("<yours>", url, ana.id)
    told = [m.text for m in sandbox.slack.ephemerals("Ana", "#general")]
    assert told == ["&lt;yours&gt;"] * 5
    assert [m.text for m in sandbox.slack.direct("Ana")] == ["&lt;yours&gt;"]
