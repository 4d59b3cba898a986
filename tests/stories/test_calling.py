"""A phone rings: what it says, what its keys do, and what counts as reached."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from bot.core.events import Actor, PageTestAsked
from bot.core.signal import Level
from bot.sandbox.twilio.records import Call
from tests.stories.setting import CONFIG, NUMBERS
from tests.stories.world import World, world

CALLED = (
    CONFIG.replace("channels: [sms, slack]", "channels: [sms, call]")
    .replace("members: [bo]", "members: [bo, eve]")
    .replace("- {after: 3m, page: on_call, by: [sms]}", "- {after: 3m, page: on_call, by: [call]}")
    .replace("- {page: on_call, by: [sms]}", "- {page: bo, by: [sms]}")
    .replace("teams: [it, development]", "teams: [development]")
)
"""Development alone, Bo first, by text; an undelivered one is followed by a call."""
BOTH = CALLED.replace("teams: [development]", "teams: [it, development]")


def calls(story: World, who: str) -> list[Call]:
    """Every call to somebody, oldest first."""
    return story.sandbox.twilio.phone(NUMBERS[who]).calls


async def presses(story: World, who: str, digit: str) -> str:
    """Press a key; returns what is said then."""
    call = await story.sandbox.twilio.press(who, digit)
    await story.settle()
    return call.said[-1]


async def picks_up(story: World, who: str) -> str:
    """Answer the phone; returns what is said."""
    call = await story.sandbox.twilio.answer(who)
    await story.settle()
    return call.said[-1]


@asynccontextmanager
async def ringing(folder: Path, config: str = CALLED) -> AsyncIterator[World]:
    """Bo's text did not arrive, so his phone rings."""
    async with world(folder, config) as story:
        await story.deploys()
        story.sandbox.twilio.set_phone("Bo", receipts="undelivered")
        await story.goes_down()
        assert [call.status for call in calls(story, "bo")] == ["ringing"]
        yield story


async def page_states(story: World) -> list[tuple[str, str, str]]:
    pages = (await story.view()).pages
    return [(page.person, page.channel, page.state.value) for page in pages]


async def test_a_text_that_did_not_arrive_is_followed_by_a_call_and_its_key_acknowledges(
    tmp_path: Path,
) -> None:
    async with ringing(tmp_path, BOTH) as story:
        said = await picks_up(story, "Bo")
        assert said.startswith("Midwatch. Incident one. Checkout is down since three twelve. Last")
        assert "version one point forty two, five minutes before, by Bo." in said
        await story.restarts()
        assert await presses(story, "Bo", "*") == said, "star says it again"
        assert (await presses(story, "Bo", "9")).startswith("That key does nothing. Press four")
        assert (await presses(story, "Bo", "4")).startswith(
            "You have it for Development. IT: nobody yet."
        )
        tracks = await story.tracks()
        assert (tracks["development"], tracks["it"]) == ("acknowledged by bo", "paging")
        assert calls(story, "bo")[0].over
        assert ("bo", "call", "delivered") in await page_states(story)
        assert any("by phone" in reply for reply in await story.replies())
        assert "eve" not in {person for person, _, _ in await page_states(story)}


async def test_a_voicemail_is_not_reached_and_the_next_person_is_paged_at_once(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, CALLED) as story:
        story.sandbox.twilio.set_phone("Bo", receipts="undelivered", answering="voicemail")
        await story.goes_down()
        call = calls(story, "bo")[0]
        assert call.said == [call.said[0]] * 3 + [
            "No key was pressed, so somebody else is paged. Goodbye."
        ]
        assert ("bo", "call", "undelivered") in await page_states(story)
        assert story.phone("eve")[0].startswith("#1 DOWN checkout")
        told = next(reply for reply in await story.replies() if "reached nobody" in reply)
        assert told.startswith("The call to Bo reached nobody (answered, and no key was pressed")
        assert "paging Eve instead" in told


