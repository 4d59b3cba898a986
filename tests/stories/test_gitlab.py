"""A service on GitLab: an outage names its deployment, whose commits GitLab is asked for."""

import json
from datetime import timedelta
from pathlib import Path

import httpx

from tests.contracts.hooks.world import serving
from tests.contracts.sources.gitlab_payloads import OLDER, PROJECT, SHA, hooked
from tests.contracts.sources.test_gitlab import TOKEN, GitLab
from tests.stories.setting import CONFIG
from tests.stories.test_which_deployment import first_line
from tests.stories.world import World, world

SECRET = "the-webhooks-own-token"


async def tells(story: World, ago: float, status: str, number: int, sha: str) -> int:
    at = (story.clock.now() - timedelta(minutes=ago)).isoformat(sep=" ")
    url = f"https://gitlab.example.com/{PROJECT}/-/commit/{sha}"
    payload = hooked(status, status_changed_at=at, deployment_id=number, commit_url=url)
    async with httpx.AsyncClient(base_url=story.url, trust_env=False) as client:
        answer = await client.post(
            "/hooks/gitlab", content=json.dumps(payload), headers={"X-Gitlab-Token": SECRET}
        )
    await story.settle()
    return answer.status_code


async def test_an_outage_names_the_deployment_with_the_commits_of_gitlab(tmp_path: Path) -> None:
    gitlab = GitLab(commits=[{"id": SHA, "message": "feat: vouchers", "author_name": "Bo"}])
    config = CONFIG.replace("repository: acme/checkout", f"repository: {PROJECT}\n    host: gitlab")
    async with serving(gitlab.app()) as url:
        variables = {
            "GITLAB_WEBHOOK_TOKEN": SECRET,
            "GITLAB_TOKEN": TOKEN,
            "GITLAB_API_URL": f"{url}/api/v4",
        }
        async with world(tmp_path, config, **variables) as story:
            assert await tells(story, 3000, "success", 14, OLDER) == 200
            assert await tells(story, 9, "running", 15, SHA) == 200
            assert await tells(story, 7, "success", 15, SHA) == 200
            await story.passes(seconds=10, step=5)
            await story.goes_down()
            assert "v1.42 279484c by Bo" in first_line(story)
            header = await story.header()
    assert any("repository/compare" in one and OLDER in one for one in gitlab.asked)
    assert "1 commit" in header
    assert f"{PROJECT}/-/compare/{OLDER}...{SHA}" in header
