"""Exports of other tools, in the shapes that their documentation shows, shortened."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.responses import JSONResponse

from bot.core.policy import Policy
from bot.importing.converters import Converted, Unconvertible, Wanted, converters
from bot.importing.lines import read
from bot.sources.github_api import GitHubSource
from tests.contracts.hooks.world import FixedClock, serving
from tests.contracts.sources import payloads
from tests.contracts.sources.github_server import TOKEN, GitHub
from tests.importing.world import NOW, POLICY, stream

PAGERDUTY_CSV = """\
id,incident_number,description,service_id,service_name,created_on,resolved_on,\
seconds_to_first_ack,seconds_to_resolve,auto_resolved,acknowledged_by_user_names,urgency
Q1,811,"Checkout is down, again",PIJ90N7,Checkout API,2026-05-06T21:07:00-04:00,\
2026-05-06T21:49:00-04:00,330,2520,0,Ana,high
Q2,812,Pay,PIJ90N8,payments,2026-05-07T01:00:00+00:00,2026-05-07T01:10:00+00:00,60,600,0,\
"Ana,Zoe",high
Q3,813,Open,PIJ90N8,payments,2026-05-08T01:00:00+00:00,,,,0,,high
Q4,814,Noise,PIJ90N9,Old site,2026-05-09T01:00:00+00:00,2026-05-09T01:01:00+00:00,,60,1,,low
"""
PAGERDUTY_API = {
    "incidents": [
        {
            "id": "PT4KHLK",
            "type": "incident",
            "summary": "[#1234] The server is on fire.",
            "title": "The server is on fire.",
            "html_url": "https://acme.pagerduty.com/incidents/PT4KHLK",
            "incident_number": 1234,
            "created_at": "2026-05-06T21:30:42Z",
            "resolved_at": "2026-05-06T21:38:23Z",
            "status": "resolved",
            "service": {"id": "PIJ90N7", "summary": "checkout"},
            "acknowledgements": [
                {"at": "2026-05-06T21:32:52Z", "acknowledger": {"summary": "Earline Greenholt"}}
            ],
        },
        {
            "id": "PT4KHLL",
            "created_at": "2026-05-06T21:31:00Z",
            "last_status_change_at": "2026-05-06T21:38:23Z",
            "status": "resolved",
            "service": {"id": "PIJ90N7", "summary": "checkout"},
            "resolve_reason": {"type": "merge_resolve_reason"},
        },
    ]
}
OPSGENIE_ALERTS = {
    "data": [
        {
            "id": "70413a06-38d6-4c85-92b8-5ebc900d42e2",
            "tinyId": "1791",
            "message": "checkout answers 503",
            "status": "closed",
            "acknowledged": True,
            "createdAt": "2026-05-06T21:07:00.100Z",
            "updatedAt": "2026-05-07T09:00:00Z",
            "entity": "Checkout API",
            "owner": "ana@example.com",
            "report": {
                "ackTime": 120000,
                "closeTime": 600000,
                "acknowledgedBy": "ana@example.com",
                "closedBy": "ana@example.com",
            },
        },
        {"id": "x", "status": "open", "createdAt": "2026-05-08T21:07:00Z", "entity": "payments"},
    ]
}
OPSGENIE_INCIDENTS = {
    "data": [
        {
            "id": "i-1",
            "message": "Nobody can pay",
            "status": "resolved",
            "createdAt": "2026-05-06T21:10:00Z",
            "updatedAt": "2026-05-07T09:00:00Z",
            "impactedServices": ["9cd1c4d4-a5f2"],
            "impactStartDate": "2026-05-06T21:05:00Z",
            "impactEndDate": "2026-05-06T21:40:00Z",
        }
    ]
}


async def convert(tool: str, content: object, **more: Any) -> Converted:
    raw = content if isinstance(content, str) else json.dumps(content)
    wanted = Wanted(POLICY, NOW, "export", raw.encode(), **more)
    found = await converters()[tool].convert(wanted)
    rows = (
        {name: it for name, it in record.items() if it not in (None, "", {})}
        for record in found.records
    )
    assert read(stream(*rows), POLICY, NOW).problems == []
    return found


def times(record: dict[str, Any]) -> list[str]:
    return [
        datetime.fromisoformat(record[name]).astimezone(ZoneInfo("UTC")).strftime("%H:%M:%S")
        for name in ("began_at", "triggered_at", "resolved_at")
    ]


async def test_pagerdutys_csv() -> None:
    names = {"checkout api": "checkout", "old site": "-"}
    found = await convert("pagerduty", PAGERDUTY_CSV, services=names)
    first, second = found.records
    assert (first["id"], first["service"]) == ("pagerduty:Q1", "checkout")
    assert first["title"] == "Checkout is down, again"
    assert times(first) == ["01:07:00", "01:07:00", "01:49:00"]
    assert first["acknowledged"] == {"it": {"at": "2026-05-07T01:12:30+00:00", "by": "ana"}}
    assert second["acknowledged"] == {}, "of Ana and Zoe nobody knows who was first"
    assert found.left_out == {
        "not resolved yet": 1,
        "of services that are not wanted": 1,
        "acknowledgements: of which team is not known (see --team)": 1,
    }


async def test_who_is_not_known_acknowledged_for_the_team_that_is_named() -> None:
    names = {"checkout api": "checkout", "old site": "-"}
    found = await convert("pagerduty", PAGERDUTY_CSV, services=names, team="it")
    assert found.records[1]["acknowledged"] == {"it": {"at": "2026-05-07T01:01:00+00:00"}}


async def test_pagerdutys_api() -> None:
    found = await convert("pagerduty", PAGERDUTY_API, team="development")
    (record,) = found.records
    assert times(record) == ["21:30:42", "21:30:42", "21:38:23"]
    assert record["url"] == "https://acme.pagerduty.com/incidents/PT4KHLK"
    assert record["acknowledged"] == {"development": {"at": "2026-05-06T21:32:52+00:00"}}
    assert found.left_out == {"merged into another one": 1}


async def test_pages_of_an_api_may_follow_each_other() -> None:
    two = json.dumps(PAGERDUTY_API) + "\n" + json.dumps(PAGERDUTY_API)
    assert len((await convert("pagerduty", two)).records) == 2


async def test_pagerdutys_analytics_without_zones() -> None:
    raw = {
        "id": "Q9",
        "service_name": "checkout",
        "created_at": "2026-05-06T21:07:00",
        "resolved_at": "2026-05-06T21:27:00",
        "seconds_to_first_ack": 61,
    }
    with pytest.raises(Unconvertible) as refused:
        await convert("pagerduty", {"data": [raw]})
    assert "'2026-05-06T21:07:00' is not a time with a zone: say which one with --timezone" in str(
        refused.value
    )
    zone = ZoneInfo("Europe/London")
    (record,) = (await convert("pagerduty", {"data": [raw]}, zone=zone)).records
    assert times(record) == ["20:07:00", "20:07:00", "20:27:00"]


async def test_opsgenies_alerts() -> None:
    names = {"checkout api": "checkout"}
    found = await convert("opsgenie", OPSGENIE_ALERTS, services=names)
    (record,) = found.records
    assert record["id"] == "opsgenie:70413a06-38d6-4c85-92b8-5ebc900d42e2"
    assert times(record) == ["21:07:00", "21:07:00", "21:17:00"]
    assert record["acknowledged"] == {"it": {"at": "2026-05-06T21:09:00.100000+00:00", "by": "ana"}}
    assert found.left_out == {"not resolved yet": 1}


async def test_opsgenies_alerts_as_csv() -> None:
    csv = (
        "Id,TinyId,Message,Status,CreatedAt,Entity,Report.AckTime,Report.CloseTime\n"
        "a-1,1,Down,closed,2026-05-06T21:07:00Z,checkout,60000,120000\n"
    )
    (record,) = (await convert("opsgenie", csv, team="it")).records
    assert times(record) == ["21:07:00", "21:07:00", "21:09:00"]
    assert record["acknowledged"] == {"it": {"at": "2026-05-06T21:08:00+00:00"}}


async def test_opsgenies_incidents() -> None:
    names = {"9cd1c4d4-a5f2": "payments"}
    (record,) = (await convert("opsgenie", OPSGENIE_INCIDENTS, services=names)).records
    assert record["service"] == "payments"
    assert times(record) == ["21:05:00", "21:10:00", "21:40:00"]


async def test_every_name_without_a_counterpart_is_told_at_once() -> None:
    with pytest.raises(Unconvertible) as refused:
        await convert("pagerduty", PAGERDUTY_CSV)
    words = str(refused.value)
    assert "'Checkout API' (1)" in words
    assert "'Old site' (1)" in words
    assert '--map "Checkout API=KEY"' in words


@pytest.mark.parametrize("tool", ["pagerduty", "opsgenie"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "it holds no rows"),
        ("{", "it is not JSON"),
        ("name,phone\nAna,+15005550101\n", "row 1: has no id"),
        ('id,service_name,created_on\nQ,"checkout', "it is neither JSON nor CSV"),
        ('[{"id": "Q", "service_name": "checkout", "createdAt": "noon"}]', "is not a time"),
    ],
)
async def test_what_is_no_export_is_refused(tool: str, content: str, words: str) -> None:
    with pytest.raises(Unconvertible, match=words):
        await convert(tool, content)


def asking(url: str) -> Callable[[Callable[[], Policy]], GitHubSource]:
    return lambda policy: GitHubSource(TOKEN, policy, FixedClock(), api_url=f"{url}/")


def deployed(number: int, **more: Any) -> dict[str, Any]:
    made = NOW - timedelta(days=number)
    times = {"created_at": made.isoformat(), "updated_at": made.isoformat()}
    return payloads.deployment(id=number, environment="prod", **times, **more)


async def test_githubs_deployments_page_after_page_in_the_ids_of_the_webhook() -> None:
    github = GitHub(deployments={"acme/shop": [deployed(n) for n in range(1, 131)]})
    for n in range(1, 131):
        end = (NOW - timedelta(days=n, minutes=-5)).isoformat()
        said = payloads.status("success", created_at=end, environment="prod")
        github.statuses[n] = [said, payloads.status("queued", environment="prod")]
    wanted: dict[str, Any] = {"service": "checkout", "environment": "prod"}
    async with serving(github.app()) as url:
        more = Wanted(POLICY, NOW, "acme/shop", github=asking(url), **wanted)
        found = await converters()["github"].convert(more)
    assert len(found.records) == 130
    newest = found.records[-1]
    assert newest["id"] == "github:1:checkout"
    assert (newest["service"], newest["environment"]) == ("checkout", "production")
    assert (newest["version"], newest["status"]) == ("v1.42", "succeeded")
    assert newest["started_at"] == (NOW - timedelta(days=1)).isoformat()
    assert newest["finished_at"] == (NOW - timedelta(days=1, minutes=-5)).isoformat()
    lines = ({name: it for name, it in row.items() if it} for row in found.records)
    assert read(stream(*lines), POLICY, NOW).problems == []


async def test_github_is_asked_no_further_than_since() -> None:
    github = GitHub(deployments={"acme/shop": [deployed(n) for n in (1, 20, 300)]})
    async with serving(github.app()) as url:
        since = NOW - timedelta(days=10)
        more = Wanted(POLICY, NOW, "acme/shop", service="checkout", since=since, github=asking(url))
        await converters()["github"].convert(more)
    assert not any("/20/" in asked or "/300/" in asked for asked in github.asked)


async def test_a_used_up_limit_says_when_to_come_again() -> None:
    reset = int(FixedClock().now().timestamp()) + 600
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(reset)}
    refuse = JSONResponse({"message": "API rate limit exceeded"}, 403, headers)
    github = GitHub(deployments={"acme/shop": [deployed(1)]}, refuse=refuse)
    async with serving(github.app()) as url:
        more = Wanted(POLICY, NOW, "acme/shop", service="checkout", github=asking(url))
        with pytest.raises(Unconvertible, match="rate limit is used up: try again in 11 min"):
            await converters()["github"].convert(more)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"source": "acme"}, "give OWNER/REPO"),
        ({"service": None}, "--service KEY"),
        ({}, "GITHUB_TOKEN is not set"),
    ],
)
async def test_github_needs_a_repository_a_service_and_a_token(
    more: dict[str, Any], words: str
) -> None:
    given: dict[str, Any] = {"source": "acme/shop", "service": "checkout"} | more
    if "service" in more:
        given["github"] = asking("http://127.0.0.1:9")
    with pytest.raises(Unconvertible, match=words):
        await converters()["github"].convert(Wanted(POLICY, NOW, **given))


def test_every_converter_is_found_by_itself() -> None:
    assert set(converters()) == {"github", "opsgenie", "pagerduty"}
