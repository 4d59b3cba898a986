"""`follow-up` beside a running Midwatch, and how often each was paged."""

from collections.abc import AsyncIterator

import pytest

from bot.core.events import Actor, CauseDecided, DeployedByHand, OpenedByHand
from bot.sandbox import Sandbox, running
from bot.wiring import Midwatch
from tests.commands.running import running_bot
from tests.commands.world import World, read, sandbox_of


@pytest.fixture
async def bot(world: World) -> AsyncIterator[Midwatch]:
    """Beside one incident that a deployment caused."""
    made: Sandbox = sandbox_of()
    async with running(made):
        world.with_sandbox(made)
        async with running_bot(world, made) as midwatch:
            engine, actor = midwatch.engine, Actor("ana", "cli")
            now = midwatch.clock.now()
            await engine.receive("t1", DeployedByHand("checkout", "v9", actor, now))
            await engine.work()
            await engine.receive("t2", OpenedByHand("checkout", "503s", actor, now))
            await engine.work()
            await engine.receive("t3", CauseDecided(1, "this", actor, now))
            await engine.work()
            yield midwatch


async def test_a_team_answers_and_who_has_not_is_listed(world: World, bot: Midwatch) -> None:
    (waits,) = read(await world.runs("follow-up", "--json"))["items"]
    assert [part["team"] for part in waits["follow_up"]] == ["it", "development"]
    done = await world.runs("follow-up", "1", "A canary", "--as", "bo", "--customers", "503s")
    assert (done.exit_code, "noted for Development" in done.output) == (0, True)
    again = await world.runs("follow-up", "1", "A canary", "--as", "bo", "--customers", "503s")
    assert "noted already" in again.output
    (waits,) = read(await world.runs("follow-up", "--json"))["items"]
    assert [part["text"] for part in waits["follow_up"]] == [None, "A canary"]
    other = await world.runs("follow-up", "1", "Mine", "--as", "bo", "--team", "it")
    assert (other.exit_code, "not for it" in other.output) == (1, True)
    missing = await world.runs("follow-up", "1", "--as", "bo")
    assert (missing.exit_code, "Say what, and who says it" in missing.output) == (2, True)
    load = read(await world.runs("on-call", "--load", "--json"))
    assert {"from", "to", "items"} <= set(load)
