"""GitHub's releases and workflow runs, for services that are deployed by them."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.core.deployment import DeploymentState, Report
from bot.core.events import DeploymentReported
from bot.core.policy import Policy
from bot.hook import Incoming, Known, Parsed
from bot.sources.github import HOOK
from bot.sources.github_api import GitHubSource
from tests.contracts.hooks.world import NOW, POLICY, FixedClock, service, serving
from tests.contracts.sources.payloads import SHA, delivery

REPOSITORY = {"full_name": "acme/api", "default_branch": "main"}
HERE: Policy = replace(
    POLICY,
    services={
        "released": service("released", repository="acme/api", deployed_by="release"),
        "run": service("run", repository="acme/api", deployed_by="workflow:deploy.yml"),
        "told": service("told", repository="acme/checkout"),
    },
)


def release(**changes: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "tag_name": "v2.0",
        "target_commitish": "main",
        "draft": False,
        "prerelease": False,
        "created_at": "2026-11-23T08:00:00Z",
        "published_at": "2026-11-23T09:00:00Z",
        "author": {"login": "bo-dev"},
        "html_url": "https://github.com/acme/api/releases/tag/v2.0",
    } | changes


def run(**changes: Any) -> dict[str, Any]:
    return {
        "id": 99,
        "path": ".github/workflows/deploy.yml",
        "event": "push",
        "head_branch": "main",
        "head_sha": SHA,
        "head_repository": {"full_name": "acme/api"},
        "run_attempt": 1,
        "status": "completed",
        "conclusion": "success",
        "created_at": "2026-11-23T08:50:00Z",
        "run_started_at": "2026-11-23T08:50:10Z",
        "updated_at": "2026-11-23T08:58:00Z",
        "actor": {"login": "bo-dev"},
        "html_url": "https://github.com/acme/api/actions/runs/99",
    } | changes


def parse(event: str, payload: Any) -> Parsed:
    incoming = Incoming({"x-github-event": event}, json.dumps(payload).encode(), {})
    return HOOK.parse(incoming, Known(HERE, NOW))


def released(action: str = "published", **changes: Any) -> Parsed:
    payload = {"action": action, "repository": REPOSITORY, "release": release(**changes)}
    return parse("release", payload)


def ran(**changes: Any) -> Parsed:
    return parse("workflow_run", {"repository": REPOSITORY, "workflow_run": run(**changes)})


def only(parsed: Parsed) -> Report:
    ((_, event),) = parsed.events
    assert isinstance(event, DeploymentReported)
    return event.report


def test_a_published_release_is_a_deployment_of_its_tag() -> None:
    found = only(released())
    assert (found.service, found.version, found.sha) == ("released", "v2.0", None)
    assert found.status is DeploymentState.SUCCEEDED
    assert found.ended_at == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert found.by == "Bo"
    assert only(released(target_commitish=SHA)).sha == SHA


@pytest.mark.parametrize(
    "changes", [{"draft": True}, {"prerelease": True}, {"published_at": None}, {"tag_name": None}]
)
def test_drafts_and_pre_releases_are_none(changes: dict[str, Any]) -> None:
    assert (released(**changes).events, released(**changes).status) == ((), 204)


def test_a_pre_release_that_becomes_a_release_is_deployed_then() -> None:
    """GitHub keeps the time at which the pre-release was published."""
    old = "2026-11-20T09:00:00Z"
    assert only(released("released", published_at=old)).ended_at == NOW
    assert only(released("released", published_at="2026-11-23T09:11:00Z")).ended_at != NOW
    assert only(released(published_at=old)).ended_at == datetime(2026, 11, 20, 9, tzinfo=UTC)


def test_publishing_is_what_counts() -> None:
    for action in ("created", "edited", "deleted", "unpublished"):
        assert released(action).events == ()


def test_a_run_of_the_workflow_is_a_deployment_from_its_start_to_its_end() -> None:
    started = only(ran(status="in_progress", conclusion=None))
    assert (started.status, started.ended_at) == (DeploymentState.STARTED, None)
    ended = only(ran())
    assert ended.id == started.id == "github:run99:run"
    assert (ended.status, ended.sha, ended.by) == (DeploymentState.SUCCEEDED, SHA, "Bo")
    assert ended.ended_at == datetime(2026, 11, 23, 8, 58, tzinfo=UTC)
    assert ended.version == SHA[:7]
    assert only(ran(head_branch="v2.1")).version == "v2.1"


@pytest.mark.parametrize(
    ("conclusion", "state"),
    [
        ("failure", DeploymentState.FAILED),
        ("timed_out", DeploymentState.FAILED),
        ("cancelled", DeploymentState.CANCELLED),
    ],
)
def test_how_a_run_may_end(conclusion: str, state: DeploymentState) -> None:
    assert only(ran(conclusion=conclusion)).status is state


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "queued", "conclusion": None},
        {"status": "waiting", "conclusion": None},
        {"conclusion": "skipped"},
        {"conclusion": "action_required"},
        {"path": ".github/workflows/test.yml"},
        {"event": "pull_request"},
        {"event": "pull_request_target"},
        {"head_repository": {"full_name": "eve/api"}},
        {"head_branch": "feature/x"},
    ],
)
def test_what_deployed_nothing_is_none(changes: dict[str, Any]) -> None:
    assert (ran(**changes).events, ran(**changes).status) == ((), 204)


def test_a_run_that_is_started_by_hand_from_a_branch_counts() -> None:
    assert only(ran(event="workflow_dispatch", head_branch="hotfix")).version == "hotfix"


def test_a_service_hears_only_of_what_it_names() -> None:
    told = delivery(repository=REPOSITORY)
    assert parse("deployment_status", told).events == ()
    checkout = {"full_name": "acme/checkout", "default_branch": "main"}
    assert parse("release", {"action": "published", "repository": checkout, "release": release()})
    quiet = parse("workflow_run", {"repository": checkout, "workflow_run": run()})
    assert quiet.events == ()


async def test_missed_ones_are_listed_by_the_way_a_service_is_deployed() -> None:
    asked: list[str] = []
    base = "/repos/acme/api"

    async def answer(request: Request) -> Response:
        asked.append(request.url.path)
        answers: dict[str, Any] = {
            base: REPOSITORY,
            f"{base}/releases": [
                release(),
                release(id=8, tag_name="gone", target_commitish=SHA),
                release(id=6, published_at="2026-11-20T09:00:00Z"),
            ],
            f"{base}/commits/tags/v2.0": {"sha": "b" * 40},
            f"{base}/actions/workflows/deploy.yml/runs": {
                "workflow_runs": [run(), run(id=98, updated_at="2026-11-20T09:00:00Z")]
            },
        }
        known = request.url.path in answers
        return JSONResponse(answers.get(request.url.path, {}), 200 if known else 404)

    only_api = replace(HERE, services={k: HERE.services[k] for k in ("released", "run")})
    async with serving(Starlette(routes=[Route("/{rest:path}", answer)])) as url:
        source = GitHubSource("t", lambda: only_api, FixedClock(), api_url=url)
        found = await source.missed(lambda _repository: NOW - timedelta(hours=1))
        await source.close()
    assert [one.id for one in found["acme/api"]] == [
        "github:release7:released",
        "github:release8:released",
        "github:run99:run",
    ]
    assert [one.sha for one in found["acme/api"]] == ["b" * 40, SHA, SHA]
    assert f"{base}/deployments" not in asked
