"""`doctor` about the hosts of repositories: can what deploys be read there?"""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.server import listening
from tests.commands.test_doctor import examined, told
from tests.commands.world import World

TOKEN = "a-token-of-the-host-0123"


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (JSONResponse([]), "ok", "acme/shop/cart can be read"),
        (HTMLResponse("<h1>Sign in</h1>"), "fail", "answers with a page"),
        (JSONResponse({}, 401), "fail", "refuses GITLAB_TOKEN"),
        (JSONResponse({}, 404), "fail", "there is no acme/shop/cart"),
    ],
)
async def test_gitlab_is_asked_for_each_project(
    world: World, answer: Response, state: str, words: str
) -> None:
    asked: list[tuple[str, str]] = []

    async def deployments(request: Request) -> Response:
        asked.append((request.scope["raw_path"].decode(), request.headers["authorization"]))
        return answer

    world.change("repository: acme/checkout", "repository: acme/shop/cart\n    host: gitlab")
    async with listening(Starlette(routes=[Route("/{rest:path}", deployments)])) as url:
        env = {"GITLAB_API_URL": f"{url}/api/v4", "GITLAB_TOKEN": TOKEN}
        _, found = await examined(world, **env)
    assert words in told(found, "GitLab", state)
    path = "/api/v4/projects/acme%2Fshop%2Fcart/deployments"
    assert asked == [(path, f"Bearer {TOKEN}")]


@pytest.mark.parametrize(
    ("way", "path", "words"),
    [
        ("release", "releases", "the releases of acme/checkout can be read"),
        ("{workflow: go.yml}", "actions/workflows/go.yml/runs", "the runs of go.yml of acme/"),
    ],
)
async def test_github_is_asked_for_what_deploys_the_service(
    world: World, way: str, path: str, words: str
) -> None:
    asked: list[str] = []

    async def answer(request: Request) -> Response:
        asked.append(request.url.path)
        return JSONResponse([])

    world.change("repository: acme/checkout", f"repository: acme/checkout\n    deployed_by: {way}")
    async with listening(Starlette(routes=[Route("/{rest:path}", answer)])) as url:
        _, found = await examined(world, GITHUB_API_URL=url, GITHUB_TOKEN=TOKEN)
    assert words in told(found, "GitHub", "ok")
    assert asked == [f"/repos/acme/checkout/{path}"]


async def test_a_misspelt_workflow_is_told(world: World) -> None:
    added = "repository: acme/checkout\n    deployed_by: {workflow: depoly.yml}"
    world.change("repository: acme/checkout", added)
    async with listening(Starlette()) as url:
        _, found = await examined(world, GITHUB_API_URL=url, GITHUB_TOKEN=TOKEN)
    assert "there is no depoly.yml in acme/checkout" in told(found, "GitHub", "fail")
