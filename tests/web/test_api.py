"""The API: who may read it, its shapes, its filters, its pages."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from bot.core.signal import Level
from tests.stories.setting import CONFIG, Json
from tests.stories.world import World, world

FIELDS = {
    *("id", "service", "environment", "version", "sha", "previous_sha", "status", "started_at"),
    *("finished_at", "by", "url", "artifact", "by_hand", "commits"),
}
WRONG = [
    ("state=broken", "state"),
    ("limit=0", "limit"),
    ("limit=501", "limit"),
    ("limit=many", "limit"),
    ("cursor=x", "cursor"),
    ("cursor=99999999999999999999", "cursor"),
    ("from=yesterday", "from"),
    ("to=2026-13-01", "to"),
    ("from=0001-01-01T00:00:00%2B14:00", "from"),
    ("service=%00", "service"),
]
ADDRESSES = ("/api/incidents", "/api/incidents/1", "/api/deployments", "/api/services")


async def test_without_the_token_nothing_is_told(story: World, stranger: httpx.AsyncClient) -> None:
    token = story.installed.env["API_TOKEN"]
    for header in (None, "Bearer", "Bearer wrong", f"Basic {token}", token, "Bearer é"):
        headers = [(b"authorization", header.encode())] if header else []
        for path in ADDRESSES:
            answer = await stranger.get(path, headers=headers)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.json() == {"error": "Unauthorized"}


async def test_without_a_token_of_its_own_the_api_is_off(tmp_path: Path) -> None:
    async with world(tmp_path) as story:
        del story.installed.env["API_TOKEN"]
        await story.restarts()
        async with httpx.AsyncClient(base_url=story.url, trust_env=False) as program:
            for given in ("", "Bearer", "Bearer None"):
                answer = await program.get("/api/services", headers={"authorization": given})
                assert answer.status_code == 503
                assert "API_TOKEN is not set" in answer.json()["error"]


async def test_services_tell_their_state_and_the_last_result_of_every_check(story: World) -> None:
    found = await story.api("/api/services")
    assert found["next"] is None
    checkout = named(found, "service", "checkout")
    assert checkout["state"] == "up"
    assert checkout["teams"] == ["it", "development"]
    (check,) = checkout["checks"]
    assert {"service": "checkout", "check": "health", "kind": "http", "outcome": "up"}.items() <= (
        check.items()
    )
    assert set(check["seconds"]) == {"first_byte", "total", "dns", "connect", "tls"}
    await story.goes_down()
    checkout = named(await story.api("/api/services"), "service", "checkout")
    assert checkout["state"] == "down"
    assert checkout["checks"][0]["outcome"] == "down"
    assert "503" in checkout["checks"][0]["detail"]


async def test_before_any_news_of_a_service_its_state_is_unknown(tmp_path: Path) -> None:
    config = CONFIG + "  mail: {teams: [it], checks: []}\n"
    async with world(tmp_path, config) as story:
        assert named(await story.api("/api/services"), "service", "mail")["state"] == "unknown"


async def test_an_incident_in_full(story: World) -> None:
    commits = [{"sha": "a1b2c3d4", "message": "Add vouchers", "author": "Bo"}]
    await story.deploys("d1", url="https://ci.example/1", commits=commits)
    await story.reports(Level.DOWN, began=60)
    await story.clicks("ana", "I have it")
    found = await story.api("/api/incidents/1")
    assert (found["number"], found["state"], found["services"]) == (1, "triggered", ["checkout"])
    assert found["began_at"] == "2026-11-24T03:11:15+00:00"
    assert found["triggered_at"] == "2026-11-24T03:12:15+00:00"
    assert (found["acknowledged_at"], found["resolved_at"]) == (None, None)
    assert {track["team"]: (track["state"], track["by"]) for track in found["tracks"]} == {
        "it": ("acknowledged", "ana"),
        "development": ("paging", None),
    }
    linked = found["deployment"]
    assert set(linked) >= FIELDS | {"link", "odds", "reason"}
    assert (linked["id"], linked["link"], linked["version"]) == ("d1", "suspected", "v1.42")
    assert linked["odds"] > 1
    assert linked["commits"][0]["message"] == "Add vouchers"
    assert found["most_recent"]["id"] == "d1"
    assert [each["id"] for each in found["candidates"]] == ["d1"]
    assert found["candidates"][0]["odds"] == linked["odds"]
    pages = {(it["person"], it["team"], it["channel"], it["state"]) for it in found["pages"]}
    assert pages == {
        ("ana", "it", "sms", "delivered"),
        ("bo", "development", "sms", "delivered"),
    }
    assert "+1500" not in str(found)  # nobody's number
    assert {"at", "kind", "by", "text"} == set(found["timeline"][0])
    assert found["cause"] is None


async def test_what_people_decided_shows_as_the_cause(story: World) -> None:
    await story.deploys("d1")
    await story.reports(Level.DOWN)
    await story.clicks("ana", "This deployment")
    cause = (await story.api("/api/incidents/1"))["cause"]
    assert (cause["kind"], cause["deployment"]["version"]) == ("deployment", "v1.42")
    await story.clicks("ana", "Not a deployment")
    assert (await story.api("/api/incidents/1"))["cause"] == {"kind": "other", "note": ""}


async def test_where_no_deployment_is_known_the_link_says_none(story: World) -> None:
    await story.reports(Level.DOWN)
    found = await story.api("/api/incidents/1")
    assert set(found["deployment"]) >= FIELDS
    assert (found["deployment"]["link"], found["deployment"]["id"]) == ("none", None)
    assert found["most_recent"] is None
    assert found["candidates"] == []


async def test_incidents_are_filtered(story: World) -> None:
    await story.reports(Level.DOWN, "payments")
    await story.reports(Level.UP, "payments")
    story.clock.forward(timedelta(days=1).total_seconds())
    await story.reports(Level.DOWN, "checkout")
    for query, numbers in {
        "": [2, 1],
        "state=open": [2],
        "state=triggered": [2],
        "state=resolved": [1],
        "service=payments": [1],
        "service=nobody": [],
        "from=2026-11-25": [2],
        "to=2026-11-25": [1],
        "from=2026-11-24T03:12:15Z&to=2026-11-24T03:12:16Z": [1],
        "from=2026-11-24T04:12:15+01:00&to=2026-11-25": [1],
        "to=2026-11-24T03:12:15Z": [],
        "limit=1": [2],
    }.items():
        found = await story.api(f"/api/incidents?{query}")
        assert [each["number"] for each in found["items"]] == numbers, query


async def test_cursors_lead_to_every_item_once(story: World) -> None:
    for turn in range(5):
        await story.reports(Level.DOWN)
        await story.reports(Level.UP)
        await story.deploys(f"d/{turn}&x", ago=60 - turn)
        story.clock.forward(3600)
    assert await walked(story, "/api/incidents?limit=2", "number") == [5, 4, 3, 2, 1]
    ids = [f"d/{turn}&x" for turn in reversed(range(5))]
    assert await walked(story, "/api/deployments?limit=2", "id") == ids


async def test_deployments_are_filtered(story: World) -> None:
    await story.deploys("a", "checkout", ago=60 * 30)
    await story.deploys("b", "payments", ago=90)
    await story.deploys("c", "checkout", ago=30, environment="Staging")
    for query, ids in {
        "": ["c", "b", "a"],
        "service=checkout": ["c", "a"],
        "environment=staging": ["c"],
        "environment=PRODUCTION": ["b", "a"],
        "from=2026-11-24": ["c", "b"],
        "to=2026-11-24": ["a"],
        "cursor=nobody": [],
    }.items():
        found = await story.api(f"/api/deployments?{query}")
        assert [each["id"] for each in found["items"]] == ids, query


async def test_a_wrong_parameter_is_named(asking: httpx.AsyncClient) -> None:
    for query, field in WRONG:
        answer = await asking.get(f"/api/incidents?{query}")
        assert answer.status_code == 422, query
        assert answer.json()["field"] == field
        assert answer.json()["error"].startswith(f"{field}: ")


async def test_an_unknown_incident_is_an_error_in_json(asking: httpx.AsyncClient) -> None:
    for path, status in {"2": 404, "0": 404, "-1": 404, "x": 422, "9" * 30: 422}.items():
        answer = await asking.get(f"/api/incidents/{path}")
        assert answer.status_code == status, path
        assert answer.json()["error"]


async def test_the_page_about_the_api_needs_nobody_else(
    story: World, stranger: httpx.AsyncClient
) -> None:
    described = (await stranger.get("/openapi.json")).json()
    assert set(described["paths"]) >= {
        *("/api/incidents", "/api/incidents/{number}", "/api/deployments", "/api/services")
    }
    page = await stranger.get("/docs")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "GET /api/incidents/{number}" in page.text
    assert "triggered · acknowledged · resolved · open" in page.text
    assert "<script" not in page.text


@pytest.fixture
async def asking(story: World, stranger: httpx.AsyncClient) -> httpx.AsyncClient:
    """A program with the token."""
    stranger.headers["authorization"] = f"Bearer {story.installed.env['API_TOKEN']}"
    return stranger


def named(found: Json, key: str, value: str) -> Json:
    items: list[Json] = [item for item in found["items"] if item[key] == value]
    (item,) = items
    return item


async def walked(story: World, path: str, key: str) -> list[object]:
    """Every item's key, page after page."""
    keys: list[object] = []
    cursor: object = ""
    while cursor is not None:
        query = httpx.QueryParams(cursor=str(cursor)) if cursor else ""
        found = await story.api(f"{path}&{query}")
        assert len(found["items"]) <= 2
        keys += [item[key] for item in found["items"]]
        cursor = found["next"]
    return keys
