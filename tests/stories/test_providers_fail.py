"""Twilio or Slack is away: the other one carries the facts, and nothing is lost or doubled."""

import asyncio
import re
from pathlib import Path

import pytest

from tests.stories.setting import CONFIG
from tests.stories.world import World, world


async def test_while_twilio_is_down_pages_go_by_slack_and_the_thread_says_so(
    story: World,
) -> None:
    story.sandbox.twilio.faults.set("down")
    await story.goes_down()
    await story.passes(seconds=9, step=3)  # a second try before another way is taken
    assert story.phone("bo") == []
    assert "#1 DOWN checkout" in story.direct("ana")[0]
    assert "#1 DOWN checkout" in story.direct("bo")[0]
    said = [text for text in await story.replies() if "The text to Bo did not arrive" in text]
    assert said[0].endswith("trying a Slack message at once.")


async def test_trouble_with_twilio_is_said_in_the_channel_and_on_the_health_page(
    story: World,
) -> None:
    story.sandbox.twilio.faults.set("down")
    await story.goes_down()
    await story.passes(seconds=9, step=3)  # a second try before another way is taken
    trouble = [text for text in story.channel() if "Midwatch cannot reach Twilio since" in text]
    assert len(trouble) == 1
    assert "pages go by the other channels until it can" in trouble[0]
    readiness = await story.midwatch.health.readiness()
    assert "twilio" in readiness.warnings
    assert readiness.ready, "Slack can still page"
    story.sandbox.twilio.faults.clear()
    await story.passes(seconds=60, step=5)
    assert any("Midwatch reaches Twilio again" in text for text in story.channel())
    assert "twilio" not in (await story.midwatch.health.readiness()).warnings


async def test_pages_go_out_exactly_once_when_twilio_is_back(story: World) -> None:
    story.sandbox.twilio.faults.set("down")
    await story.goes_down()
    await story.passes(seconds=9, step=3)  # a second try before another way is taken
    story.sandbox.twilio.faults.clear()
    await story.passes(minutes=2, step=10)
    for who in ("ana", "bo"):
        assert [text[:18] for text in story.phone(who)] == ["#1 DOWN checkout 0"]


async def test_whoever_has_only_a_phone_hears_of_it_when_twilio_is_back_after_half_an_hour(
    tmp_path: Path,
) -> None:
    config = CONFIG.replace(", slack: U0BO, github: bo-dev", "").replace(", slack: U0ANA", "")
    config = config.replace("by: [sms, slack]", "by: [sms]")
    async with world(tmp_path, config) as story:
        story.sandbox.twilio.faults.set("down")
        await story.goes_down()
        await story.passes(minutes=35, step=20)
        assert set((await story.tracks()).values()) == {"exhausted"}, "everything was tried"
        story.sandbox.twilio.faults.clear()
        await story.passes(minutes=6, step=30)  # it is tried every five minutes by then
        for who in ("ana", "bo"):
            assert "DOWN checkout" in story.phone(who)[0]
            assert len(story.phone(who)) <= 3, "of all that was tried, what is new"


async def test_an_acknowledgement_while_twilio_is_down_takes_back_the_texts(story: World) -> None:
    story.sandbox.twilio.faults.set("down")
    await story.goes_down()
    await story.passes(seconds=9, step=3)  # a second try before another way is taken
    await story.clicks("ana", "I have it")
    await story.clicks("bo", "I have it")
    story.sandbox.twilio.faults.clear()
    await story.passes(minutes=2, step=10)
    assert (story.phone("ana"), story.phone("bo")) == ([], [])


async def test_a_twilio_that_refuses_the_first_try_gets_a_second(story: World) -> None:
    story.sandbox.twilio.faults.set("rate_limited", times=1)
    await story.goes_down()
    await story.passes(seconds=10)
    assert [len(story.phone(who)) for who in ("ana", "bo")] == [1, 1]


async def test_a_long_pause_that_twilio_asks_for_holds_up_nobody(story: World) -> None:
    """Both are told in Slack at once, and texted when the forty seconds are over."""
    story.sandbox.twilio.faults.set("rate_limited", times=2, retry_after_seconds=40)
    await story.goes_down()
    began = story.clock.now()
    assert [len(story.direct(who)) for who in ("ana", "bo")] == [1, 1]
    assert [story.phone(who) for who in ("ana", "bo")] == [[], []]
    while not story.phone("bo"):
        await story.passes(seconds=2)
    assert 20 <= (story.clock.now() - began).total_seconds() <= 45
    (why, *_) = [words for words in await story.replies() if "did not arrive" in words]
    assert "Twilio is busy with too many requests (20429)" in why


@pytest.mark.parametrize("fault", ["drop_after_accept", "error"])
async def test_a_text_that_twilio_has_although_it_answered_with_an_error_is_not_doubled(
    story: World, fault: str
) -> None:
    story.sandbox.twilio.faults.set(fault, times=1, match="POST")
    await story.goes_down()
    await story.passes(seconds=30, step=3)
    assert [len(story.phone(who)) for who in ("ana", "bo")] == [1, 1]
    states = {page.state.value for page in (await story.view()).pages if page.channel == "sms"}
    assert states == {"delivered"}


