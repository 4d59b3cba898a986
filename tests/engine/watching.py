"""A watch over one scripted service, for the tests of what may happen to it."""

import asyncio
from datetime import timedelta

from bot.watch import Watch, Watched
from checks import Context, Kind, Outcome, Result
from checks.options import CheckOptions
from checks.verdict import Rules
from tests.engine.world import World

RULES = Rules(
    timedelta(seconds=10), timedelta(seconds=3), timedelta(seconds=30), failures=2, successes=2
)


class Service:
    """What is watched: it says what the test lets it say."""

    def __init__(self) -> None:
        self.outcome = Outcome.DOWN
        self.asked = 0
        self.answers = asyncio.Event()
        self.answers.set()

    async def probe(self, _options: CheckOptions, context: Context) -> Result:
        self.asked += 1
        await self.answers.wait()
        return Result(self.outcome, "http_status", "HTTP 503", context.now())


async def watch_of(world: World, service: Service) -> Watch:
    """A process starts to watch."""

    async def sighted() -> bool:
        return True

    watch = Watch(world.engine, lambda _: Context(world.clock.now), sighted)
    await watch.configure([watched(service)])
    return watch


def watched(service: Service) -> Watched:
    """The one check."""
    kind = Kind("scripted", CheckOptions, service.probe)
    return Watched("checkout", "health", kind, CheckOptions(), RULES)


async def probes(world: World, watch: Watch, times: int) -> None:
    for _ in range(times):
        world.clock.forward(10)
        await watch.tick()
        await watch.settle()


async def levels(world: World) -> dict[str, str]:
    await world.engine.work()
    return {signal.service: signal.level.value for signal in await world.store.signals()}
