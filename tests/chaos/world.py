"""A sandbox that lives on, and a Midwatch beside it that dies and comes back."""

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

from fastapi import FastAPI

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import listening, running
from bot.sandbox.services import DemoService, router
from tests.chaos.seen import PATIENCE_SECONDS, Seen, config, settings
from tests.house.ports import kept_port
from tests.stories.setting import environment

POLL_SECONDS = 0.02


class Chaos(Seen):
    """What the test does, and what it sees: phones, channel, and the file that a crash left."""

    def __init__(
        self,
        sandbox: Sandbox,
        services: list[DemoService],
        database: Path,
        starter: asyncio.subprocess.Process,
    ) -> None:
        super().__init__(sandbox)
        self.services, self.database, self.starter = services, database, starter
        self.pid: int | None = None
        self.kills = 0

    async def start(self) -> None:
        """A new Midwatch process."""
        assert self.starter.stdin is not None
        self.starter.stdin.write(b"start\n")
        await self.starter.stdin.drain()
        word, value = await self._hears()
        assert word == "started"
        self.pid = int(value)

    async def kill(self) -> None:
        """`kill -9`, in the middle of whatever it does."""
        assert self.pid is not None
        os.kill(self.pid, signal.SIGKILL)
        assert await self._hears() == ("ended", "-9"), "it had ended by itself"
        self.pid = None
        self.kills += 1

    async def _hears(self) -> tuple[str, str]:
        assert self.starter.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            word, _, value = (await self.starter.stdout.readline()).decode().strip().partition(" ")
        return word, value

    def mend_what_is_known(self) -> None:
        """Services whose people were all paged work again."""
        for index, service in enumerate(self.services):
            if service.status >= 400 and self.paged(index):
                service.mend()

    async def until_at_rest(self) -> None:
        """Every outage has a thread, every incident is over, and nothing is under way or due."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self._under_way():
                await asyncio.sleep(POLL_SECONDS)

    def _under_way(self) -> int:
        return self._count(
            "SELECT (SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')) +"
            " (SELECT count(*) FROM events WHERE done_at IS NULL) +"
            " (SELECT count(*) FROM incidents WHERE state <> 'resolved')"
        )

    def mid_air(self) -> int:
        """Rows that the dead process was sending."""
        return self._count("SELECT count(*) FROM outbox WHERE state = 'sending'")

    def open_incidents(self) -> int:
        return self._count("SELECT count(*) FROM incidents WHERE state <> 'resolved'")

    def services_in_open_incidents(self) -> int:
        return self._count("SELECT count(*) FROM incident_services WHERE open")

    def incidents(self) -> int:
        return self._count("SELECT count(*) FROM incidents")

    def _count(self, question: str) -> int:
        with closing(sqlite3.connect(self.database, timeout=PATIENCE_SECONDS)) as db:
            try:
                return int(db.execute(question).fetchone()[0])
            except sqlite3.OperationalError as no_tables_yet:
                if "no such table" in str(no_tables_yet):
                    return 0
                raise


@asynccontextmanager
async def chaos(folder: Path, services: int, storm: int = 1000) -> AsyncIterator[Chaos]:
    """The sandbox, the services, and a starter. No Midwatch runs yet."""
    async with AsyncExitStack() as stack:
        bot_url = f"http://127.0.0.1:{stack.enter_context(kept_port())}"
        sandbox = Sandbox(settings(services, bot_url))
        sandbox_url = await stack.enter_async_context(running(sandbox))
        watched = [DemoService(f"s{index}", "v1") for index in range(services)]
        application = FastAPI()
        application.include_router(router({one.name: one for one in watched}))
        services_url = await stack.enter_async_context(listening(application))
        database = folder / "midwatch.db"
        env = environment(sandbox.settings, f"sqlite:///{database}", sandbox_url)
        path = folder / "midwatch.yaml"
        path.write_text(config(services, services_url, storm), encoding="utf-8")
        starter = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.chaos.starter",
            str(path),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=(folder / "log.txt").open("wb"),
            env={**os.environ, **env, "PORT": bot_url.rpartition(":")[2]},
        )
        stack.push_async_callback(_end, starter)
        yield Chaos(sandbox, watched, database, starter)


async def _end(starter: asyncio.subprocess.Process) -> None:
    assert starter.stdin is not None
    starter.stdin.close()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await starter.wait()
