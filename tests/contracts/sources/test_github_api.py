"""GitHub's API, over real HTTP: what was missed, the commits of a range, limits and refusals."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from starlette.responses import JSONResponse, Response

from bot.core.commit import Compared
from bot.core.deployment import DeploymentState, Report
from bot.ports import Permanent, Source, Transient
from bot.sources.github_api import GitHubSource
from tests.contracts.hooks.world import NOW, POLICY, FixedClock, serving
from tests.contracts.sources.github_server import TOKEN, GitHub
from tests.contracts.sources.payloads import compared, deployment, status

SINCE = NOW - timedelta(hours=1)


async def missed(source: GitHubSource) -> list[Report]:
    """Of every repository, since an hour ago."""
    found = await source.missed(lambda _repository: SINCE)
    return [report for each in found.values() for report in each]


@pytest.fixture
def github() -> GitHub:
    return GitHub(deployments={"acme/checkout": [], "acme/mono": []})


@pytest.fixture
async def source(github: GitHub) -> AsyncIterator[GitHubSource]:
    async with serving(github.app()) as url:
        made = GitHubSource(
            TOKEN, lambda: POLICY, FixedClock(), api_url=f"{url}/", timeout_seconds=2.0
        )
        yield made
        await made.close()


async def test_it_is_a_source(source: GitHubSource) -> None:
    asked: Source = source
    assert asked.name == "github"


async def test_a_webhook_that_was_missed_is_listed(github: GitHub, source: GitHubSource) -> None:
    github.deployments["acme/checkout"] = [deployment()]
    github.statuses[145988746] = [
        status("success"),
        status("in_progress", created_at="2026-11-23T08:55:00Z"),
        status("waiting", created_at="2026-11-23T08:51:00Z"),
    ]
    found = await missed(source)
    assert [report.status for report in found] == [
        DeploymentState.STARTED,
        DeploymentState.SUCCEEDED,
    ]
    assert {report.id for report in found} == {"github:145988746:checkout"}
    assert found[0].by == "Bo"


async def test_what_did_not_change_or_is_not_ours_is_not_asked_about(
    github: GitHub, source: GitHubSource
) -> None:
    github.deployments["acme/checkout"] = [
        deployment(id=1, environment="preview"),
        deployment(id=2, updated_at="2026-11-23T07:00:00Z"),
        deployment(id=3, created_at="2026-11-01T00:00:00Z"),  # too old: the list ends here
        deployment(id=4),
    ]
    github.statuses = {number: [status()] for number in (1, 2, 3, 4)}
    assert await missed(source) == []
    assert not [path for path in github.asked if "/statuses" in path]


async def test_one_that_waited_for_approval_is_found_although_it_was_made_long_before(
    github: GitHub, source: GitHubSource
) -> None:
    github.deployments["acme/checkout"] = [deployment(id=5, created_at="2026-11-21T00:00:00Z")]
    github.statuses[5] = [status()]
    assert len(await missed(source)) == 1


async def test_long_lists_are_read_page_by_page_but_not_for_ever(
    github: GitHub, source: GitHubSource
) -> None:
    many = [deployment(id=number, environment="preview") for number in range(1000)]
    github.deployments["acme/mono"] = [*many[:150], deployment(id=2000, environment="live")]
    github.statuses[2000] = [status(environment="live")]
    assert len(await missed(source)) == 2  # search and mail
    github.asked.clear()
    github.deployments["acme/mono"] = many
    await missed(source)
    assert len([path for path in github.asked if "mono" in path]) == 5


async def test_a_repository_that_cannot_be_read_does_not_hide_the_others(
    github: GitHub, source: GitHubSource
) -> None:
    del github.deployments["acme/mono"]
    github.deployments["acme/checkout"] = [deployment()]
    github.statuses[145988746] = [status()]
    assert len(await missed(source)) == 1
    assert list(source.problems) == ["acme/mono"]
    assert "GITHUB_TOKEN may not see it" in source.problems["acme/mono"]


async def test_what_was_read_before_the_limit_is_not_asked_for_again(
    github: GitHub, source: GitHubSource
) -> None:
    github.deployments["acme/checkout"] = [deployment()]
    github.statuses[145988746] = [status()]
    github.refuse_after = (2, Response("", 429))  # one list and one deployment's statuses
    found = await source.missed(lambda _repository: SINCE)
    assert [(of, len(each)) for of, each in found.items()] == [("acme/checkout", 1)]
    assert "rate limit" in source.problems["acme/mono"]
    github.refuse_after = (0, Response("", 429))
    with pytest.raises(Transient, match="rate limit"):
        await missed(source)


async def test_a_renamed_repository_is_followed(github: GitHub, source: GitHubSource) -> None:
    github.renamed["acme/checkout"] = "acme/shop"
    github.deployments["acme/shop"] = [deployment()]
    github.statuses[145988746] = [status()]
    assert len(await missed(source)) == 1


async def test_the_commits_of_a_range_come_oldest_first_with_the_files(
    github: GitHub, source: GitHubSource
) -> None:
    github.commits = [compared("a1", "feat: vouchers"), compared("b2", "fix: it", None)]
    github.files = ["cart.py", "db/7.sql"]
    found = await source.commits("acme/checkout", "v1.41", "release/v1.42")
    commits = found.commits
    assert (found.complete, found.files_complete, found.behind) == (True, True, False)
    assert [(c.sha, c.message, c.author) for c in commits] == [
        ("a1", "feat: vouchers", "Bo"),
        ("b2", "fix: it", "Bo"),
    ]
    assert commits[-1].files == ("cart.py", "db/7.sql")
    assert github.asked[0].startswith("/repos/acme/checkout/compare/v1.41...release")


@pytest.mark.parametrize("largest_page", [100, 30])
async def test_a_long_range_is_read_to_its_end(
    github: GitHub, source: GitHubSource, largest_page: int
) -> None:
    github.largest_page = largest_page
    github.commits = [compared(f"{number:040}") for number in range(260)]
    found = await source.commits("acme/checkout", "a", "b")
    assert (len(found.commits), found.complete) == (260, True)


async def test_a_range_that_was_cut_says_so(github: GitHub, source: GitHubSource) -> None:
    github.commits = [compared(f"{number:040}") for number in range(2050)]
    found = await source.commits("acme/checkout", "a", "b")
    assert (len(found.commits), found.complete, found.files_complete) == (2000, False, False)


async def test_more_files_than_a_comparison_names_are_asked_of_each_commit(
    github: GitHub, source: GitHubSource
) -> None:
    github.commits = [compared("a1"), compared("b2")]
    github.files = [f"{number}.py" for number in range(400)]
    github.files_of = {"a1": ["one.py"], "b2": [f"{number}.py" for number in range(350)]}
    found = await source.commits("acme/checkout", "a", "b")
    assert [len(commit.files) for commit in found.commits] == [1, 350]
    assert found.files_complete


async def test_files_of_too_many_commits_are_called_unknown_not_none(
    github: GitHub, source: GitHubSource
) -> None:
    github.commits = [compared(f"{number:040}") for number in range(21)]
    github.files = [f"{number}.py" for number in range(400)]
    found = await source.commits("acme/checkout", "a", "b")
    assert (len(found.commits[-1].files), found.complete, found.files_complete) == (
        300,
        True,
        False,
    )


async def test_going_back_has_no_commits_and_says_that_it_is_going_back(
    github: GitHub, source: GitHubSource
) -> None:
    github.status = "behind"
    assert await source.commits("acme/checkout", "v2", "v1") == Compared((), behind=True)
    github.status = "identical"
    assert await source.commits("acme/checkout", "v2", "v2") == Compared(())


async def test_a_file_comes_as_text(github: GitHub, source: GitHubSource) -> None:
    github.contents["db/7.sql"] = {"encoding": "base64", "size": 9, "content": "RFJPUCBU\nQUJMRQ=="}
    assert await source.file("acme/checkout", "db/7.sql", "b2") == "DROP TABLE"
    assert github.asked[-1] == "/repos/acme/checkout/contents/db/7.sql?ref=b2"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"encoding": "none", "size": 2_000_000, "content": ""}, "too_large"),
        ({"encoding": "base64", "size": 3, "content": "//4A"}, "not_text"),  # not UTF-8
        ({"type": "dir"}, "not_text"),
        (["a", "listing"], "not_text"),
        ({"encoding": "base64", "size": 3, "content": "?"}, "not_text"),
    ],
)
async def test_what_is_no_text_is_refused_with_a_word(
    github: GitHub, source: GitHubSource, answer: object, code: str
) -> None:
    github.contents["db/7.sql"] = answer
    with pytest.raises(Permanent) as refused:
        await source.file("acme/checkout", "db/7.sql", "b2")
    assert refused.value.code == code


async def test_a_revision_cannot_lead_elsewhere(github: GitHub, source: GitHubSource) -> None:
    github.commits = [compared("a1")]
    await source.commits("acme/checkout", "../../../user?x=", "b#c")
    assert "compare" in github.asked[0]


RESET = str(int(NOW.timestamp()) + 90)


@pytest.mark.parametrize(
    ("answer", "kind", "wait", "words"),
    [
        (Response("", 429, {"retry-after": "7"}), Transient, 7.0, "rate limit"),
        (Response("", 429), Transient, 60.0, "rate limit"),
        (
            Response("", 403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET}),
            Transient,
            90.0,
            "rate limit",
        ),
        (Response("", 403, {"retry-after": "30"}), Transient, 30.0, "rate limit"),
        (
            JSONResponse({"message": "You have exceeded a secondary rate limit."}, 403),
            Transient,
            60.0,
            "rate limit",
        ),
        (Response("", 403, {"x-ratelimit-remaining": "9"}), Permanent, None, "may not read"),
        (JSONResponse({"message": "Not Found"}, 404), Permanent, None, "acme/checkout"),
        (Response("", 422), Permanent, None, "HTTP 422"),
        (Response("", 502), Transient, None, "HTTP 502"),
        (Response("<html>", 200), Transient, None, "no sense"),
        (Response("[" * 100_000, 200), Transient, None, "no sense"),
    ],
)
async def test_refusals_are_one_of_two_words(
    github: GitHub,
    source: GitHubSource,
    answer: Response,
    kind: type[Exception],
    wait: float | None,
    words: str,
) -> None:
    github.refuse = answer
    with pytest.raises(kind, match=words) as caught:
        await source.commits("acme/checkout", "a", "b")
    assert getattr(caught.value, "retry_after_seconds", None) == wait
    assert TOKEN not in str(caught.value)


async def test_a_wrong_token_is_told_and_not_hidden_among_the_repositories(github: GitHub) -> None:
    async with serving(github.app()) as url:
        source = GitHubSource("wrong", lambda: POLICY, FixedClock(), api_url=url)
        with pytest.raises(Permanent, match="refuses GITHUB_TOKEN"):
            await missed(source)
        await source.close()


async def test_a_server_that_drips_or_is_away_ends_in_time() -> None:
    async with serving(_dripping) as url:
        source = GitHubSource(TOKEN, lambda: POLICY, FixedClock(), api_url=url, timeout_seconds=0.2)
        with pytest.raises(Transient, match="in time"):
            await missed(source)
        await source.close()
    away = GitHubSource(TOKEN, lambda: POLICY, FixedClock(), api_url=url)
    with pytest.raises(Transient, match="cannot be reached"):
        await missed(away)
    await away.close()


async def _dripping(scope: object, receive: object, send: object) -> None:
    """An answer that never ends, a byte at a time: each read alone is fast enough."""

    assert callable(send)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(200):
        await send({"type": "http.response.body", "body": b" ", "more_body": True})
        await asyncio.sleep(0.02)


async def test_a_compared_commit_brings_its_people(github: GitHub, source: GitHubSource) -> None:
    """The shape of docs.github.com, "Compare two commits", as a squash through the web makes it."""
    told = compared("a1", "feat: x (#12)\n\nCo-authored-by: Eve <e@x.y>")
    told["commit"]["committer"] = {"name": "GitHub", "email": "noreply@github.com"}
    told["committer"] = {"login": "web-flow"}
    told["parents"] = [{"sha": "f0", "url": "https://api.github.com/…"}, {"sha": "f1"}]
    github.commits = [told]
    (commit,) = (await source.commits("acme/checkout", "a", "b")).commits
    assert (commit.author, commit.login, commit.email) == ("Bo", "bo-dev", "bo@example.com")
    assert (commit.committer, commit.co_authors) == ("GitHub", ("Eve <e@x.y>",))
    assert (commit.pull_request, commit.parents) == ("#12", ("f0", "f1"))
