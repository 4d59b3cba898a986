"""Somebody stands in for the one on the rota: from a sentence in Slack to the phone that rings."""

from pathlib import Path

from tests.stories.setting import CONFIG
from tests.stories.world import World, world

ROTA = CONFIG.replace(
    "members: [bo]}",
    "members: [bo, eve], on_call: {rota: [bo, eve], every: 1 week, starts: '2026-11-23 09:00'}}",
)


def texted(story: World) -> list[int]:
    return [len(story.phone(who)) for who in ("ana", "bo", "eve")]


async def test_who_stands_in_is_texted_and_the_other_sleeps(tmp_path: Path) -> None:
    async with world(tmp_path, ROTA) as story:
        (told,) = await story.types("bo", "override eve 03:00-09:00")
        assert "from 25 Nov 03:00 to 09:00" in told, "the next time that the clock shows three"
        (told,) = await story.types("bo", "override end 1")
        assert "Override 1 is ended" in told
        (told,) = await story.types("bo", "override eve now-09:00 for me")
        assert told.startswith("Eve is on call for Development, instead of Bo, from 03:12 to 09:00")
        assert any("Eve is on call for Development" in line for line in story.channel())
        assert "On call for Development: Eve" in (await story.types("ana", "on-call"))[0]
        assert "2: Eve is on call for Development" in (await story.types("ana", "override list"))[0]
        await story.goes_down()
        assert texted(story) == [1, 0, 1]
        assert [kind for kind in await story.audited() if "override" in kind]


async def test_it_is_remembered_by_the_next_process_also_without_its_database(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, ROTA) as story:
        await story.types("bo", "override eve now-09:00")
        await story.restarts()
        await story.passes(seconds=12)
        await story.loses_its_database()
        await story.goes_down()
        await story.passes(seconds=40)
        assert texted(story) == [1, 0, 1]


async def test_another_team_changes_nothing_and_only_they_hear_of_it(tmp_path: Path) -> None:
    async with world(tmp_path, ROTA) as story:
        (told,) = await story.types("ana", "override eve now-09:00")
        assert "Only somebody in Development, or an admin, changes its rota." in told
        assert story.channel() == []
        await story.goes_down()
        assert texted(story) == [1, 1, 0]
