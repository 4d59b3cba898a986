"""A sandbox that lives on, and a Midwatch beside it that dies and comes back."""

import asyncio
import os
import secrets
import signal
import socket
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import listening, running
from bot.sandbox.services import DemoService, router
from bot.sandbox.settings import Person, SandboxSettings
from tests.stories.setting import environment

PATIENCE_SECONDS = 30.0
"""For anything that takes a second on an idle machine."""
POLL_SECONDS = 0.02
HEAD = """
timezone: UTC
storm: 1000
slack: {incidents: "#incidents", support: "#support", releases: "#releases"}
defaults: {every: 500ms, recheck: 100ms, timeout: 5s, failures: 2, successes: 2}
escalation:
  - {page: on_call, by: [sms]}
"""


def config(services: int, url: str) -> str:
    """Services that share nobody: no text waits for another one's."""
    lines = [HEAD, "people:"]
    for index in range(2 * services):
        number, slack = phone(index), slack_id(index)
        lines.append(f'  p{index}: {{name: P{index}, phone: "{number}", slack: {slack}}}')
    lines.append("teams:")
    for index in range(services):
        lines.append(f"  it{index}: {{name: IT{index}, members: [p{2 * index}]}}")
        lines.append(f"  dev{index}: {{name: Dev{index}, members: [p{2 * index + 1}]}}")
    lines.append("services:")
    for index in range(services):
        health = f"{url}/services/s{index}/health"
        checks = f'[{{name: health, http: "{health}"}}]'
        lines.append(f"  s{index}: {{teams: [it{index}, dev{index}], checks: {checks}}}")
    return "\n".join(lines) + "\n"


def phone(index: int) -> str:
    return f"+1500555{1000 + index}"


def slack_id(index: int) -> str:
    return f"U0P{index:03}"


@dataclass
class Chaos:
    """What the test does, and what it sees: phones, channel, and the file that a crash left."""

    sandbox: Sandbox
    services: list[DemoService]
    database: Path
    starter: asyncio.subprocess.Process
    pid: int | None = None
    kills: int = 0

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

    def paged(self, index: int) -> bool:
        """Each of its two people has a first page."""
        numbers = (phone(2 * index), phone(2 * index + 1))
        return all(
            any(f"DOWN s{index} " in body for body in self.sandbox.twilio.phone(number).bodies)
            for number in numbers
        )

    async def until_paged(self, count: int) -> None:
        """The people of the first so many services."""
        await self.sandbox.journal.until(
            lambda: all(map(self.paged, range(count))), timeout_seconds=PATIENCE_SECONDS
        )

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

    def doubled_texts(self) -> list[tuple[str, str]]:
        """(number, words) that came more than once."""
        counts = Counter(
            (number, body)
            for number, one in self.sandbox.twilio.phones.items()
            for body in one.bodies
        )
        return [text for text, times in counts.items() if times > 1]

    def doubled_messages(self) -> list[str]:
        """Keys of Slack messages (threads, replies, posts) that stand there more than once."""
        counts = Counter(
            str((message.metadata or {}).get("event_payload", {}).get("key"))
            for name in ("incidents", "support", "releases")
            for message in self.sandbox.slack.channel(name).messages
        )
        return [key for key, times in counts.items() if times > 1]

    def threads(self) -> int:
        """First messages in the incidents channel that began a thread."""
        return sum(
            str((message.metadata or {}).get("event_payload", {}).get("key")).startswith("thread:")
            for message in self.sandbox.slack.messages("incidents")
        )


@asynccontextmanager
async def chaos(folder: Path, services: int) -> AsyncIterator[Chaos]:
    """The sandbox, the services, and a starter. No Midwatch runs yet."""
    async with AsyncExitStack() as stack:
        port = stack.enter_context(closing(_reserved_port()))
        bot_url = f"http://127.0.0.1:{port.getsockname()[1]}"
        sandbox = Sandbox(_settings(services, bot_url))
        sandbox_url = await stack.enter_async_context(running(sandbox))
        watched = [DemoService(f"s{index}", "v1") for index in range(services)]
        application = FastAPI()
        application.include_router(router({one.name: one for one in watched}))
        services_url = await stack.enter_async_context(listening(application))
        database = folder / "midwatch.db"
        env = environment(sandbox.settings, f"sqlite:///{database}", sandbox_url)
        path = folder / "midwatch.yaml"
        path.write_text(config(services, services_url), encoding="utf-8")
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


def _reserved_port() -> socket.socket:
    """A port that Midwatch may listen on again and again, and that nobody else is given."""
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    return kept


def _settings(services: int, bot_url: str) -> SandboxSettings:
    people = [
        Person(f"P{index}", "Dev" if index % 2 else "IT", phone(index), slack_id(index))
        for index in range(2 * services)
    ]
    return SandboxSettings(
        account_sid=f"AC{secrets.token_hex(16)}",
        auth_token=secrets.token_hex(16),
        from_number="+15005550006",
        slack_bot_token=f"xoxb-{secrets.token_hex(12)}",
        slack_signing_secret=secrets.token_hex(16),
        slack_app_token=f"xapp-{secrets.token_hex(12)}",
        bot_url=bot_url,
        phones=people,
    )
