"""`/api/stats`, its CSV, and the badge: what programs, spreadsheets and READMEs are told."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest

from bot.core.signal import Level
from bot.web.badge import KEPT_SECONDS
from tests.stories.setting import CONFIG
from tests.stories.world import World, world

SETTLED = {
    *("deployments", "deployment_frequency_per_day", "change_failure_rate", "rework_rate"),
    *("change_failure_rate_with_suspected", "failed_deployments", "lead_time_median_seconds"),
    *("recovery_time_median_seconds", "recovery_time_from_failure_median_seconds", "incidents"),
    *("downtime_seconds_by_cause", "days_since_deploy_caused_downtime", "longest_streak_days"),
    *("acknowledge_median_seconds_by_team", "both_teams_acknowledged_rate", "pages"),
    "pages_at_night",
}
"""The names that programs may rely on."""
WRONG = [
    ("service=nope", "service", "there is no service 'nope'. Known: checkout, payments"),
    ("team=nope", "team", "there is no team 'nope'. Known: it, development, payments_team"),
    ("from=2026-11-24&to=2026-11-24", "to", "it is not after `from`"),
    ("from=1066-10-14", "from", "it lies between 1970-01-02 and 2200-01-01"),
    ("to=9999-12-31", "to", "it lies between"),
    ("from=yesterday", "from", "is not a date"),
    ("environment=%00", "environment", "pattern"),
]


async def a_morning(story: World) -> None:
    """v1 goes out twice, the second one takes checkout down for some minutes; both teams come."""
    at = story.clock.now() - timedelta(minutes=40)
    commits = [{"sha": "a1b2c3d", "message": "feat: x", "author": "Bo", "at": at.isoformat()}]
    await story.deploys("d0", ago=30)
    await story.deploys("d1", ago=10, commits=commits)
    await story.goes_down()
    await story.passes(minutes=1, step=10)
    await story.texts("ana", "1")
    await story.texts("bo", "1")
    await story.passes(minutes=1, step=10)
    await story.comes_up()


async def test_a_deployment_that_hurt_shows_in_the_numbers(story: World) -> None:
    await a_morning(story)
    suspected = await story.api("/api/stats")
    assert suspected.keys() >= SETTLED
    assert (suspected["deployments"], suspected["incidents"]) == (2, 1)
    assert suspected["change_failure_rate"] == 0.0
    assert suspected["change_failure_rate_with_suspected"] == 0.5
    assert suspected["suspected"] == ["d1"]
    assert suspected["both_teams_acknowledged_rate"] == 1.0
    assert suspected["pages"] == suspected["pages_at_night"] == 2
    assert 30 < suspected["acknowledge_median_seconds_by_team"]["it"] < 90
    assert suspected["recovery_time_median_seconds"] is None
    await the_csv_tells_the_same(story)
    await story.clicks("bo", "This deployment")
    decided = await story.api("/api/stats?service=Checkout")
    assert decided["service"] == "checkout"
    assert (decided["failed_deployments"], decided["change_failure_rate"]) == (1, 0.5)
    assert decided["recovery_time_from_failure_median_seconds"] == pytest.approx(
        decided["downtime_seconds_by_cause"]["deployment"]
    )
    assert 100 < decided["downtime_seconds_by_cause"]["deployment"] < 300
    assert decided["lead_time_median_seconds"] == 30 * 60
    assert decided["days_since_deploy_caused_downtime"] == 0
    assert [it["incident"] for it in decided["recoveries"]] == [1]
    assert len(decided["series"]) == 1, "nothing was known on the days before"
    assert any("Small sample" in note for note in decided["notes"])
    other = await story.api("/api/stats?service=payments&team=payments_team")
    assert (other["deployments"], other["incidents"], other["change_failure_rate"]) == (0, 0, None)


async def the_csv_tells_the_same(story: World) -> None:
    token = story.installed.env["API_TOKEN"]
    header = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=story.url, headers=header, trust_env=False) as program:
        answer = await program.get("/api/stats.csv?service=checkout")
        series = await program.get("/api/stats/series.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "midwatch-stats.csv" in answer.headers["content-disposition"]
    rows = {
        (row["number"], row["of"]): row["value"] for row in csv.DictReader(io.StringIO(answer.text))
    }
    told = await story.api("/api/stats?service=checkout")
    assert rows["service", ""] == "checkout"
    assert float(rows["change_failure_rate_with_suspected", ""]) == 0.5
    assert rows["recovery_time_median_seconds", ""] == "", "what is not known is empty"
    down = told["downtime_seconds_by_cause"]["undecided"]
    assert float(rows["downtime_seconds_by_cause", "undecided"]) == down
    (day,) = csv.DictReader(io.StringIO(series.text))
    assert (day["deployments"], day["suspected"], day["incidents"]) == ("2", "1", "1")
    assert float(day["downtime_seconds_undecided"]) == down


async def test_between_down_and_down_again_nothing_is_down(story: World) -> None:
    await story.reports(Level.DOWN)
    await story.passes(minutes=2, step=30)
    await story.reports(Level.UP)
    await story.passes(minutes=10, step=60)
    await story.reports(Level.DOWN)
    await story.passes(minutes=3, step=30)
    await story.reports(Level.UP)
    found = await story.api("/api/stats")
    assert (found["incidents"], found["reopenings"]) == (1, 1)
    assert 300 <= found["downtime_seconds_by_cause"]["undecided"] < 340


async def test_a_period_is_of_days_in_the_configured_zone(tmp_path: Path) -> None:
    config = CONFIG.replace("timezone: UTC", "timezone: America/Chicago")
    async with world(tmp_path, config) as story:
        await story.deploys("d0", ago=10)  # at 21:02 of the 23rd there
        day = await story.api("/api/stats?from=2026-11-23&to=2026-11-24")
        assert (day["deployments"], day["from"]) == (1, "2026-11-23T06:00:00+00:00")
        assert (await story.api("/api/stats?from=2026-11-24&to=2026-11-25"))["deployments"] is None
        usual = await story.api("/api/stats")
        assert (usual["from"], usual["to"]) == (
            "2026-10-27T05:00:00+00:00",  # summer time, 28 days before the end of today
            "2026-11-24T06:00:00+00:00",
        )


async def test_what_cannot_be_counted_is_named(story: World) -> None:
    header = {"authorization": f"Bearer {story.installed.env['API_TOKEN']}"}
    async with httpx.AsyncClient(base_url=story.url, headers=header, trust_env=False) as program:
        for query, field, says in WRONG:
            for path in ("/api/stats", "/api/stats.csv", "/api/stats/series.csv"):
                answer = await program.get(f"{path}?{query}")
                assert answer.status_code == 422
                assert answer.json()["field"] == field
                assert says in answer.json()["error"]


async def test_without_the_token_no_number_is_told_but_the_badges(
    story: World, stranger: httpx.AsyncClient
) -> None:
    for path in ("/api/stats", "/api/stats.csv", "/api/stats/series.csv"):
        assert (await stranger.get(path)).status_code == 401
    assert (await stranger.get("/badge/checkout.svg")).status_code == 200
    for name in ("nope", "%3Cscript%3E", "checkout.svg"):
        assert (await stranger.get(f"/badge/{name}.svg")).status_code == 404


async def test_the_badge_tells_days_and_may_be_cached_and_shown_elsewhere(
    story: World, stranger: httpx.AsyncClient
) -> None:
    answer = await stranger.get("/badge/all.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert texts(answer) == ["days since deploy-caused downtime", "not known yet"]
    again = {"if-none-match": answer.headers["etag"]}
    assert (await stranger.get("/badge/all.svg", headers=again)).status_code == 304
    story.clock.forward(timedelta(days=3, hours=1).total_seconds())
    assert texts(await stranger.get("/badge/all.svg", headers=again))[1] == "3"
    await story.deploys("d1", ago=10)
    await story.goes_down()
    await story.clicks("bo", "This deployment")
    down = await stranger.get("/badge/checkout.svg")
    assert texts(down)[1] == "0, down now"
    assert "A deployment keeps checkout down right now" in down.text
    await story.comes_up()
    story.clock.forward(KEPT_SECONDS)
    assert texts(await stranger.get("/badge/checkout.svg"))[1] == "0"
    assert texts(await stranger.get("/badge/payments.svg"))[1] == "3"


def texts(answer: httpx.Response) -> list[str]:
    """What the picture says; it must be well-formed and refer to nothing outside."""
    root = ElementTree.fromstring(answer.text)
    assert not re.search(r"(href|src|url\()", answer.text)
    return [it.text or "" for it in root.iter("{http://www.w3.org/2000/svg}text")]
