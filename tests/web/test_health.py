"""`/healthz`, `/readyz` and `/metrics`: open to everybody, and they say what is wrong in words."""

import httpx
from prometheus_client.parser import text_string_to_metric_families

from bot.core.signal import Level
from bot.health import TICK_LATE_SECONDS
from bot.sandbox.faults import Fault
from bot.totals import bounded
from tests.stories.setting import NUMBERS, Json
from tests.stories.world import World
from tests.web.reading import words


async def test_all_is_well(story: World, stranger: httpx.AsyncClient) -> None:
    alive = await stranger.get("/healthz")
    assert (alive.status_code, alive.json()) == (200, {"alive": True})
    ready = await stranger.get("/readyz")
    assert (ready.status_code, ready.json()) == (
        200,
        {"ready": True, "problems": {}, "warnings": {}},
    )
    assert (await stranger.head("/healthz")).status_code == 200
    assert (await stranger.head("/readyz")).status_code == 200


async def test_a_database_that_is_away_is_named(story: World, stranger: httpx.AsyncClient) -> None:
    await story.loses_its_database()
    ready = await stranger.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["ready"] is False
    assert "does not answer" in ready.json()["problems"]["database"]
    assert (await stranger.get("/healthz")).status_code == 200  # a restart would not help
    assert (await samples(stranger))["midwatch_ready"] == 0
    await story.gets_its_database_back()
    assert (await stranger.get("/readyz")).json()["ready"] is True


async def test_a_provider_that_fails_is_a_warning_while_another_works(
    story: World, stranger: httpx.AsyncClient
) -> None:
    story.sandbox.twilio.faults.set(Fault.DOWN)
    await story.reports(Level.DOWN)
    await story.passes(seconds=20, step=5)
    ready = await stranger.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["problems"] == {}
    assert ready.json()["warnings"]["twilio"].startswith("failing since 03:12 UTC (")
    assert all(number not in ready.text for number in NUMBERS.values())
    async with story.signed_in("ana") as ana:
        assert "Trouble of our own: twilio failing since" in words(await ana.get("/"))
    story.sandbox.twilio.faults.clear()
    await story.passes(minutes=2, step=10)
    assert (await stranger.get("/readyz")).json()["warnings"] == {}


async def test_without_any_channel_nobody_can_be_paged(
    story: World, stranger: httpx.AsyncClient
) -> None:
    story.sandbox.twilio.faults.set(Fault.DOWN)
    story.sandbox.slack.faults.set(Fault.DOWN)
    await story.reports(Level.DOWN)
    await story.passes(seconds=20, step=5)
    ready: Json = (await stranger.get("/readyz")).json()
    assert ready["ready"] is False
    assert "no channel" in ready["problems"]["channels"]
    assert set(ready["warnings"]) == {"twilio", "slack"}


async def test_a_tick_that_does_not_come_is_a_problem_and_then_death(
    story: World, stranger: httpx.AsyncClient
) -> None:
    story.clock.forward(TICK_LATE_SECONDS + 1)
    ready = await stranger.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["problems"] == {"tick delivery": "late by 11 s"}
    assert (await stranger.get("/healthz")).status_code == 200
    story.clock.forward(2 * TICK_LATE_SECONDS)
    assert (await stranger.get("/healthz")).status_code == 503


async def test_metrics_count_what_happens(story: World, stranger: httpx.AsyncClient) -> None:
    await story.reports(Level.DOWN)
    found = await samples(stranger)
    assert found["midwatch_ready"] == 1
    assert found["midwatch_open_incidents"] == 1
    probed = [value for name, value in found.items() if name.startswith("midwatch_probes_total")]
    assert sum(probed) > 0
    assert found["midwatch_deliveries_total kind=page state=sent"] == 2


