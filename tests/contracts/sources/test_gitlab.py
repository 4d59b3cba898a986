"""GitLab: what its webhooks say, what its API is asked, and what goes wrong."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.core.deployment import DeploymentState, Report, apply
from bot.core.events import CommitsPushed, DeploymentReported
from bot.core.policy import Policy
from bot.hook import BadRequest, Incoming, Known, Parsed, Secrets, Unauthorized
from bot.ports import Permanent, Source, Transient
from bot.sources.gitlab import HOOK
from bot.sources.gitlab_api import GitLabSource
from tests.contracts.hooks.world import NOW, POLICY, FixedClock, service, serving
from tests.contracts.sources.gitlab_payloads import OLDER, PROJECT, SHA, hooked, listed, pushed

TOKEN = "glpat-of-the-test"
HERE: Policy = replace(
    POLICY,
    services={
        "checkout": POLICY.services["checkout"],
        "backend": service("backend", repository=PROJECT, host="gitlab"),
    },
)
KNOWN = Known(HERE, NOW)


def parse(payload: Any) -> Parsed:
    return HOOK.parse(Incoming({"x-gitlab-event": "Any"}, json.dumps(payload).encode(), {}), KNOWN)


def report(payload: Any) -> Report:
    event = parse(payload).events[0][1]
    assert isinstance(event, DeploymentReported)
    return event.report


def test_a_success_is_read_in_full() -> None:
    found = report(hooked())
    assert (found.id, found.service, found.environment) == (
        "gitlab:15:backend",
        "backend",
        "production",
    )
    assert found.status is DeploymentState.SUCCEEDED
    assert found.ended_at == datetime(2026, 11, 23, 9, 2, tzinfo=UTC)
    assert (found.version, found.sha, found.by) == ("v1.42", SHA, "Bo")
    assert found.url == f"https://gitlab.example.com/{PROJECT}/-/jobs/796"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("running", DeploymentState.STARTED),
        ("failed", DeploymentState.FAILED),
        ("canceled", DeploymentState.CANCELLED),
    ],
)
def test_the_states_of_a_deployment(status: str, state: DeploymentState) -> None:
    found = report(hooked(status))
    assert found.status is state
    assert (found.started_at is None) is (state is not DeploymentState.STARTED)


@pytest.mark.parametrize("status", ["created", "blocked", "skipped", "unheard-of"])
def test_what_only_waits_is_no_start(status: str) -> None:
    assert (parse(hooked(status)).events, parse(hooked(status)).status) == ((), 204)


def test_what_the_documentation_shows_is_read() -> None:
    """As of its samples: no `ref`, made through the API (no job), a user nobody knows."""
    found = report(
        hooked(ref=None, deployable_url=None, user={"name": "Administrator", "username": "root"})
    )
    assert (found.version, found.url, found.by) == (SHA[:8], None, "Administrator")


def test_the_test_button_of_a_webhook_changes_nothing() -> None:
    """It sends the newest deployment again, as if its state had changed just now."""
    then = apply(None, report(hooked()), NOW)
    again = hooked(status_changed_at="2026-11-25 10:02:00 +0100")
    now = apply(then, report(again), NOW + timedelta(days=2))
    assert (now.state, now.ended_at, now.earlier) == (then.state, then.ended_at, ())


def test_without_the_whole_revision_the_short_one_is_taken() -> None:
    assert report(hooked(commit_url=None)).sha == SHA[:8]


def test_a_project_or_environment_that_nobody_knows_is_noted() -> None:
    stranger = hooked(project={"path_with_namespace": "acme/other"})
    note = parse(stranger).note
    assert note is not None
    assert note.startswith("unknown repository acme/other")
    assert "`host: gitlab`" in note
    other = parse(hooked(environment="eu-west"))
    assert other.note == f"no service of {PROJECT} is in environment 'eu-west'"


def test_the_review_app_of_a_branch_is_neither_a_deployment_nor_worth_a_note() -> None:
    for changes in (
        {"environment": "review/branch", "environment_tier": "production"},
        {"environment": "branch", "environment_tier": "development"},
    ):
        found = parse(hooked(**changes))
        assert (found.events, found.status, found.note) == ((), 204, None)


def test_the_same_name_on_github_is_another_repository() -> None:
    assert parse(hooked(project={"path_with_namespace": "acme/checkout"})).events == ()


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ({"project": None}, "project.path_with_namespace"),
        ({"deployment_id": None}, "deployment_id"),
        ({"status": None}, "status"),
    ],
)
def test_what_is_missing_is_named(broken: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as bad:
        parse(hooked(**broken))
    assert bad.value.field == field


def test_a_push_keeps_its_commits() -> None:
    (key, event), *_ = parse(pushed()).events
    assert key == f"push:gitlab:{PROJECT}:{SHA}"
    assert isinstance(event, CommitsPushed)
    assert event.push.commits[0].files == ("cart.py", "old.py")
    assert event.push.commits[0].author == "Bo Example"


@pytest.mark.parametrize(
    "changes",
    [
        {"total_commits_count": 21},
        {"before": "0" * 40},
        {"after": "0" * 40, "commits": []},
        {"commits": None},
        {"commits": [{"message": "no id"}]},
    ],
)
def test_a_push_that_is_not_told_whole_says_nothing(changes: dict[str, Any]) -> None:
    assert (parse(pushed(**changes)).events, parse(pushed(**changes)).status) == ((), 204)


def test_other_events_are_taken_and_mean_nothing() -> None:
    for payload in ({"object_kind": "note"}, {"event_name": "project_create"}, {}):
        assert parse(payload).status == 204


def test_the_token_is_the_secret() -> None:
    HOOK.authenticate(Incoming({"x-gitlab-token": "s"}, b"", {}), Secrets(gitlab_webhook_token="s"))
    with pytest.raises(Unauthorized):
        HOOK.authenticate(Incoming({}, b"", {}), Secrets(gitlab_webhook_token="s"))


def test_the_samples_of_the_documentation_are_understood() -> None:
    """Shapes as they are documented: dates with a space, null where the API made it."""
    policy = replace(
        POLICY, services={"web": service("web", repository="root/test", host="gitlab")}
    )
    payload = hooked(project={"path_with_namespace": "root/test"}, environment="staging")
    found = HOOK.parse(Incoming({}, json.dumps(payload).encode(), {}), Known(policy, NOW))
    assert len(found.events) == 1


@dataclass
class GitLab:
    """A local API: `deployments` by project, `commits` and `diffs` of any comparison."""

    deployments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    commits: list[dict[str, Any]] = field(default_factory=list)
    diffs: list[str] = field(default_factory=list)
    timed_out: bool = False
    same: bool | None = None
    contents: dict[str, Any] | None = None
    refuse: Response | None = None
    asked: list[str] = field(default_factory=list)

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{rest:path}", self._answer)])

    async def _answer(self, request: Request) -> Response:
        path = request.scope["raw_path"].decode()
        self.asked.append(f"{path}?{request.url.query}")
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return JSONResponse({"message": "401 Unauthorized"}, 401)
        if self.refuse is not None:
            return self.refuse
        _, _, _, _, project, *rest = path.split("/")
        if rest == ["deployments"]:
            return self._deployments(unquote(project), request)
        if rest == ["repository", "compare"]:
            return JSONResponse(
                {
                    "commits": self.commits,
                    "diffs": [{"new_path": name} for name in self.diffs],
                    "compare_timeout": self.timed_out,
                    "compare_same_ref": self.same,
                }
            )
        if rest[:2] == ["repository", "files"] and self.contents:
            return JSONResponse(self.contents)
        return JSONResponse({"message": "404 Not Found"}, 404)

    def _deployments(self, project: str, request: Request) -> Response:
        if project not in self.deployments:
            return JSONResponse({"message": "404 Project Not Found"}, 404)
        page, rows = int(request.query_params.get("page", "1")), self.deployments[project]
        more = {"link": f'<{request.url}>; rel="next"'} if len(rows) > page else {}
        return JSONResponse(rows[page - 1 : page], headers=more)


@pytest.fixture
def gitlab() -> GitLab:
    return GitLab(deployments={PROJECT: []})


@pytest.fixture
async def source(gitlab: GitLab) -> AsyncIterator[GitLabSource]:
    async with serving(gitlab.app()) as url:
        made = GitLabSource(
            TOKEN, lambda: HERE, FixedClock(), api_url=f"{url}/api/v4/", timeout_seconds=2.0
        )
        yield made
        await made.close()


async def missed(source: GitLabSource) -> list[Report]:
    found = await source.missed(lambda _project: NOW - timedelta(hours=1))
    return [report for each in found.values() for report in each]


async def test_webhooks_that_were_missed_are_listed_page_by_page(
    gitlab: GitLab, source: GitLabSource
) -> None:
    asked: Source = source
    assert asked.name == "gitlab"
    gitlab.deployments[PROJECT] = [listed("running", 16), listed(), listed("blocked", 17)]
    found = await missed(source)
    assert [(one.id, one.status) for one in found] == [
        ("gitlab:16:backend", DeploymentState.STARTED),
        ("gitlab:15:backend", DeploymentState.SUCCEEDED),
    ]
    ended = found[1]
    assert ended.started_at == datetime(2026, 11, 23, 8, 56, tzinfo=UTC)
    assert ended.ended_at == datetime(2026, 11, 23, 9, 2, tzinfo=UTC)
    assert "acme%2Fshop%2Fbackend/deployments" in gitlab.asked[0]
    assert "updated_after=2026-11-23T08" in gitlab.asked[0]


async def test_a_project_that_cannot_be_read_is_left_out_with_the_reason(
    gitlab: GitLab, source: GitLabSource
) -> None:
    del gitlab.deployments[PROJECT]
    assert await missed(source) == []
    assert "GITLAB_TOKEN may not see it" in source.problems[PROJECT]


async def test_the_token_does_not_follow_a_redirect_to_another_host() -> None:
    told: list[str] = []

    async def elsewhere(request: Request) -> Response:
        told.append(str(dict(request.headers)))
        return JSONResponse([])

    async with serving(Starlette(routes=[Route("/{rest:path}", elsewhere)])) as other:
        home = GitLab(refuse=Response("", 302, {"location": f"{other}/sign-in"}))
        async with serving(home.app()) as url:
            source = GitLabSource(TOKEN, lambda: HERE, FixedClock(), api_url=f"{url}/api/v4")
            await missed(source)
            await source.close()
    assert len(told) == 1
    assert TOKEN not in told[0]


async def test_limits_and_refusals_are_told_in_words(gitlab: GitLab, source: GitLabSource) -> None:
    gitlab.refuse = Response("Retry later", 429, {"retry-after": "7"})
    with pytest.raises(Transient) as limited:
        await missed(source)
    assert limited.value.retry_after_seconds == 7.0
    gitlab.refuse = JSONResponse({}, 401)
    with pytest.raises(Permanent, match="GitLab refuses GITLAB_TOKEN"):
        await missed(source)
    gitlab.refuse = Response("<html>", 200)
    with pytest.raises(Transient, match="made no sense"):
        await missed(source)


async def test_the_commits_of_a_range_come_with_its_files(
    gitlab: GitLab, source: GitLabSource
) -> None:
    gitlab.commits = [
        {"id": OLDER, "message": "one", "author_name": "Ana"},
        {"id": SHA, "title": "two", "author_name": "Bo", "authored_date": "2026-11-23T09:00:00Z"},
    ]
    gitlab.diffs = ["cart.py", "db/7.sql"]
    found = await source.commits(PROJECT, OLDER, SHA)
    assert [(commit.message, commit.files) for commit in found.commits] == [
        ("one", ()),
        ("two", ("cart.py", "db/7.sql")),
    ]
    assert (found.complete, found.files_complete, found.behind) == (True, True, False)
    gitlab.timed_out = True
    cut = await source.commits(PROJECT, OLDER, SHA)
    assert (cut.complete, cut.files_complete) == (False, False)
    assert Path(gitlab.asked[-1].partition("?")[0]).name == "compare"


async def test_going_back_is_recognised_and_people_and_merge_requests_are_read(
    gitlab: GitLab, source: GitLabSource
) -> None:
    gitlab.same = False
    assert (await source.commits(PROJECT, SHA, OLDER)).behind
    gitlab.same = True
    assert not (await source.commits(PROJECT, SHA, SHA)).behind
    gitlab.commits = [
        {
            "id": SHA,
            "message": "Merge branch 'v' into 'main'\n\nAdd it\n\nSee merge request acme/shop!12",
            "author_name": "Bo",
            "author_email": "bo@example.com",
            "committer_name": "Bo",
            "parent_ids": [OLDER, "f" * 40],
        }
    ]
    (commit,) = (await source.commits(PROJECT, OLDER, SHA)).commits
    assert (commit.email, commit.pull_request) == ("bo@example.com", "!12")
    assert commit.parents == (OLDER, "f" * 40)


async def test_a_file_comes_as_text(gitlab: GitLab, source: GitLabSource) -> None:
    gitlab.contents = {"encoding": "base64", "size": 10, "content": "RFJPUCBUQUJMRQ=="}
    assert await source.file(PROJECT, "db/7.sql", SHA) == "DROP TABLE"
    assert f"/repository/files/db%2F7.sql?ref={SHA}" in gitlab.asked[-1]
