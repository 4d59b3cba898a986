"""Level, not edge: whatever made Midwatch miss the moment, what is down gets attention."""

from datetime import timedelta
from pathlib import Path

from tests.stories.setting import CONFIG, START
from tests.stories.world import World, world

WINDOW = """
maintenance:
  - {{services: [checkout], from: "{since}", until: "{until}", reason: "new disks"}}
"""


def in_maintenance(minutes: float) -> str:
    """A window that began an hour ago and ends `minutes` after the start of the story."""
    since, until = START - timedelta(hours=1), START + timedelta(minutes=minutes)
    return CONFIG + WINDOW.format(since=f"{since:%Y-%m-%d %H:%M}", until=f"{until:%Y-%m-%d %H:%M}")


async def test_in_a_maintenance_window_probes_go_on_and_nobody_is_paged(tmp_path: Path) -> None:
    async with world(tmp_path, in_maintenance(30)) as story:
        await story.goes_down()
        await story.passes(minutes=2, step=10)
        last = {item.service: item.outcome for item in await story.midwatch.store.last_results()}
        assert last["checkout"] == "down"
        assert (story.phone("ana"), await story.open_incidents()) == ([], [])


async def test_still_down_at_the_end_of_a_maintenance_window_opens_and_pages(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, in_maintenance(3)) as story:
        await story.goes_down()
        await story.passes(minutes=1, step=5)
        assert story.phone("ana") == []
        await story.passes(minutes=2.5, step=10)
        assert [len(story.phone(who)) for who in ("ana", "bo")] == [1, 1]
        assert "DOWN checkout 03:12" in story.phone("ana")[0], "since it went down, not since now"


async def test_up_again_before_the_end_of_a_maintenance_window_pages_nobody(tmp_path: Path) -> None:
    async with world(tmp_path, in_maintenance(3)) as story:
        await story.goes_down()
        await story.comes_up()
        await story.passes(minutes=4, step=10)
        assert (story.phone("ana"), await story.open_incidents()) == ([], [])
        (told,) = story.channel()
        assert told.startswith("*Maintenance of checkout is over*")


async def test_still_down_at_the_end_of_a_silence_pages_everybody_again(story: World) -> None:
    await story.goes_down()
    told = await story.texts("ana", "1 ok 10m")
    assert told[0].startswith("Quiet for checkout until 03:")
    texts = [len(story.phone(who)) for who in ("ana", "bo")]
    await story.passes(minutes=9, step=20)
    assert [len(story.phone(who)) for who in ("ana", "bo")] == texts, "no step runs meanwhile"
    await story.passes(minutes=2, step=10)
    assert "STILL DOWN checkout" in story.phone("ana")[-1]
    assert "STILL DOWN checkout" in story.phone("bo")[-1]


async def test_an_outage_that_begins_in_a_silence_pages_at_its_end(story: World) -> None:
    await story.types("ana", "maintenance checkout 5m new disks")
    await story.goes_down()
    await story.passes(minutes=2, step=10)
    assert (story.phone("ana"), await story.open_incidents()) == ([], [])
    await story.passes(minutes=4, step=10)
    assert len(story.phone("ana")) == 1
    assert await story.open_incidents() == [1]


async def test_a_check_that_leaves_the_configuration_ends_its_outage(story: World) -> None:
    await story.goes_down()
    line = next(
        line
        for line in story.installed.path.read_text().splitlines()
        if "/services/checkout/health" in line
    )
    await story.reloads(line, "    checks: []")
    await story.passes(minutes=1, step=5)
    assert await story.open_incidents() == []


async def test_a_window_that_is_taken_out_of_the_file_pages_what_is_down(tmp_path: Path) -> None:
    async with world(tmp_path, in_maintenance(300)) as story:
        await story.goes_down()
        await story.reloads("services: [checkout], from", "services: [payments], from")
        await story.passes(seconds=20, step=5)
        assert len(story.phone("ana")) == 1


async def test_resolving_by_hand_while_it_is_down_is_refused_with_the_way_to_silence(
    story: World,
) -> None:
    await story.goes_down()
    told = await story.texts("ana", "1 ok")
    assert told == [
        "#1 stays open: checkout is still down (HTTP 503 from /services/checkout/health: "
        "it reports down). It resolves by itself when up. For quiet: 1 ok 30m"
    ]
    (clicked,) = await story.clicks("bo", "Resolve")
    assert clicked.endswith("For quiet: `/midwatch silence 1 30m`")
    assert await story.open_incidents() == [1]


async def test_what_people_opened_by_hand_they_may_resolve(story: World) -> None:
    await story.types("ana", "open checkout pay button is dead")
    assert "pay button is dead" in story.phone("bo")[0]
    assert await story.texts("bo", "1 ok") == ["#1 checkout is resolved."]
    assert await story.open_incidents() == []
    assert "RESOLVED checkout by Bo" in story.phone("ana")[-1]


async def test_down_again_within_fifteen_minutes_is_the_same_incident(story: World) -> None:
    await story.goes_down()
    await story.texts("ana", "1")
    await story.comes_up()
    await story.passes(minutes=10, step=30)
    await story.goes_down()
    assert await story.open_incidents() == [1]
    assert "DOWN AGAIN checkout" in story.phone("ana")[-1], "an acknowledgement does not last"
    assert "DOWN AGAIN checkout" in story.phone("bo")[-1]
    assert len(story.channel()) == 1, "one thread"
    assert "down again" in await story.header()


async def test_down_again_after_fifteen_minutes_is_another_incident(story: World) -> None:
    await story.goes_down()
    await story.comes_up()
    await story.passes(minutes=15.5, step=30)
    await story.goes_down()
    assert await story.open_incidents() == [2]
    assert len(story.channel()) == 2
