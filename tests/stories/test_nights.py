"""Who was paged at night is told in the morning, once, so that they can sleep in."""

from tests.stories.world import World
from tests.web.reading import words


def told(story: World) -> list[str]:
    return [line for line in story.channel() if "Paged in the night" in line]


async def test_the_team_hears_in_the_morning_who_was_woken_and_why(story: World) -> None:
    await story.goes_down()
    await story.texts("ana", "1")
    await story.passes(minutes=4, step=60)
    await story.texts("bo", "1")
    await story.comes_up()
    await story.passes(minutes=60 * 5 + 40, step=2400)
    assert told(story) == [], "it is not nine yet"
    await story.passes(minutes=10, step=300)
    (line,) = told(story)
    assert line.startswith("*Paged in the night*: *Bo* 2 times (")
    assert "|#1> checkout; last at " in line
    assert "*Ana* once (" in line
    assert line.endswith("Let them sleep in where you can.")
    await story.restarts()
    await story.passes(minutes=120, step=3600)
    assert len(told(story)) == 1, "whoever asks again, it is said once"
    assert (await story.audited()).count("paged_at_night") == 1


async def test_how_often_each_was_paged_is_shown_wherever_the_duty_is(story: World) -> None:
    await story.goes_down()
    await story.passes(minutes=4, step=60)
    await story.comes_up()
    bo = {"person": "bo", "team": "development", "pages": 2, "texts": 2, "calls": 0}
    answer = await story.api("/api/on-call/load")
    assert [{name: it[name] for name in bo} for it in answer["items"] if it["person"] == "bo"] == [
        bo
    ]
    assert {it["nights_disturbed"] for it in answer["items"]} == {1}
    assert (await story.api("/api/on-call/load?to=2026-11-24"))["items"] == []
    assert (await story.api("/api/on-call"))["items"][0]["on_call"] == ["ana"]
    (told_in_slack,) = await story.types("ana", "on-call")
    assert told_in_slack.endswith("Paged at night in the last 28 days: Ana 1 night and Bo 1 night.")
    async with story.signed_in("ana") as ana:
        page = words(await ana.get("/on-call"))
        assert "Bo Development 2 2 0 2 1 03:1" in page
        assert "Night is 22:00-07:00 on the person's own clock." in page
        assert "in their night" in words(await ana.get("/incidents/1"))
