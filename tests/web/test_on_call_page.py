"""The page that says who has the duty."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from tests.stories.test_overrides import ROTA
from tests.stories.world import World, world


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[World]:
    """Bo has a week's duty for Development, then Eve, who reads her pages in Slack in New York."""
    config = ROTA.replace("slack: U0EVE,", "slack: U0EVE, timezone: America/New_York,")
    config = config.replace("channels: [sms, slack]}\nteams", "channels: [slack]}\nteams")
    async with world(tmp_path, config) as it:
        yield it


def words(page: httpx.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page.text)).split())


async def test_a_stranger_is_asked_to_sign_in_and_the_others_see_who_has_the_duty_when(
    story: World,
) -> None:
    async with httpx.AsyncClient(base_url=story.url, trust_env=False) as stranger:
        answer = await stranger.get("/on-call")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    async with story.signed_in("eve") as eve:
        said = words(await eve.get("/on-call"))
    assert "Development Bo 30 Nov 04:00 Eve" in said, "nine in UTC is four in New York"
    assert "IT Ana always everyone is paged already" in said
    assert "Nobody: every rota goes as it is configured." in said
    assert (
        "Not covered in the coming 7 days Development: Eve is on call from 30 Nov 04:00 on, "
        "and has no phone that works. What mends it, in Slack: "
        "/midwatch override NAME 2026-11-30 04:00-"
    ) in said
    (told,) = await story.types("ana", "on-call")
    assert "Development: Eve is on call from " in told, "who asks in Slack hears it too"
    assert "now 30 Nov 04:00 Bo 30 Nov 04:00 7 Dec 04:00 Eve 7 Dec 04:00 beyond Bo" in said


async def test_who_stands_in_is_shown_at_once_with_who_asked(story: World) -> None:
    await story.types("bo", "override eve now-09:00 for me")
    async with story.signed_in("ana") as ana:
        said = words(await ana.get("/on-call"))
    assert "Development Eve 09:00" in said
    assert "Eve for Development, instead of Bo, from 03:12 to 09:00 override 1" in said
    assert "now 09:00 Eve 09:00 30 Nov 09:00 Bo" in said
