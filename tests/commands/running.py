"""A whole Midwatch that runs beside the commands: real store, outbox, SDKs and callbacks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.core.events import Actor, OpenedByHand, SignalReported
from bot.core.signal import Level
from bot.running import Running
from bot.sandbox import Sandbox
from bot.sandbox.server import listening
from bot.wiring import Midwatch, build
from config import load
from tests.commands.world import World
from tests.house.database import migrated
from tests.house.ports import kept_port


@asynccontextmanager
async def running_bot(world: World, sandbox: Sandbox) -> AsyncIterator[Midwatch]:
    """Everything of `midwatch run` but the checks: nothing is down unless a test says so."""
    with kept_port() as port:
        url = f"http://127.0.0.1:{port}"
        world.env["PUBLIC_URL"] = sandbox.settings.bot_url = url
        async with _running(world, port) as midwatch:
            yield midwatch


@asynccontextmanager
async def _running(world: World, port: int) -> AsyncIterator[Midwatch]:
    world.change('{http: "http://127.0.0.1:9/health", name: health, every: 10s}', "")
    world.change("    checks:\n      - \n", "    checks: []\n")
    env = {name: value for name, value in world.env.items() if value}
    migrated(world.database_url)
    midwatch = await build(load(world.file, env), env)
    parts = Running(midwatch)
    await parts.start()
    try:
        async with listening(midwatch.app, port=port):
            yield midwatch
    finally:
        await parts.stop()


async def goes_down(midwatch: Midwatch, service: str) -> int:
    """An alert says that it is down. Returns the incident's number."""
    now = midwatch.clock.now()
    event = SignalReported(
        service=service,
        signal="alert:test",
        source="alertmanager",
        level=Level.DOWN,
        began_at=now - timedelta(minutes=2),
        at=now,
        detail="HTTP 503",
    )
    await midwatch.engine.receive(f"down:{service}:{now}", event)
    return await number_of(midwatch, service)


async def opened_by_hand(midwatch: Midwatch, service: str) -> int:
    """Somebody says that it is down. Returns the incident's number."""
    now = midwatch.clock.now()
    event = OpenedByHand(service, "nobody can pay", Actor("ana", "slack", "Ana"), now)
    await midwatch.engine.receive(f"open:{service}:{now}", event)
    return await number_of(midwatch, service)


async def number_of(midwatch: Midwatch, service: str) -> int:
    """The number of a service's open incident, once it is there."""
    async with asyncio.timeout(5):
        while not (found := await midwatch.store.incidents(state="open", service=service)):
            await asyncio.sleep(0.01)
    return found[0].number
