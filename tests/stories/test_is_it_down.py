"""Is it down? From probes to the first text, and what wakes nobody."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.signal import Level
from tests.stories.setting import CONFIG
from tests.stories.world import World, world


async def test_an_outage_is_confirmed_by_rechecks_within_seconds(story: World) -> None:
    story.services["checkout"].break_down(503)
    began = story.clock.now()
    while not story.phone("ana"):
        await story.passes(seconds=1)
    incident = await story.incident()
    assert incident.triggered_at - incident.began_at == timedelta(seconds=6)
    assert story.clock.now() - began <= timedelta(seconds=16)  # every 10 s, then 3 s and 3 s


async def test_the_outage_began_at_the_first_bad_probe_not_when_it_was_confirmed(
    story: World,
) -> None:
    await story.goes_down()
    found = await story.api()
    assert found["began_at"] < found["triggered_at"]
    assert (await story.incident()).services[0].last_good_at is not None
    assert "3 of 3 tries; last good" in await story.header()


async def test_one_bad_probe_pages_nobody(story: World) -> None:
    story.services["checkout"].break_down(503)
    while "down" not in [result.outcome for result in await story.midwatch.store.last_results()]:
        await story.passes(seconds=1)
    story.services["checkout"].mend()
    await story.passes(minutes=2, step=5)
    assert (story.phone("ana"), story.channel(), await story.open_incidents()) == ([], [], [])


async def test_a_restart_during_the_services_own_rollout_wakes_nobody(story: World) -> None:
    await story.deploys("d2", status="started", ago=0)
    story.services["checkout"].break_down(503)
    await story.passes(seconds=28)
    story.services["checkout"].mend()
    await story.passes(minutes=1, step=5)
    assert (story.phone("ana"), story.channel()) == ([], [])


async def test_a_rollout_that_ended_less_than_a_minute_ago_has_the_same_grace(
    story: World,
) -> None:
    await story.deploys("d2", ago=0.5)
    await story.goes_down()
    assert story.phone("ana") == []
    await story.passes(seconds=25)
    assert len(story.phone("ana")) == 1, "longer than the grace it is an outage"


async def test_a_rollout_that_ended_more_than_a_minute_ago_gives_no_grace(story: World) -> None:
    await story.deploys("d2", ago=1)
    await story.goes_down()
    assert len(story.phone("ana")) == 1


async def test_a_rollout_of_another_service_gives_no_grace(story: World) -> None:
    await story.deploys("p1", service="payments", status="started", ago=0)
    await story.goes_down()
    assert len(story.phone("ana")) == 1


async def test_a_rollout_on_staging_gives_no_grace(story: World) -> None:
    await story.deploys("s1", environment="staging", status="started", ago=0)
    await story.goes_down()
    assert len(story.phone("ana")) == 1


async def test_a_rollout_that_never_reported_its_end_gives_grace_for_three_usual_lengths(
    story: World,
) -> None:
    await story.deploys("d2", status="started", ago=48, took=2)
    await story.goes_down()
    assert len(story.phone("ana")) == 1


@pytest.mark.parametrize(("grace", "texts"), [("10s", 1), ("60s", 0)])
async def test_the_grace_is_as_long_as_the_check_says(
    tmp_path: Path, grace: str, texts: int
) -> None:
    config = CONFIG.replace("every: 10s,", f"every: 10s, rollout_grace: {grace},")
    async with world(tmp_path, config) as story:
        await story.deploys("d2", status="started", ago=0)
        story.services["checkout"].break_down(503)
        await story.passes(seconds=36, step=3)
        assert len(story.phone("ana")) == texts


async def test_two_good_probes_in_a_row_are_a_recovery(story: World) -> None:
    await story.goes_down()
    mended = story.clock.now()
    story.services["checkout"].mend()
    while len(await story.open_incidents()) == 1:
        story.clock.forward(1)
        await story.tick()
    resolved = (await story.incident()).resolved_at
    assert resolved is not None
    assert timedelta(seconds=3) <= resolved - mended <= timedelta(seconds=14)  # 10 s, then 3 s
    assert "UP checkout after" in story.phone("ana")[-1]


async def test_one_good_probe_among_bad_ones_is_no_recovery(story: World) -> None:
    await story.goes_down()
    for _round in range(4):
        story.services["checkout"].mend()
        await story.passes(seconds=10, step=10)
        story.services["checkout"].break_down(503)
        await story.passes(seconds=10, step=10)
    assert await story.open_incidents() == [1]
    assert len(story.phone("ana")) == 1


async def test_a_warning_is_posted_in_slack_and_pages_nobody(story: World) -> None:
    await story.reports(Level.DEGRADED)
    assert [text for text in story.channel() if "checkout* is degraded" in text]
    await story.reports(Level.UP)
    assert "no longer degraded" in story.channel()[-1]
    assert (story.phone("ana"), story.phone("bo")) == ([], [])
    assert await story.open_incidents() == []


async def test_a_service_that_says_warn_about_itself_is_degraded(story: World) -> None:
    story.services["checkout"].body = {"status": "warn"}
    await story.passes(minutes=1, step=3)
    listed = (await story.api("/api/services"))["items"]
    state = next(item["state"] for item in listed if item["service"] == "checkout")
    assert state == "degraded"
    assert "Nobody is paged for this" in story.channel()[-1]
    assert story.phone("ana") == []
