"""Pages by e-mail: to those who want them, and at once where texts do not go."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.page import PageState
from tests.contracts.channels.mail_server import MailServer, mail_server
from tests.stories.setting import CONFIG
from tests.stories.world import World, world

BO = 'bo: {name: Bo, phone: "+15005550102", channels: [sms, slack], slack: U0BO, github: bo-dev}'


@pytest.fixture
async def post() -> AsyncIterator[MailServer]:
    async with mail_server() as it:
        yield it


@pytest.fixture
async def story(tmp_path: Path, post: MailServer) -> AsyncIterator[World]:
    assert BO in CONFIG
    config = CONFIG.replace(
        BO, 'bo: {name: Bo, phone: "+15005550102", email: bo@example.com, channels: [sms, email]}'
    )
    config = config.replace("by: [sms, slack]", "by: [sms, email]")
    async with world(tmp_path, config, SMTP_URL=post.url(), MAIL_FROM="midwatch@example.com") as it:
        yield it


async def test_twilio_is_down_and_bo_has_no_slack_so_he_is_mailed(
    story: World, post: MailServer
) -> None:
    story.sandbox.twilio.faults.set("down")
    await story.goes_down()
    await story.passes(seconds=30, step=3)
    (mail,) = post.mails[:1]
    assert mail["To"] == "bo@example.com"
    assert mail["Subject"].startswith("#1 DOWN checkout 03:12: HTTP 503 from /")
    assert "Reply 1" not in mail.get_content()
    assert f"{story.installed.env['PUBLIC_URL']}/incidents/1" in mail.get_content()
    pages = [page for page in (await story.view()).pages if page.channel == "email"]
    assert pages[0].state is PageState.DELIVERED


async def test_a_step_may_name_it(story: World, post: MailServer) -> None:
    await story.goes_down()
    await story.passes(minutes=9, step=10)
    assert any("STILL DOWN checkout" in mail["Subject"] for mail in post.mails)
