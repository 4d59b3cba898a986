"""GitHub tells of pushes and deployments; an outage names them with their commits."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import httpx

from tests.contracts.sources.payloads import OLDER, SHA, delivery, deployment, push, status
from tests.stories.test_which_deployment import first_line
from tests.stories.world import World


async def tells(
    story: World, event: str, payload: dict[str, Any], secret: str = "", **headers: str
) -> httpx.Response:
    """A signed delivery; another secret makes a wrong signature."""
    body = json.dumps(payload).encode()
    key = secret or story.installed.env["GITHUB_WEBHOOK_SECRET"]
    sent = {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": "72d3162e",
        "X-Hub-Signature-256": "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest(),
    }
    async with httpx.AsyncClient(base_url=story.url, trust_env=False) as client:
        answer = await client.post("/hooks/github", content=body, headers=sent | headers)
    await story.settle()
    return answer


async def ships(story: World, **facts: Any) -> None:
    """A deployment that ran from six to four minutes before now."""

    def at(ago: float) -> str:
        return (story.clock.now() - timedelta(minutes=ago)).isoformat()

    made = deployment(created_at=at(90), payload={"previous_sha": OLDER}) | facts
    for state, ago in (("waiting", 90), ("in_progress", 6), ("success", 4)):
        told = status(state, created_at=at(ago))
        answer = await tells(
            story, "deployment_status", delivery(deployment=made, deployment_status=told)
        )
        assert answer.status_code == (204 if state == "waiting" else 200)


async def test_an_outage_names_the_deployment_with_its_pushed_commits(story: World) -> None:
    assert (await tells(story, "ping", {"zen": "Keep it logically awesome."})).status_code == 200
    first = {"id": "1" * 40, "message": "feat: vouchers", "author": {"name": "Eve"}}
    pushed = push(commits=[first, push()["commits"][0]])
    assert (await tells(story, "push", pushed)).json() == {"ok": True, "commits": 2}
    await ships(story)
    await story.goes_down()
    assert "Last deploy v1.42 f95f852 by Bo, 4 min before." in story.phone("ana")[0]
    assert "v1.42 f95f852 by Bo, 4 min before, suspected" in first_line(story)
    header = await story.header()
    assert "2 commits, 1 migration" in header
    assert f"https://github.com/acme/checkout/compare/{OLDER}...{SHA}" in header
    found = (await story.api())["deployment"]
    assert found["started_at"] == (story.clock.now() - timedelta(minutes=6, seconds=18)).isoformat()
    assert [commit["author"] for commit in found["commits"]] == ["Eve", "Bo"]


async def test_a_redelivery_changes_nothing(story: World) -> None:
    await ships(story)
    before = await story.audited()
    await ships(story)
    assert await story.audited() == before
    assert len((await story.api("/api/deployments"))["items"]) == 1


async def test_a_wrong_signature_is_refused_and_nothing_is_kept(story: World) -> None:
    refused = await tells(story, "deployment_status", delivery(), secret="guessed")
    assert (refused.status_code, refused.json()) == (401, {"error": "unauthorized"})
    old = {"X-Hub-Signature-256": "", "X-Hub-Signature": "sha1=" + "0" * 40}
    assert (await tells(story, "deployment_status", delivery(), **old)).status_code == 401
    assert (await story.api("/api/deployments"))["items"] == []


async def test_what_nobody_knows_is_let_pass_and_told_by_the_doctor(story: World) -> None:
    strange = delivery(repository={"full_name": "acme/unheard-of"})
    assert (await tells(story, "deployment_status", strange)).status_code == 204
    await ships(story)
    (heard,) = await story.midwatch.store.source_statuses()
    assert (heard.name, heard.error) == (
        "github",
        "unknown repository acme/unheard-of: no service names it",
    )
