"""A service deployed by GitHub's releases: an outage names the release and its commits."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sources.github_api import GitHubSource
from tests.contracts.hooks.world import serving
from tests.stories.setting import CONFIG
from tests.stories.test_catching_up import asks
from tests.stories.test_github import tells
from tests.stories.test_which_deployment import first_line
from tests.stories.world import World, world

REPOSITORY = "acme/checkout"
TAGS = {"v1.41": "a" * 40, "v1.42": "b" * 40}
CHANGES = CONFIG.replace(
    f"repository: {REPOSITORY}", f"repository: {REPOSITORY}\n    deployed_by: release"
)


def released(story: World, number: int, tag: str, **ago: float) -> dict[str, Any]:
    """GitHub names a branch as what was released, not a commit."""
    at = (story.clock.now() - timedelta(**ago)).isoformat()
    return {
        "id": number,
        "tag_name": tag,
        "target_commitish": "main",
        "draft": False,
        "prerelease": False,
        "created_at": at,
        "published_at": at,
        "author": {"login": "bo-dev"},
    }


def github(releases: list[dict[str, Any]], asked: list[str]) -> Starlette:
    """It knows the releases, the commits of their tags, and one commit between them."""

    async def answer(request: Request) -> Response:
        asked.append(request.url.path)
        what = request.url.path.removeprefix(f"/repos/{REPOSITORY}/")
        if what == "releases":
            return JSONResponse(releases)
        if what.startswith("commits/tags/"):
            return JSONResponse({"sha": TAGS[what.removeprefix("commits/tags/")]})
        commits = [{"sha": "b" * 40, "commit": {"message": "feat: vouchers"}}]
        return JSONResponse({"total_commits": 1, "commits": commits, "files": []})

    return Starlette(routes=[Route("/{rest:path}", answer)])


async def test_an_outage_names_the_release_with_its_commits(tmp_path: Path) -> None:
    asked: list[str] = []
    secret = {"GITHUB_WEBHOOK_SECRET": "a-secret-of-the-webhook-4711"}
    async with world(tmp_path, CHANGES, **secret) as story:
        old = released(story, 1, "v1.41", days=2)
        new = released(story, 2, "v1.42", minutes=7)
        async with serving(github([new, old], asked)) as url:
            m = story.midwatch
            source = GitHubSource("t", lambda: m.engine.policy, story.clock, api_url=url)
            m.sources["github"] = source
            about = {"action": "published", "repository": {"full_name": REPOSITORY}}
            assert (await tells(story, "release", about | {"release": new})).status_code == 200
            await asks(story)
            await story.passes(seconds=10, step=5)
            await source.close()
        await story.goes_down()
        assert "v1.42 bbbbbbb by Bo" in first_line(story)
        header = await story.header()
    assert "1 commit" in header
    assert f"/repos/{REPOSITORY}/compare/{'a' * 40}...{'b' * 40}" in asked
