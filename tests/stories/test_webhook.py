"""Pages by signed webhook: to programs that people wrote, and at once where texts do not go."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.page import PageState
from tests.stories.setting import CONFIG
from tests.stories.world import World, world

BO = 'bo: {name: Bo, phone: "+15005550102", channels: [sms, slack], slack: U0BO, github: bo-dev}'
HIS = (
    'bo: {name: Bo, phone: "+15005550102", channels: [sms, webhook, slack], slack: U0BO, '
    'webhook: "WEBHOOKS/bo"}'
)


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[World]:
    assert BO in CONFIG
    async with world(tmp_path, CONFIG.replace(BO, HIS)) as it:
        yield it


async def test_twilio_is_down_and_bos_webhook_has_every_fact_within_seconds(story: World) -> None:
    await story.deploys(ago=7)
    story.sandbox.twilio.faults.set("down")
    await story.goes_down()
    await story.passes(seconds=12, step=3)
    (got,) = story.sandbox.webhooks.of("bo")
    page = got.body["data"]
    assert got.body["type"] == "page"
    assert (page["incident"], page["state"], page["person"]) == (1, "triggered", "bo")
    assert [one["service"] for one in page["services"]] == ["checkout"]
    assert (page["deployment"]["version"], page["deployment"]["link"]) == ("v1.42", "suspected")
    assert page["began_at"].startswith("2026-11-24T03:12:")
    assert page["url"] == f"{story.installed.env['PUBLIC_URL']}/incidents/1"
    assert page["text"].startswith("#1 DOWN checkout 03:12: HTTP 503")
    pages = [one for one in (await story.view()).pages if one.channel == "webhook"]
    assert [one.state for one in pages] == [PageState.DELIVERED]
    assert any("trying a webhook at once" in words for words in await story.replies())
    assert story.direct("bo") == []  # Slack stands behind it in Bo's order


async def test_whoever_lists_slack_first_is_told_there_first(tmp_path: Path) -> None:
    slack_first = HIS.replace("[sms, webhook, slack]", "[sms, slack, webhook]")
    async with world(tmp_path, CONFIG.replace(BO, slack_first)) as story:
        story.sandbox.twilio.faults.set("down")
        await story.goes_down()
        await story.passes(seconds=12, step=3)
        assert len(story.direct("bo")) == 1
        assert story.sandbox.webhooks.of("bo") == []


async def test_a_webhook_that_is_gone_is_said_once_and_not_used_again(story: World) -> None:
    story.sandbox.webhooks.gone.add("bo")
    story.sandbox.twilio.faults.set("down")
    await story.goes_down()
    await story.passes(seconds=20, step=4)
    said = [words for words in story.channel() if "is gone (410)" in words]
    assert len(said) == 1
    assert "Bo's webhook says that it is gone" in said[0]
    assert len(story.direct("bo")) == 1  # the next of Bo's channels
    await story.passes(minutes=4, step=30)
    tried = [one for one in (await story.view()).pages if one.channel == "webhook"]
    assert len(tried) == 1


async def test_a_webhook_that_asks_for_a_long_pause_holds_up_nothing(story: World) -> None:
    story.sandbox.twilio.faults.set("down")
    story.sandbox.webhooks.faults.set("rate_limited", times=1, retry_after_seconds=40)
    await story.goes_down()
    await story.passes(seconds=9, step=3)
    assert len(story.direct("bo")) == 1
    assert story.sandbox.webhooks.of("bo") == []
    await story.passes(seconds=45, step=5)
    assert len(story.sandbox.webhooks.of("bo")) == 1  # and it is tried again when it may be


async def test_the_same_page_twice_is_one_to_whoever_remembers_its_id(story: World) -> None:
    story.sandbox.twilio.faults.set("down")
    story.sandbox.webhooks.faults.set("drop_after_accept", times=1)
    await story.goes_down()
    await story.passes(seconds=20, step=2)
    (got,) = story.sandbox.webhooks.of("bo")
    assert got.times == 2