async def test_while_slack_is_down_texts_carry_the_facts(story: World) -> None:
    await story.deploys(ago=7)
    story.sandbox.slack.faults.set("down")
    await story.goes_down()
    text = story.phone("bo")[0]
    for fact in ("#1 DOWN checkout 03:12", "HTTP 503", "v1.42", "7 min before", "Reply 1 to ack"):
        assert fact in text
    told = await story.texts("bo", "1")
    assert "is yours for Development" in told[0]
    assert (story.channel(), (await story.incident()).thread_ts) == ([], None)


async def test_the_thread_is_created_and_filled_in_when_slack_is_back(story: World) -> None:
    await story.deploys(ago=7)
    story.sandbox.slack.faults.set("down")
    await story.goes_down()
    await story.texts("ana", "1")
    await story.passes(seconds=30, step=5)
    story.sandbox.slack.faults.clear()
    await story.passes(minutes=6, step=60)
    threads = [text for text in story.channel() if "checkout is down" in text]
    assert len(threads) == 1
    assert "🟢 IT: Ana has it" in await story.header()
    assert "v1.42" in await story.header()
    said = [text for text in await story.replies() if "*Ana* has it for IT" in text]
    assert len(said) == 1


async def test_trouble_with_slack_shows_on_the_health_page_and_is_told_of_once_it_is_over(
    story: World,
) -> None:
    story.sandbox.slack.faults.set("down")
    await story.goes_down()
    await story.passes(seconds=20, step=5)
    assert "slack" in (await story.midwatch.health.readiness()).warnings
    story.sandbox.slack.faults.clear()
    await story.passes(minutes=6, step=60)
    told = [text for text in story.channel() if "Midwatch" in text]
    (over,) = [text for text in told if "reach Slack" in text]
    assert re.search(r"could not reach Slack from <.*\|03:12> to <.*\|03:1\d>", over)


async def test_a_channel_that_takes_nothing_shows_on_the_health_page_and_later_in_the_channel(
    story: World,
) -> None:
    story.sandbox.slack.channel("#incidents").archived = True
    await story.goes_down()
    readiness = await story.midwatch.health.readiness()
    assert "archived" in readiness.warnings["slack:incidents"]
    assert "slack" not in readiness.warnings, "it answers, and pages by it go on"
    story.sandbox.slack.channel("#incidents").archived = False
    await story.texts("ana", "1")
    assert (await story.midwatch.health.readiness()).warnings == {}
    await story.settle()
    (told,) = [text for text in story.channel() if "could not reach" in text]
    assert "could not reach its Slack channel for incidents from" in told
    assert "🟢 IT: Ana has it" in await story.header()


async def test_a_token_that_slack_refuses_shows_on_the_health_page(story: World) -> None:
    story.sandbox.context.settings.slack_bot_token = "xoxb-another"
    await story.goes_down()
    readiness = await story.midwatch.health.readiness()
    assert "install the app again" in readiness.warnings["slack"]
    assert story.phone("ana") != []


async def test_socket_mode_that_slack_refuses_shows_on_the_health_page_and_in_the_channel(
    story: World,
) -> None:
    story.installed.env["SLACK_APP_TOKEN"] = "xapp-another"
    await story.restarts()
    listening = asyncio.ensure_future(story.midwatch.listeners["slack socket"]())
    async with asyncio.timeout(5):
        while not story.channel():
            await asyncio.sleep(0.01)
            await story.settle()
    listening.cancel()
    assert "SLACK_APP_TOKEN" in (await story.midwatch.health.readiness()).warnings["slack_socket"]
    (told,) = story.channel()
    assert "buttons and commands in Slack do nothing until it can" in told


async def test_a_sign_in_link_by_text_opens_the_pages_while_slack_is_down(story: World) -> None:
    story.sandbox.slack.faults.set("down")
    await story.goes_down()
    told = await story.texts("bo", "web")
    assert f"{story.url}/login/" in told[0]


async def test_slacks_rate_limit_is_honoured(tmp_path: Path) -> None:
    async with world(tmp_path, CONFIG.replace('support: "#support", ', "")) as story:
        story.sandbox.slack.faults.set("rate_limited", times=1, retry_after_seconds=30)
        await story.goes_down()
        since = story.clock.now()
        while not story.channel():
            await story.passes(seconds=1)
        assert 10 <= (story.clock.now() - since).total_seconds() <= 45
        assert len(story.channel()) == 1
        assert [len(story.phone(who)) for who in ("ana", "bo")] == [1, 1], "texts do not wait"


async def test_a_post_that_slack_has_although_we_saw_an_error_is_not_doubled(
    story: World,
) -> None:
    story.sandbox.slack.faults.set("drop_after_accept", times=1, match="chat.postMessage")
    await story.goes_down()
    await story.texts("ana", "1")
    await story.passes(seconds=30, step=3)
    assert len(story.channel()) == 1
    assert "🟢 IT: Ana has it" in await story.header()
    assert len([text for text in await story.replies() if "has it for IT" in text]) == 1


async def test_a_deleted_first_message_begins_the_thread_anew(story: World) -> None:
    await story.goes_down()
    channel = story.sandbox.slack.channel("#incidents")
    channel.messages.clear()
    await story.texts("ana", "1")
    await story.passes(seconds=10)
    assert len(story.channel()) == 1
    assert "🟢 IT: Ana has it" in await story.header()
