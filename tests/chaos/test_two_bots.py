"""Two Midwatches on one PostgreSQL: whatever both see, people hear once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.types import Receive, Scope, Send

from bot.core.events import SignalReported
from bot.core.signal import Level
from bot.running import Running
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import listening, running
from bot.store import SqlStore, migrate
from bot.wiring import Midwatch, build
from config import load
from tests.chaos.seen import PATIENCE_SECONDS, Seen, config, settings
from tests.stories.setting import environment

OUTAGES = 25
"""Each pages two people."""
POLL_SECONDS = 0.05


class Door:
    """One address for both, as a load balancer gives them: by turns."""

    def __init__(self) -> None:
        self.apps: list[Any] = []
        self.count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.count += 1
        await self.apps[self.count % len(self.apps)](scope, receive, send)


@asynccontextmanager
async def two_bots(folder: Path, database_url: str) -> AsyncIterator[tuple[Seen, list[Midwatch]]]:
    """Both run everything that `midwatch run` does."""
    door = Door()
    async with AsyncExitStack() as stack:
        bot_url = await stack.enter_async_context(listening(door))
        sandbox = Sandbox(settings(OUTAGES, bot_url))
        sandbox_url = await stack.enter_async_context(running(sandbox))
        env = environment(sandbox.settings, database_url, sandbox_url)
        path = folder / "midwatch.yaml"
        path.write_text(config(OUTAGES), encoding="utf-8")
        await migrate(database_url)
        bots = [await build(load(path, env), env) for _ in range(2)]
        door.apps = [bot.app for bot in bots]
        for bot in bots:
            parts = Running(bot)
            await parts.start()
            stack.push_async_callback(parts.stop)
        yield Seen(sandbox), bots


def outage(index: int) -> tuple[str, SignalReported]:
    now = datetime.now(UTC)
    return f"down-{index}", SignalReported(
        f"s{index}", "health", "check", Level.DOWN, now, now, "HTTP 503", "http_status", None, 3, 3
    )


async def count(bot: Midwatch, question: str) -> int:
    async def ask(db: AsyncConnection) -> int:
        return int((await db.exec_driver_sql(question)).scalar_one())

    assert isinstance(bot.store, SqlStore)
    return await bot.store.database.read(ask)


async def until_at_rest(bot: Midwatch) -> None:
    """Nothing waits, in either direction, and every text has its receipt."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await count(
            bot,
            "SELECT (SELECT count(*) FROM events WHERE done_at IS NULL) + (SELECT count(*) FROM"
            " outbox WHERE state IN ('queued', 'sending') OR (kind = 'page' AND state = 'sent'))",
        ):
            await asyncio.sleep(POLL_SECONDS)


async def test_two_processes_on_one_database_say_everything_once(
    tmp_path: Path, postgres_database: Callable[[], str]
) -> None:
    async with two_bots(tmp_path, postgres_database()) as (seen, bots):
        events = [outage(index) for index in range(OUTAGES)]
        await asyncio.gather(
            *(bot.engine.receive(key, event) for key, event in events for bot in bots)
        )
        await seen.until_paged(OUTAGES)
        await until_at_rest(bots[0])
        incidents = await bots[0].store.incidents(limit=1000)
        counts = Counter(incident.service for incident in incidents)
        assert counts == {f"s{index}": 1 for index in range(OUTAGES)}
        assert sorted(incident.number for incident in incidents) == [*range(1, OUTAGES + 1)]
        assert len(seen.sandbox.twilio.messages) == 2 * OUTAGES
        assert seen.doubled_texts() == []
        assert seen.doubled_messages() == []
        assert seen.threads() == OUTAGES
        assert [bot.engine.failed_events for bot in bots] == [0, 0]
