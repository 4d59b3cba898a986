"""The shift ends at 03:20, in the middle of an outage: from the clock to the phones."""

from pathlib import Path

from bot.core.signal import Level
from tests.stories.setting import CONFIG
from tests.stories.world import World, world

SHIFTS = CONFIG.replace(
    "members: [bo]}",
    "members: [bo, eve], on_call: {rota: [eve, bo], every: 1 day, starts: '2026-11-22 03:20'}}",
)


async def the_shift_ends(story: World) -> None:
    """Bo's; Eve comes on."""
    await story.passes(minutes=9, step=540)


async def test_both_are_told_and_the_outage_is_handed_over(tmp_path: Path) -> None:
    async with world(tmp_path, SHIFTS) as story:
        await story.reports(Level.DOWN)
        await story.texts("bo", "1")
        await story.texts("ana", "1")
        texts = [len(story.phone(who)) for who in ("ana", "bo", "eve")]
        await the_shift_ends(story)
        (on,) = story.direct("eve")
        assert on.startswith("You are on call for Development until 25 Nov 03:20. Open: #1")
        assert "Before you: Bo." in on
        (off,) = story.direct("bo")
        assert off.startswith("You are no longer on call for Development; Eve is until 25 Nov")
        (handed,) = story.phone("eve")[texts[2] :]
        assert "Bo has it for Development, off call since 03:20." in handed
        assert [len(story.phone(who)) for who in ("ana", "bo")] == texts[:2]
        told = (await story.replies())[-1]
        assert told.startswith("Bo's shift ended at ")
        assert told.endswith("; Eve is on call now and was told.")
        (answer,) = await story.texts("eve", "1")
        assert answer.startswith("#1 is yours for Development")
        assert (await story.tracks())["development"] == "acknowledged by eve"


async def test_in_their_quiet_hours_a_duty_waits_and_a_page_does_not(tmp_path: Path) -> None:
    sleeper = "slack: U0EVE, channels: [sms], quiet_hours: '22:00-03:30'"
    config = SHIFTS.replace("slack: U0EVE, channels: [sms, slack]", sleeper)
    async with world(tmp_path, config) as story:
        await the_shift_ends(story)
        assert story.phone("eve") == []
        await story.reports(Level.DOWN)
        assert [text[:7] for text in story.phone("eve")] == ["#1 DOWN"]
        await story.passes(minutes=10, step=600)
        assert any(text.startswith("You are on call for") for text in story.phone("eve"))
