"""Webhooks that were missed: GitHub is asked at the start and then often, and nothing is lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from starlette.responses import Response

from bot.catching_up import AT_ONCE, catch_up
from bot.sources.github_api import GitHubSource
from tests.contracts.hooks.world import serving
from tests.contracts.sources.github_server import TOKEN, GitHub
from tests.contracts.sources.payloads import deployment, status
from tests.stories.world import World

REPOSITORY = "acme/checkout"


@asynccontextmanager
async def asking(story: World, github: GitHub) -> AsyncIterator[None]:
    """Midwatch has a GITHUB_TOKEN."""
    m = story.midwatch
    async with serving(github.app()) as url:
        source = GitHubSource(TOKEN, lambda: m.engine.policy, story.clock, api_url=url)
        m.sources["github"] = source
        try:
            yield
        finally:
            await source.close()


def deployed(github: GitHub, number: int, at: datetime, repository: str = REPOSITORY) -> None:
    """A deployment that ran for two minutes and ended then."""
    end, start = at.isoformat(), (at - timedelta(minutes=2)).isoformat()
    made: dict[str, Any] = deployment(id=number, created_at=start, updated_at=end)
    github.deployments.setdefault(repository, []).insert(0, made)
    github.statuses[number] = [
        status("success", created_at=end),
        status("in_progress", created_at=start),
    ]


async def asks(story: World) -> int:
    """The job of every five minutes."""
    new = await catch_up(story.midwatch.engine, story.midwatch.sources)
    await story.settle()
    return new


async def test_a_deployment_that_nobody_told_of_is_found_and_linked(story: World) -> None:
    github = GitHub()
    deployed(github, 1, story.clock.now() - timedelta(minutes=5))
    async with asking(story, github):
        await story.goes_down()
        assert "No deployment known" in story.phone("ana")[0]
        assert await asks(story) == 2
        assert (await story.api())["deployment"]["link"] == "suspected"
        assert "is now suspected" in story.phone("ana")[-1]
        texts = len(story.phone("ana"))
        assert await asks(story) == 0, "the same again"
        assert len(story.phone("ana")) == texts


async def test_only_what_is_new_is_asked_for_the_next_time(story: World) -> None:
    github = GitHub()
    for day in (20, 10):
        deployed(github, day, story.clock.now() - timedelta(days=day))
    async with asking(story, github):
        assert await asks(story) == 4
        github.asked.clear()
        await story.passes(minutes=5, step=300)
        deployed(github, 30, story.clock.now())
        assert await asks(story) == 2
    assert len([path for path in github.asked if "/statuses" in path]) == 1


async def test_a_repository_that_joins_later_is_asked_for_its_whole_history(story: World) -> None:
    github = GitHub()
    deployed(github, 1, story.clock.now() - timedelta(days=9))
    deployed(github, 2, story.clock.now() - timedelta(days=9), "acme/payments")
    async with asking(story, github):
        assert await asks(story) == 2
        await story.reloads(
            "teams: [payments_team]\n", "teams: [payments_team]\n    repository: acme/payments\n"
        )
        assert await asks(story) == 2


async def test_what_could_not_be_read_is_read_when_it_can(story: World) -> None:
    github = GitHub()
    async with asking(story, github):
        assert await asks(story) == 0
        assert github.asked, "and it was not found"
        deployed(github, 1, story.clock.now() - timedelta(days=2))
        await story.passes(minutes=5, step=300)
        assert await asks(story) == 2


@pytest.mark.parametrize("refusal", [429, 401, 500])
async def test_a_refusal_is_kept_for_the_doctor_until_it_is_over(
    story: World, refusal: int
) -> None:
    github = GitHub(refuse=Response("", refusal))
    deployed(github, 1, story.clock.now())
    async with asking(story, github):
        assert await asks(story) == 0
        (known,) = await story.midwatch.store.source_statuses()
        assert (known.name, known.seen_at) == ("github API", None)
        assert "GitHub" in (known.error or "")
        github.refuse = None
        assert await asks(story) == 2
        (known,) = await story.midwatch.store.source_statuses()
        assert known.error is None


async def test_an_outage_does_not_stand_in_line_behind_weeks_of_deployments(story: World) -> None:
    github = GitHub()
    for number in range(60, 0, -1):
        deployed(github, number, story.clock.now() - timedelta(hours=6 * number))
    rounds: list[datetime] = []
    story.midwatch.engine.on_decided.append(lambda: rounds.append(story.clock.now()))
    async with asking(story, github):
        assert await asks(story) == 120
    assert len(rounds) == 120 / AT_ONCE, "each few are decided before the next are received"
