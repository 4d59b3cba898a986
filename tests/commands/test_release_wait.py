"""`midwatch release wait` lets no other build through than the one that is meant."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.sandbox.server import listening
from tests.commands.world import World

SHA = "a" * 40


@pytest.fixture
async def kept() -> AsyncIterator[tuple[str, dict[str, dict[str, Any]]]]:
    """Midwatch's API, and the releases that it knows."""
    known: dict[str, dict[str, Any]] = {}

    async def release(request: Request) -> Response:
        found = known.get(request.path_params["id"])
        return JSONResponse(found or {"error": "no"}, 200 if found else 404)

    async with listening(Starlette(routes=[Route("/api/releases/{id:path}", release)])) as url:
        yield url, known


def said(service: str, sha: str = SHA, **more: Any) -> dict[str, Any]:
    return {"service": service, "sha": sha, "status": "approved", "decided_by": "mia", **more}


async def test_it_ends_with_the_answer(
    world: World, kept: tuple[str, dict[str, dict[str, Any]]]
) -> None:
    url, known = kept
    env = {"PUBLIC_URL": url, "API_TOKEN": "t" * 20}
    known["run7"] = said("checkout")
    done = await world.runs("release", "wait", "run7", "--sha", SHA[:10], env=env)
    assert (done.exit_code, "approved by mia" in done.output) == (0, True)
    known["run7"] = said("checkout", status="rejected", reason="not translated")
    done = await world.runs("release", "wait", "run7", env=env)
    assert (done.exit_code, "rejected: not translated" in done.output) == (1, True)


async def test_another_service_or_build_of_the_same_id_is_not_taken_for_it(
    world: World, kept: tuple[str, dict[str, dict[str, Any]]]
) -> None:
    url, known = kept
    env = {"PUBLIC_URL": url, "API_TOKEN": "t" * 20}
    known["run7"] = said("checkout")
    known["run7:search"] = said("search", status="rejected")
    done = await world.runs("release", "wait", "run7", "--service", "search", env=env)
    assert done.exit_code == 1
    done = await world.runs("release", "wait", "run7", "--sha", "b" * 40, env=env)
    assert done.exit_code == 1
    assert "is another build" in done.output
