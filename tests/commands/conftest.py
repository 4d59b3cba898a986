"""A user's folder and environment; on request a local Twilio and Slack, and a bot that runs."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.sandbox import Sandbox, running
from bot.wiring import Midwatch
from tests.commands.running import running_bot
from tests.commands.world import World, sandbox_of
from tests.house.ports import kept_port


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def port() -> Iterator[int]:
    """For a program that the test starts."""
    with kept_port() as kept:
        yield kept


@pytest.fixture
async def sandbox(world: World) -> AsyncIterator[Sandbox]:
    made = sandbox_of()
    async with running(made):
        world.with_sandbox(made)
        yield made


@pytest.fixture
async def bot(world: World, sandbox: Sandbox) -> AsyncIterator[Midwatch]:
    async with running_bot(world, sandbox) as midwatch:
        yield midwatch
