"""Acknowledging: "we have it", said in whatever way is at hand."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.events import Acknowledged, Actor
from tests.stories.setting import CONFIG
from tests.stories.world import World, world


async def by_text(story: World) -> None:
    await story.texts("ana", "1")


async def by_button(story: World) -> None:
    await story.clicks("ana", "I have it")


async def by_command_in_slack(story: World) -> None:
    await story.types("ana", "ack 1")


async def on_the_page(story: World) -> None:
    async with story.signed_in("ana") as browser:
        page = (await browser.get("/incidents/1")).text
        token = re.search(r'name="csrf" value="([^"]+)"', page)
        assert token is not None
        await browser.post("/incidents/1/acknowledge", data={"csrf": token[1]})
    await story.settle()


async def on_the_command_line(story: World) -> None:
    event = Acknowledged(1, Actor("ana", "cli"), story.clock.now())
    await story.midwatch.engine.receive("cli:1", event)
    await story.settle()


WAYS = {
    "by text": by_text,
    "in Slack": by_button,
    "in Slack, typed": by_command_in_slack,
    "on the web page": on_the_page,
    "on the command line": on_the_command_line,
}


@pytest.mark.parametrize("way", WAYS)
async def test_an_acknowledgement_stops_the_track_of_the_persons_team_whatever_its_way(
    story: World, way: str
) -> None:
    await story.goes_down()
    await WAYS[way](story)
    assert await story.tracks() == {"it": "acknowledged by ana", "development": "paging"}
    said = f"*Ana* has it for IT ({way.partition(',')[0]}). Still paging Development."
    assert (await story.replies())[-1] == said
    found = await story.api()
    assert (found["state"], found["acknowledged_at"]) == ("triggered", None)
    assert found["tracks"][0]["by"] == "ana"


async def test_the_incident_is_acknowledged_when_every_team_has_it(story: World) -> None:
    await story.goes_down()
    await story.texts("ana", "1")
    told = await story.clicks("bo", "I have it")
    assert "is yours for Development" in told[0]
    assert "IT: Ana, 03:12" in told[0]
    assert (await story.incident()).state.value == "acknowledged"
    assert (await story.replies())[-1].endswith("Every team has it.")
    before = [len(story.phone(who)) for who in ("ana", "bo")]
    await story.passes(minutes=10, step=60)
    assert [len(story.phone(who)) for who in ("ana", "bo")] == before


async def test_where_any_team_is_enough_one_is_enough(tmp_path: Path) -> None:
    async with world(tmp_path, "acknowledge: any_team\n" + CONFIG.lstrip()) as story:
        await story.goes_down()
        await story.texts("ana", "1")
        assert (await story.incident()).state.value == "acknowledged"
        await story.passes(minutes=10, step=60)
        assert len(story.phone("bo")) == 1


async def test_an_acknowledgement_twice_is_one(story: World) -> None:
    await story.goes_down()
    await story.texts("ana", "1")
    again = await story.texts("ana", "1")
    assert again == ["You have #1 checkout for IT since 03:12."]
    await story.clicks("ana", "I have it")
    assert len([text for text in await story.replies() if "has it for IT" in text]) == 1
    assert (await story.audited()).count("acknowledged") == 1


async def test_a_text_that_twilio_sends_twice_is_read_once(story: World) -> None:
    await story.goes_down()
    sid = f"SM{'7' * 32}"
    assert len(await story.texts("ana", "1", sid=sid)) == 1
    assert await story.texts("ana", "1", sid=sid) == []


async def test_pages_not_yet_sent_are_cancelled_in_the_same_breath(story: World) -> None:
    await story.goes_down()
    await story.sandbox.twilio.text("Bo", "1")
    story.clock.forward(200)  # the next step is due, and so is the acknowledgement
    await story.tick()
    assert not [text for text in story.phone("bo") if "STILL DOWN" in text]


async def test_resolve_beats_a_late_acknowledgement(story: World) -> None:
    await story.goes_down()
    await story.comes_up()
    told = await story.texts("ana", "1")
    assert re.fullmatch(
        r"#1 checkout has been over since 03:12 \(down \d+ s\)\. Nothing to do\.", told[0]
    )
    assert (await story.incident()).state.value == "resolved"
    assert "acknowledged" not in await story.audited()


async def test_somebody_of_another_team_is_told_privately_and_changes_nothing(
    story: World,
) -> None:
    await story.goes_down()
    before = await story.replies()
    told = await story.texts("eve", "1")
    assert told == [
        "#1 checkout belongs to IT and Development; you are in neither, so nothing was changed."
    ]
    assert "nothing was changed" in (await story.clicks("eve", "I have it"))[0]
    assert await story.tracks() == {"it": "paging", "development": "paging"}
    assert await story.replies() == before


async def test_somebody_in_no_team_is_told_privately_and_changes_nothing(tmp_path: Path) -> None:
    config = CONFIG.replace("payments_team: {name: Payments, members: [eve]}", "").replace(
        "payments:\n    teams: [payments_team]", "payments:\n    teams: [it]"
    )
    async with world(tmp_path, config) as story:
        await story.goes_down()
        told = await story.clicks("eve", "I have it")
        assert told[0].startswith("You are in no team of Midwatch's configuration")
        assert await story.tracks() == {"it": "paging", "development": "paging"}


async def test_somebody_in_two_teams_acknowledges_for_both(tmp_path: Path) -> None:
    config = CONFIG.replace("members: [bo]", "members: [bo, ana]")
    async with world(tmp_path, config) as story:
        await story.goes_down()
        assert len(story.phone("ana")) == 1, "one text, not one a team"
        told = await story.texts("ana", "1")
        assert told[0].startswith("#1 is yours for IT and Development")
        assert (await story.incident()).state.value == "acknowledged"


async def test_still_down_half_an_hour_later_the_owners_are_reminded_then_hourly_three_times(
    story: World,
) -> None:
    await story.goes_down()
    await story.texts("ana", "1")
    await story.texts("bo", "1")
    at = (await story.incident()).acknowledged_at
    assert at is not None
    reminders = []
    seen = len(story.phone("ana"))
    for _ in range(50):
        await story.passes(minutes=5, step=300)
        if len(story.phone("ana")) > seen:
            seen = len(story.phone("ana"))
            reminders.append(story.clock.now() - at)
            assert "still down" in story.phone("ana")[-1]
            assert "still down" in story.phone("bo")[-1]
    late = [timedelta(minutes=30), timedelta(minutes=90), timedelta(minutes=150)]
    assert len(reminders) == 3
    for seen_after, due in zip(reminders, late, strict=True):
        assert due <= seen_after <= due + timedelta(minutes=5)


async def test_escalate_pages_the_teams_that_have_not_come_now(story: World) -> None:
    await story.goes_down()
    await story.texts("ana", "1")
    await story.passes(minutes=1, step=20)
    told = await story.texts("ana", "1 esc")
    assert told == ["#1: Development (Bo) paged again, next step now."]
    assert "STILL DOWN" in story.phone("bo")[-1]
    assert "Ana escalated (by text)" in "\n".join(await story.replies())


async def test_after_their_acknowledgement_people_are_paged_when_another_team_asks(
    story: World,
) -> None:
    await story.goes_down()
    await story.texts("ana", "1")
    await story.texts("bo", "1")
    await story.passes(minutes=2, step=60)
    texts = len(story.phone("ana"))
    await story.clicks("bo", "Escalate")
    assert len(story.phone("ana")) == texts + 1
    assert (await story.tracks())["it"] == "acknowledged by ana", "that is not undone"


async def test_with_several_open_ack_asks_which_and_all_takes_all(tmp_path: Path) -> None:
    config = CONFIG.replace("teams: [payments_team]", "teams: [it]").replace(
        "    depends_on: [payments]\n", ""
    )
    async with world(tmp_path, config) as story:
        await story.goes_down("checkout")
        await story.goes_down("payments")
        told = await story.texts("ana", "ack")
        assert told[0].startswith("2 open: #")
        assert told[0].endswith("Reply a number, or all")
        await story.texts("ana", "all")
        assert (await story.tracks(1))["it"] == "acknowledged by ana"
        assert (await story.tracks(2))["it"] == "acknowledged by ana"


async def test_a_number_that_never_was_changes_nothing(story: World) -> None:
    assert await story.texts("ana", "99") == [
        "There is no incident #99. Nothing was changed. Text ? to see what is open."
    ]
    assert await story.types("ana", "ack 99") == [
        "There is no incident #99. Nothing was changed. `/midwatch` tells what is open."
    ]
