"""What is held back so that a phone is not flooded: seen in the thread, on the page, in the API."""

from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from bot.core.signal import Level
from tests.stories.setting import CONFIG
from tests.stories.world import World, world

OFTEN = (
    CONFIG.replace(
        "  - {after: 3m, page: on_call, by: [sms]}\n"
        "  - {after: 5m, page: everyone, by: [sms, slack], repeat: 2}\n",
        "  - {after: 1m, page: on_call, by: [sms], repeat: 9}\n",
    )
    .replace("depends_on: [payments]", "depends_on: []")
    .replace("[it, development]", "[it]")
)
BOTH = OFTEN.replace("teams: [payments_team]", "teams: [it]")
"""Ana alone has both services, and is texted about each every minute."""
RINGING = BOTH.replace("by: [sms], repeat", "by: [call], repeat").replace(
    "slack: U0ANA, channels: [sms, slack]", "slack: U0ANA, channels: [sms, call]"
)


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, BOTH) as it:
        yield it


async def both_go_down(story: World) -> None:
    await story.reports(Level.DOWN, "checkout")
    await story.passes(seconds=30, step=15)
    await story.reports(Level.DOWN, "payments")


async def test_a_later_text_is_held_and_everybody_can_see_until_when_and_why(story: World) -> None:
    await both_go_down(story)
    await story.passes(minutes=8, step=20)
    texts = story.phone("ana")
    first, *later = texts
    assert first.startswith("#1 DOWN checkout")
    held = [page for page in (await story.view()).pages if page.held and page.waiting]
    assert held, "five in a quarter of an hour, and it is the eighth minute"
    header = await story.header()
    assert "paging Ana (text held until " in header
    assert "(5 texts in the last 15 min), will go in one text" in header
    assert "on its way" not in header
    async with story.signed_in("ana") as browser:
        page = (await browser.get("/incidents/1")).text
        assert "held until <time" in page
        assert "(5 texts in the last 15 min), will go in one text" in page
    (told, *_) = [it for it in (await story.api())["pages"] if it["held_until"]]
    assert told["held"] == "5 texts in the last 15 min"
    assert told["held_until"] == held[0].due_at.isoformat()
    assert len(later) == 1 + 5  # payments' first, and the five


async def test_what_went_in_one_text_says_with_which_other_incident(story: World) -> None:
    await both_go_down(story)
    await story.passes(minutes=3, step=20)
    bundles = [text for text in story.phone("ana") if text.startswith("2 DOWN: #1")]
    assert bundles
    went = [it for it in (await story.api())["pages"] if it["bundled"]]
    assert went[0]["bundled"] == "in one text with #2"
    async with story.signed_in("ana") as browser:
        assert "in one text with #2" in (await browser.get("/incidents/1")).text
        assert ", in one text with \\#2" in (await browser.get("/incidents/1/timeline.md")).text


async def test_a_full_budget_delays_neither_a_new_outage_nor_a_recovery(story: World) -> None:
    await story.reports(Level.DOWN, "checkout")
    await story.passes(minutes=8, step=20)
    assert [page for page in (await story.view()).pages if page.held and page.waiting]
    before = len(story.phone("ana"))
    await story.reports(Level.DOWN, "payments")
    assert [text[:16] for text in story.phone("ana")[before:]] == ["#2 DOWN payments"]
    await story.reports(Level.UP, "checkout")
    assert story.phone("ana")[-1].startswith("#1 UP checkout")


async def test_a_phone_does_not_ring_more_often_than_every_two_minutes(tmp_path: Path) -> None:
    """It is always engaged; the policy would ring every minute for each of two incidents."""
    async with world(tmp_path, RINGING) as story:
        story.sandbox.twilio.set_phone("Ana", answering="busy")
        await both_go_down(story)
        await story.passes(minutes=6, step=30)
        calls = story.sandbox.twilio.phone("+15005550101").calls
        made = [call.created_at for call in calls]
        apart = [(b - a).total_seconds() for a, b in pairwise(made)]
        assert len(calls) >= 2
        assert min(apart) >= 120
        assert "the last call was less than 2 min ago" in str(await story.api("/api/incidents/1"))
