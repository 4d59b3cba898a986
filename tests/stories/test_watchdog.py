"""Somebody else's dead man's switch: pinged while Midwatch can page, and only then."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI

from bot.sandbox.faults import Fault
from bot.sandbox.server import listening
from tests.stories.setting import CONFIG
from tests.stories.world import World, world


@dataclass
class Switch:
    """Remembers which of its addresses was asked."""

    url: str = ""
    pings: list[str] = field(default_factory=list)


@asynccontextmanager
async def watched_over(folder: Path) -> AsyncIterator[tuple[World, Switch]]:
    """A Midwatch that pings a switch every minute."""
    switch, application = Switch(), FastAPI()

    @application.get("/ping/{name}")
    async def ping(name: str) -> None:
        switch.pings.append(name)

    async with listening(application) as switch.url:
        config = f"{CONFIG}watchdog: {{ping: '{switch.url}/ping/one', every: 1m}}\n"
        async with world(folder, config) as story:
            yield story, switch


async def minutes(story: World, count: int) -> None:
    """So many pass, six ticks each."""
    for _ in range(6 * count):
        await story.passes(seconds=10, step=10)
        await story.midwatch.watchdog.tick()


async def test_it_is_pinged_as_often_as_the_configuration_says(tmp_path: Path) -> None:
    async with watched_over(tmp_path) as (story, switch):
        await minutes(story, 3)
        assert switch.pings == ["one"] * 3


async def test_while_nobody_can_be_paged_the_silence_is_the_message(tmp_path: Path) -> None:
    async with watched_over(tmp_path) as (story, switch):
        story.sandbox.twilio.faults.set(Fault.DOWN)
        story.sandbox.slack.faults.set(Fault.DOWN)
        await story.goes_down()
        await story.passes(seconds=40, step=5)
        await minutes(story, 3)
        assert switch.pings == []


async def test_a_changed_address_is_taken_without_a_restart(tmp_path: Path) -> None:
    async with watched_over(tmp_path) as (story, switch):
        await story.reloads("/ping/one", "/ping/two")
        await minutes(story, 1)
        assert switch.pings == ["two"]