async def test_five_escalates_once_and_six_is_refused_while_it_is_down(tmp_path: Path) -> None:
    async with ringing(tmp_path) as story:
        await picks_up(story, "Bo")
        refused = await presses(story, "Bo", "6")
        assert refused.startswith("Not resolved. Checkout is still down. Nothing was changed.")
        assert "star to hear it again" in refused
        assert (await story.incident()).open
        call, gather = calls(story, "bo")[0], calls(story, "bo")[0].gather
        for _delivery in range(2):  # Twilio may deliver a key twice
            call.status, call.gather = "in-progress", gather
            assert await presses(story, "Bo", "5") == "Escalated. Eve: paged now. Goodbye."
        assert (await story.audited()).count("escalated") == 1
        assert calls(story, "eve")[0].status == "ringing", "the next step, now"
        assert (await story.tracks())["development"] == "paging", "nobody has it yet"


async def test_what_is_forged_changes_nothing_and_without_callbacks_twilio_is_asked(
    tmp_path: Path,
) -> None:
    async with ringing(tmp_path) as story:
        call = calls(story, "bo")[0]
        await _forged(story, call)
        call.status_callback = None
        await story.passes(seconds=66, step=22)
        assert ("bo", "call", "sent") in await page_states(story), "it still rings"
        await story.sandbox.twilio.hang_up("Bo")
        await story.passes(seconds=66, step=22)
        assert ("bo", "call", "undelivered") in await page_states(story)


async def test_without_a_database_the_phone_rings_and_says_that_no_key_counts(
    tmp_path: Path,
) -> None:
    config = CALLED.replace("channels: [sms, call]", "channels: [call, sms]")
    async with world(tmp_path, config) as story:
        await story.loses_its_database()
        await story.goes_down()
        await story.passes(seconds=20, step=5)
        assert "Midwatch's database is down, so no key is recorded." in await picks_up(story, "Bo")
        assert (await presses(story, "Bo", "4")).startswith("Nothing was recorded:")
        await story.gets_its_database_back()
        await story.passes(seconds=20, step=5)
        assert (await story.incident()).open


async def test_an_account_that_may_not_call_there_is_said_in_words(tmp_path: Path) -> None:
    async with world(tmp_path, CALLED) as story:
        story.sandbox.settings.blocked_prefixes = (NUMBERS["bo"],)
        await story.goes_down()
        told = next(reply for reply in await story.replies() if "reached nobody" in reply)
        assert "no permission for this region (21215)" in told
        assert any("no permission for this region" in post for post in story.channel())


async def test_while_the_line_is_busy_outages_wait_and_one_key_answers_them_all(
    tmp_path: Path,
) -> None:
    by_call = CALLED.replace("{page: bo, by: [sms]}", "{page: bo, by: [call]}")
    config = by_call.replace("teams: [payments_team]", "teams: [development]")
    config = config.replace("depends_on: [payments]", "depends_on: []")
    async with world(tmp_path, config) as story:
        now, actor = story.clock.now(), Actor(None, "cli")
        asked = PageTestAsked("bo", "call", "test-1", actor, now)
        await story.midwatch.engine.receive("test-1", asked)
        await story.settle()
        await story.reports(Level.DOWN)
        await story.reports(Level.DOWN, "payments")
        assert "Nothing is down. This is how a call reaches you." in await picks_up(story, "Bo")
        assert (await presses(story, "Bo", "1")).startswith("Thank you.")
        await story.passes(seconds=6, step=6)
        first, second = calls(story, "bo")
        assert first.over
        said = await picks_up(story, "Bo")
        assert said.startswith("Midwatch. Two incidents are open. Incident one, checkout, since")
        assert (await presses(story, "Bo", "4")).startswith("Incident one: You have it for")
        assert "Incident two: You have it for Development." in second.said[-1]
        for number in (1, 2):
            assert (await story.tracks(number))["development"] == "acknowledged by bo"


async def _forged(story: World, call: Call) -> None:
    """Somebody who is not Twilio says that a key was pressed, and that the call is over."""
    said = {"CallSid": call.sid, "Digits": "4", "CallStatus": "completed"}
    async with httpx.AsyncClient(trust_env=False) as client:
        key = f"{story.url}/twilio/voice/key?key=1-development-0-0.0-bo-sms-then-undelivered"
        for url in (key, call.status_callback or ""):
            assert (await client.post(url, data=said)).status_code == 401
    await story.settle()
    assert (await story.tracks())["development"] == "paging"
    assert ("bo", "call", "sent") in await page_states(story)
