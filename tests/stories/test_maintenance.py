"""Maintenance, from Slack: planned, begun, over, and what happened under it told once."""

from pathlib import Path

from tests.stories.test_level_not_edge import in_maintenance
from tests.stories.world import World, world


async def test_it_is_listed_lengthened_and_told_of_at_its_end(story: World) -> None:
    assert await story.types("ana", "maintenance checkout 10m") == [
        "Say why, so that others know: `/midwatch maintenance checkout 2h new disks`. "
        "Nothing was changed."
    ]
    (told,) = await story.types("ana", "maintenance checkout, payments 03:15-03:20 new disks")
    assert told.startswith("Maintenance of checkout and payments from Tue 24 Nov 03:15 to 03:20")
    (listed,) = await story.types("bo", "maintenance")
    assert listed.startswith("1: maintenance of checkout and payments, by Ana, from ")
    await story.types("bo", "maintenance extend 1 5m")
    await story.passes(minutes=4, step=10)
    await story.goes_down()
    assert (story.phone("ana"), await story.open_incidents()) == ([], [])
    await story.restarts()
    await story.passes(minutes=10, step=10)
    assert len(story.phone("ana")) == 1
    assert "It began in the maintenance of checkout and payments" in str(await story.replies())
    (over,) = [words for words in story.channel() if "is over" in words]
    assert "checkout health up -&gt; down: HTTP 503" in over
    assert "*checkout* is still down: #1." in over
    assert (await story.audited()).count("quiet_over") == 1
    assert (await story.types("bo", "maintenance list"))[0].startswith("Nothing is quiet")


async def test_the_configurations_window_is_told_of_once(tmp_path: Path) -> None:
    async with world(tmp_path, in_maintenance(3)) as story:
        await story.goes_down()
        await story.comes_up()
        await story.passes(minutes=3, step=10)
        await story.restarts()
        await story.passes(seconds=20, step=5)
        (over,) = [words for words in story.channel() if "is over" in words]
        assert "planned: new disks" in over
        assert "checkout health down -&gt; up" in over
        assert (await story.audited()).count("quiet_over") == 1


async def test_a_program_can_ask_what_is_quiet(story: World) -> None:
    await story.types("ana", "maintenance checkout 10m new disks")
    (checkout, payments) = (await story.api("/api/services"))["items"]
    assert payments["quiet"] is None
    assert checkout["quiet"] == {
        "until": checkout["quiet"]["until"],
        "reason": "new disks",
        "kind": "maintenance",
        "by": "ana",
    }