async def test_metrics_count_what_is_kept_also_after_a_restart(
    story: World, stranger: httpx.AsyncClient
) -> None:
    await story.deploys("d1")
    await story.reports(Level.DOWN)
    await story.passes(seconds=45, step=5)
    await story.texts("ana", "1")
    shipped = "midwatch_deployments environment=production service=checkout state=succeeded"
    quickly = "midwatch_acknowledgement_seconds_bucket le=60.0 team=it"
    found = await samples(stranger)
    assert (found[shipped], found["midwatch_incidents cause=undecided"]) == (1, 1)
    assert (found[quickly], found["midwatch_acknowledgement_seconds_count team=it"]) == (1, 1)
    assert found["midwatch_pages channel=sms state=delivered"] == 2
    await story.deploys("d2")
    assert (await samples(stranger))[shipped] == 1, "the database is asked once a minute"
    await story.restarts()
    text = (await stranger.get(f"{story.url}/metrics")).text
    assert (await samples(stranger))[shipped] == 2
    assert not [it for it in (*NUMBERS.values(), "ana", "Ana") if it in text]


def test_of_more_services_than_can_be_told_the_smallest_are_told_together() -> None:
    counts = {("s", "prod", "failed"): 1, ("t", "prod", "failed"): 2, ("u", "prod", "failed"): 3}
    assert bounded(counts, 1) == {("u", "prod", "failed"): 3, ("other", "other", "failed"): 3}


async def samples(browser: httpx.AsyncClient) -> dict[str, float]:
    """Every sample of /metrics: its name and labels, and its value."""
    answer = await browser.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        " ".join([it.name, *(f"{key}={value}" for key, value in sorted(it.labels.items()))]): (
            it.value
        )
        for family in text_string_to_metric_families(answer.text)
        for it in family.samples
    }


async def asks_for(story: World, minutes: int) -> None:
    """Providers are asked once a minute."""
    for _ in range(minutes):
        await story.passes(minutes=1, step=20)
        await story.midwatch.asking.tick()


async def test_a_provider_that_works_again_is_found_out_although_nobody_is_paged(
    story: World, stranger: httpx.AsyncClient
) -> None:
    story.sandbox.twilio.faults.set(Fault.DOWN)
    await story.reports(Level.DOWN)
    await story.passes(minutes=2, step=5)
    await story.texts("ana", "1")
    await story.reports(Level.UP)
    await story.passes(minutes=60, step=60)
    assert "twilio" in (await stranger.get("/readyz")).json()["warnings"]
    story.sandbox.twilio.faults.clear()
    await asks_for(story, minutes=1)
    assert (await stranger.get("/readyz")).json()["warnings"] == {}
    await story.passes(seconds=2)
    assert story.channel()[-1] == "Midwatch reaches Twilio again."


async def test_a_provider_that_fails_is_found_out_before_anybody_is_paged(
    story: World, stranger: httpx.AsyncClient
) -> None:
    story.sandbox.twilio.faults.set(Fault.DOWN)
    story.sandbox.slack.faults.set(Fault.DOWN, match="auth.test")
    await asks_for(story, minutes=1)
    assert (await stranger.get("/readyz")).json()["warnings"] == {}
    await asks_for(story, minutes=1)
    ready = await stranger.get("/readyz")
    assert ready.status_code == 503
    assert set(ready.json()["problems"]) == {"channels"}
    assert ready.json()["warnings"].keys() == {"twilio", "slack"}
    story.sandbox.twilio.faults.clear()
    story.sandbox.slack.faults.clear()
    await asks_for(story, minutes=2)
    assert (await stranger.get("/readyz")).json()["ready"] is True


async def test_a_provider_that_answers_and_delivers_nothing_does_not_work(
    story: World, stranger: httpx.AsyncClient
) -> None:
    story.sandbox.twilio.faults.set(Fault.DOWN, match="POST")
    await story.reports(Level.DOWN)
    await story.passes(seconds=20, step=5)
    for _ in range(3):
        await story.midwatch.asking.tick()
        assert "twilio" in (await stranger.get("/readyz")).json()["warnings"]


async def test_a_database_that_refused_work_lately_is_named_with_what_it_may_be(
    story: World, stranger: httpx.AsyncClient
) -> None:
    story.midwatch.health.refused_seconds_ago = lambda: 6.0
    ready = await stranger.get("/readyz")
    assert ready.status_code == 503
    said = "refused work 6 s ago; is its disk full, or is it just back?"
    assert ready.json()["problems"] == {"database": said}
