"""Who was paged at night is told in the morning, once, so that they can sleep in."""

from tests.stories.world import World


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
