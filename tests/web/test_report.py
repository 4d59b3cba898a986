"""An incident as Markdown: for those who write the post-mortem."""

from datetime import timedelta
from pathlib import Path

import httpx

from bot.core.deployment import DeploymentState, Report
from bot.core.events import Actor, DeploymentReported, FollowUpAnswered
from bot.web.report import plain
from tests.stories.setting import CONFIG
from tests.stories.test_calling import BOTH, picks_up, presses, ringing
from tests.stories.world import World, world


async def lived_through(story: World) -> None:
    """A deployment, an outage that both teams own, its end, and what people decided."""
    now = story.clock.now()
    shipped = Report(
        "d1",
        "checkout",
        "production",
        DeploymentState.SUCCEEDED,
        version="v1.42|<b>",
        sha="a1b2c3d4" * 5,
        started_at=now - timedelta(minutes=9),
        ended_at=now - timedelta(minutes=7),
        by="Bo",
        source="deployments",
    )
    await story.midwatch.engine.receive("d1", DeploymentReported(shipped, now))
    await story.settle()
    await story.goes_down()
    await story.texts("ana", "1")
    await story.clicks("bo", "I have it")
    await story.comes_up()
    await story.clicks("bo", "Not a deployment")


async def test_everything_stands_in_its_order(story: World) -> None:
    await lived_through(story)
    async with story.signed_in("ana") as ana:
        assert "timeline.md" in (await ana.get("/incidents/1")).text
        answer = await ana.get("/incidents/1/timeline.md")
    assert answer.headers["content-type"].startswith("text/markdown")
    told = answer.text
    assert told.startswith("# Incident 1: checkout\n")
    for line in (
        "- IT: Ana had it, 2026-11-24 03:12:",
        "- Development: Bo had it, 2026-11-24 03:12:",
        "- Resolved: 2026-11-24 03:12:",
        r"- Deployment: v1.42\|\<b\> a1b2c3d by Bo of checkout, suspected: ",
        "- Cause, said by Bo: no deployment",
        ": text to Ana (IT), in their night: delivered",
    ):
        assert line in told, line
    assert "5550101" not in told
    timeline = told.partition("## Timeline (UTC)")[2].strip().splitlines()
    times = [line[2:21] for line in timeline]
    assert times == sorted(times)
    assert len(times) > 8


async def test_nothing_of_a_long_night_is_missing(tmp_path: Path) -> None:
    async with ringing(tmp_path, BOTH) as story:
        await picks_up(story, "Bo")
        await presses(story, "Bo", "4")
        await story.types("ana", "silence checkout 10m we know")
        await story.types("ana", "unsilence checkout")
        await story.texts("ana", "1 esc")
        await story.texts("ana", "1")
        await story.passes(minutes=31, step=930)
        await story.deploys("fix", ago=2, took=3, version="v1.43")
        await story.types("bo", "deployed checkout the flag is off")
        await story.passes(seconds=70, step=35)
        await story.comes_up()
        await story.clicks("bo", "This deployment")
        await story.midwatch.engine.receive(
            "answer", FollowUpAnswered(1, "a canary", Actor("bo", "web"), story.clock.now())
        )
        await story.settle()
        async with story.signed_in("ana") as ana:
            told = (await ana.get("/incidents/1/timeline.md")).text
    timeline = told.partition("## Timeline (UTC)")[2]
    for line in (
        "deployment succeeded: v1.42 a1b2c3d by Bo of checkout",
        "The text to Bo did not arrive",
        "text to Bo (IT), in their night: undelivered",
        "because another page did not arrive, in their night: a key was pressed",
        "Bo has it for Development (by phone)",
        "Quiet for checkout until",
        "Ana ended the quiet for checkout",
        "Ana escalated (by text)",
        "Still down; Ana and Bo reminded (1 of 3).",
        "text to Ana (IT), a reminder, in their night: delivered",
        "deployment began: v1.43 a1b2c3d by Bo of checkout",
        "deployment succeeded: the flag is off by Bo of checkout",
        "text to Ana (IT), that it is over, in their night: delivered",
        "Bo says the cause was deployment v1.42",
        "IT and Development asked what will keep it from happening again",
        "What will keep it from happening again, Development: a canary",
    ):
        assert line in timeline, (line, timeline)
    times = [line[2:21] for line in timeline.strip().splitlines()]
    assert times == sorted(times)


async def test_times_are_the_readers_and_strangers_read_nothing(tmp_path: Path) -> None:
    config = CONFIG.replace("ana: {name: Ana,", "ana: {name: Ana, timezone: Asia/Tokyo,")
    async with world(tmp_path, config) as story:
        await story.goes_down()
        async with story.signed_in("ana") as ana:
            told = (await ana.get("/incidents/1/timeline.md")).text
            assert (await ana.get("/incidents/99/timeline.md")).status_code == 404
        async with httpx.AsyncClient(base_url=story.url, trust_env=False) as stranger:
            assert (await stranger.get("/incidents/1/timeline.md")).status_code == 303
    assert "- Began: 2026-11-24 12:12:" in told
    assert "## Timeline (Asia/Tokyo)" in told
    assert "nobody said that they had it" in told
    assert "and counting" in told


def test_what_others_wrote_is_no_markup() -> None:
    assert plain("a\n# b [x](http://e) `c` | d <script>") == (
        r"a \# b \[x\](http://e) \`c\` \| d \<script\>"
    )
