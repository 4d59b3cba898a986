"""The APIs of the hosts may answer anything: it is a report, a commit or nothing, never a crash."""

import contextlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.core.deployment import LONGEST_ID, Commit, Report
from bot.core.events import DeploymentReported
from bot.ports import Permanent, Transient
from bot.sources import github_other, github_payload, gitlab_payload
from bot.sources.github_api import GitHubSource
from bot.sources.gitlab_api import GitLabSource
from bot.store import codec
from tests.contracts.hooks.world import NOW, POLICY, FixedClock, service, serving
from tests.contracts.sources.gitlab_payloads import PROJECT, listed
from tests.contracts.sources.payloads import deployment, status
from tests.contracts.sources.test_every_source import JSON, RAW, REMOVED, changed, places
from tests.contracts.sources.test_github_other import release, run

HERE = replace(
    POLICY,
    services={
        "backend": service("backend", repository=PROJECT, host="gitlab"),
        "told": service("told", repository="acme/api"),
        "released": service("released", repository="acme/api", deployed_by="release"),
        "run": service("run", repository="acme/api", deployed_by="workflow:deploy.yml"),
    },
)
COMMIT = {"id": "a1", "sha": "a1", "title": "one", "commit": {"message": "one", "author": {}}}
Found = list[Report] | Commit | None
READERS: dict[str, tuple[Any, Callable[[Any], Found]]] = {
    "gitlab deployment": (
        listed(),
        lambda it: gitlab_payload.listed_deployment(HERE, PROJECT, it),
    ),
    "gitlab commit": (COMMIT, gitlab_payload.compared),
    "github commit": (COMMIT, github_payload.compared),
    "github release": (release(), lambda it: github_other.of_release(HERE, "acme/api", it)),
    "github run": (run(), lambda it: github_other.of_run(HERE, "acme/api", it, "main")),
    "github deployment": (
        deployment(),
        lambda it: github_payload.reports(HERE, "acme/api", it, status("success")),
    ),
}


def assert_kept(found: Found) -> None:
    """It is stored, and read again as what it was."""
    if isinstance(found, Commit):
        assert codec.commits_from_json(codec.commits_to_json((found,))) == (found,)
    for report in found if isinstance(found, list) else []:
        event = DeploymentReported(report, NOW)
        assert codec.event_from_json(codec.event_to_json(event)) == event
        assert len(report.id) <= LONGEST_ID


@pytest.mark.parametrize("name", READERS)
def test_any_part_may_be_missing_or_anything_else(name: str) -> None:
    """And whatever is made of it can be kept."""
    sample, reader = READERS[name]
    assert reader(sample), "the sample itself is understood"
    for path in places(sample):
        for raw in (REMOVED, *RAW):
            try:
                value = json.loads(changed(sample, path, raw))
            except (ValueError, RecursionError):
                continue
            assert_kept(reader(value))


@settings(max_examples=30, deadline=None)
@given(value=JSON)
def test_arbitrary_answers_mean_nothing(value: Any) -> None:
    for _, reader in READERS.values():
        assert not reader(value)


async def test_a_source_makes_of_any_answer_nothing_or_one_of_two_errors() -> None:
    answers: list[Any] = ["text", {"commits": 3}, [{"id": []}]]
    now: list[Any] = []

    async def everything(_request: Request) -> Response:
        return JSONResponse(now[-1])

    async with serving(Starlette(routes=[Route("/{rest:path}", everything)])) as url:
        for kind in (GitHubSource, GitLabSource):
            source = kind("t", lambda: HERE, FixedClock(), api_url=url)
            for answer in answers:
                now.append(answer)
                with contextlib.suppress(Transient, Permanent):
                    found = await source.missed(lambda _repository: NOW)
                    assert not [report for each in found.values() for report in each]
                    compared = await source.commits("acme/api", "a", "b")
                    assert (compared.commits, compared.complete) == ((), False)
            await source.close()
