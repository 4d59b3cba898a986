"""A whole Midwatch, wired as in real life, on a real SQLite file, with time in the test's hand.

Real: configuration, probes over HTTP, engine, store, outbox, the Twilio and Slack SDKs against the
sandbox, signed callbacks over HTTP. Not real: the clock, and the ticks, which the test makes.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from bot.core.events import SignalReported
from bot.core.incident import Incident
from bot.core.signal import Level
from bot.ports import IncidentView, StoreUnavailable
from bot.running import Running, jobs
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import listening, running
from bot.sandbox.services import DemoService, router
from bot.sandbox.slack.records import SlackMessage
from bot.store import SqlStore
from bot.store.database import WAIT_SECONDS, Database
from bot.wiring import Midwatch
from tests.house.database import migrated
from tests.stories.setting import (
    CONFIG,
    NUMBERS,
    SLACK,
    UPKEEP,
    Door,
    FakeClock,
    Installation,
    Json,
    environment,
    settings_of,
    with_addresses,
)


class World:
    """What a story can do and see."""

    def __init__(self, installation: Installation) -> None:
        self.installed = installation
        self.midwatch: Midwatch

    @property
    def sandbox(self) -> Sandbox:
        """The local Twilio and Slack."""
        return self.installed.sandbox

    @property
    def services(self) -> dict[str, DemoService]:
        """What is watched."""
        return self.installed.services

    @property
    def clock(self) -> FakeClock:
        """The time in this world."""
        return self.installed.clock

    @property
    def url(self) -> str:
        """Where Midwatch listens."""
        return self.installed.url

    # -- running

    async def starts(self) -> None:
        """Build a Midwatch on this installation's database and start it, as `run` does."""
        self.midwatch = await self.installed.build()
        for start in self.midwatch.starters:
            await start()
        await Running(self.midwatch).begin()

    async def starts_without_a_database(self) -> None:
        """The same while the file is away."""
        self.midwatch = await self.installed.build()
        await self._connects(wait_seconds=0.1)
        assert not await Running(self.midwatch).begin()

    async def stops(self) -> None:
        """It is gone; what it knew is in the database."""
        await self.midwatch.probing.watch.settle()
        await self.midwatch.close()

    async def restarts(self) -> None:
        """Another process on the same database."""
        await self.stops()
        await self.starts()

    def edits(self, old: str, new: str) -> None:
        """Somebody edits the configuration file."""
        path = self.installed.path
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in the file"
        path.write_text(text.replace(old, new), encoding="utf-8")

    async def reloads(self, old: str, new: str) -> None:
        """The same, and Midwatch takes it while it runs."""
        self.edits(old, new)
        self.midwatch.reloading.ask()
        await self.tick()

    async def loses_its_database(self) -> None:
        """The file is away: nothing can be read or written."""
        await self._connects(wait_seconds=0.1)
        self.installed.database.rename(self.installed.away)
        self.installed.database.mkdir()

    async def gets_its_database_back(self) -> None:
        """As it was."""
        self.installed.database.rmdir()
        self.installed.away.rename(self.installed.database)
        await self._connects(wait_seconds=WAIT_SECONDS)

    async def begins_late(self) -> None:
        """A Midwatch that began without its database finds it."""
        assert await Running(self.midwatch).begin(at_once=False)

    async def _connects(self, wait_seconds: float) -> None:
        """Lets go of every connection. A database that is away is not waited for in real time."""
        store = self.midwatch.store
        assert isinstance(store, SqlStore)
        await store.database.close()
        store.database = Database(store.database.address, wait_seconds)

    # -- time

    async def settle(self) -> None:
        """Everything that is due now happens: decisions, deliveries, receipts, and what follows."""
        m = self.midwatch
        m.engine.wake.clear()
        for _round in range(50):
            try:
                busy = await m.engine.work() + await m.outbox.deliver_due()
            except StoreUnavailable:
                busy = 0
            await self.sandbox.settled()
            if not busy:
                return
        raise AssertionError("it does not come to rest")

    async def tick(self) -> None:
        """Every job of `run` once, in its order."""
        for job in jobs(self.midwatch):
            if job.name in UPKEEP:
                continue
            with suppress(StoreUnavailable):  # as the scheduler does
                await job.run()
            await self.midwatch.probing.watch.settle()
            if self.midwatch.engine.wake.is_set():  # something came in
                await self.settle()
        await self.settle()

    async def passes(self, seconds: float = 0, minutes: float = 0, step: float = 1.0) -> None:
        """Time passes, a tick each `step` seconds."""
        left = seconds + 60 * minutes
        while left > 0:
            self.clock.forward(min(step, left))
            left -= step
            await self.tick()

    # -- deeds

    async def goes_down(self, service: str = "checkout") -> None:
        """The service answers 503, and the outage is confirmed."""
        self.services[service].break_down(503)
        await self.passes(seconds=18, step=3)

    async def comes_up(self, service: str = "checkout") -> None:
        """It is healthy again, and that is confirmed."""
        self.services[service].mend()
        await self.passes(seconds=15, step=3)

    async def reports(self, level: Level, service: str = "checkout", began: float = 6.0) -> None:
        """A check's verdict changes, without probing: `began` seconds ago."""
        now = self.clock.now()
        event = SignalReported(
            service=service,
            signal="health",
            source="check",
            level=level,
            began_at=now - timedelta(seconds=began),
            at=now,
            detail="HTTP 503" if level is Level.DOWN else "",
            tries=3,
            needed=3,
        )
        await self.midwatch.engine.receive(f"test:{service}:{level}:{now.isoformat()}", event)
        await self.settle()

    async def deploys(
        self,
        id_: str = "d1",
        service: str = "checkout",
        *,
        status: str = "succeeded",
        ago: float = 5,
        took: float = 2,
        **fields: object,
    ) -> httpx.Response:
        """A pipeline reports a deployment that ended `ago` minutes before now."""
        ended = self.clock.now() - timedelta(minutes=ago)
        body = {
            "id": id_,
            "service": service,
            "environment": "production",
            "version": "v1.42",
            "sha": "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2",
            "status": status,
            "started_at": (ended - timedelta(minutes=took)).isoformat(),
            "finished_at": ended.isoformat() if status != "started" else None,
            "by": "Bo",
            **fields,
        }
        sent = {name: value for name, value in body.items() if value is not None}
        answer = await self.post("/hooks/deployments", sent)
        await self.settle()
        return answer

    async def post(self, path: str, body: object = None) -> httpx.Response:
        """A hook call with the right token."""
        return await self._asks("POST", path, "HOOK_TOKEN", body)

    async def api(self, path: str = "/api/incidents/1") -> Json:
        """Read the API."""
        answer = await self._asks("GET", path, "API_TOKEN", None)
        answer.raise_for_status()
        found: Json = answer.json()
        return found

    async def _asks(self, method: str, path: str, token: str, body: object) -> httpx.Response:
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as client:
            headers = {"Authorization": f"Bearer {self.installed.env[token]}"}
            return await client.request(method, path, json=body, headers=headers)

    async def texts(self, who: str, body: str, sid: str = "") -> list[str]:
        """Somebody texts Midwatch; returns the texts that they get then."""
        before = len(self.phone(who))
        await self.sandbox.twilio.text(NUMBERS.get(who, who), body, sid=sid)
        await self.settle()
        return self.phone(who)[before:] if who in NUMBERS else []

    async def types(self, who: str, words: str) -> list[str]:
        """Somebody types `/midwatch …` in the channel; returns what they alone are told."""
        slack, user = self.sandbox.slack, SLACK.get(who, who)
        before = len(slack.ephemerals(user, "#incidents"))
        await slack.command(user, f"/midwatch {words}", "#incidents")
        await self.settle()
        return [m.text for m in slack.ephemerals(user, "#incidents")[before:]]

    async def clicks(self, who: str, button: str, number: int = 1) -> list[str]:
        """Press a button of the incident's first message; returns what they alone are told."""
        slack, user = self.sandbox.slack, SLACK.get(who, who)
        before = len(slack.ephemerals(user, "#incidents"))
        await slack.click(user, await self.thread_ts(number), button)
        await self.settle()
        return [m.text for m in slack.ephemerals(user, "#incidents")[before:]]

    @asynccontextmanager
    async def signed_in(self, who: str) -> AsyncIterator[httpx.AsyncClient]:
        """A browser of somebody who came in by a one-time link."""
        link = self.midwatch.sessions.link(who)
        # A chart is drawn in a process of its own, which on a busy machine takes its time.
        patience = httpx.Timeout(30.0)
        client = httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=patience)
        async with client as browser:
            await browser.post(link)
            yield browser

    # -- what can be seen

    def phone(self, who: str) -> list[str]:
        """The texts that arrived on somebody's phone from Midwatch, oldest first."""
        phone = self.sandbox.twilio.phone(NUMBERS[who])
        return [m.body for m in phone.messages if m.direction != "inbound" and m.arrived]

    def channel(self) -> list[str]:
        """What stands in #incidents itself, oldest first, as people read it."""
        return [message.words for message in self.sandbox.slack.messages("#incidents")]

    def direct(self, who: str) -> list[str]:
        """Slack's direct messages from Midwatch."""
        return [message.words for message in self.sandbox.slack.direct(SLACK[who])]

    async def thread_ts(self, number: int = 1) -> str:
        """Where the thread of an incident begins."""
        ts = (await self.incident(number)).thread_ts
        assert ts, f"incident {number} has no thread"
        return ts

    async def header(self, number: int = 1) -> str:
        """The first message of the thread."""
        return (await self._thread(number))[0].words

    async def replies(self, number: int = 1) -> list[str]:
        """What follows it."""
        return [message.words for message in (await self._thread(number))[1:]]

    async def _thread(self, number: int) -> list[SlackMessage]:
        return self.sandbox.slack.thread("#incidents", await self.thread_ts(number))

    async def view(self, number: int = 1) -> IncidentView:
        """An incident in full."""
        view = await self.midwatch.store.incident(number)
        assert view is not None, f"there is no incident {number}"
        return view

    async def incident(self, number: int = 1) -> Incident:
        """An incident."""
        return (await self.view(number)).incident

    async def open_incidents(self) -> list[int]:
        """Their numbers."""
        return sorted(i.number for i in await self.midwatch.store.incidents() if i.open)

    async def tracks(self, number: int = 1) -> dict[str, str]:
        """Team -> `paging`, `acknowledged by ana`, …"""
        return {
            track.team: f"{track.state.value} by {track.by}" if track.by else track.state.value
            for track in (await self.incident(number)).tracks
        }

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What stands in the database."""
        store = self.midwatch.store
        assert isinstance(store, SqlStore)
        async with store.database.reader.connect() as connection:
            return [tuple(row) for row in await connection.exec_driver_sql(statement)]

    async def audited(self) -> list[str]:
        """The kinds of the rows of the audit log, oldest first."""
        return [kind for (kind,) in await self.rows("SELECT kind FROM entries ORDER BY id")]


@asynccontextmanager
async def world(folder: Path, config: str = CONFIG, **more: str) -> AsyncIterator[World]:
    """Build it, run the story, take it down. `more`: further variables of its environment."""
    async with AsyncExitStack() as stack:
        clock, door = FakeClock(), Door()
        url = await stack.enter_async_context(listening(door))
        sandbox = Sandbox(settings_of(url), clock.now)
        sandbox_url = await stack.enter_async_context(running(sandbox))
        services = {
            name: DemoService(name, "v1.41") for name in ("checkout", "payments", "staging")
        }
        application = FastAPI()
        application.include_router(router(services))
        services_url = await stack.enter_async_context(listening(application))
        address = f"sqlite:///{folder}/midwatch.db"
        env = environment(sandbox.settings, address, sandbox_url)
        env |= more
        path = folder / "midwatch.yaml"
        path.write_text(with_addresses(config, services_url, sandbox_url), encoding="utf-8")
        migrated(address)
        story = World(Installation(sandbox, services, clock, url, env, path, door))
        await story.starts()
        stack.push_async_callback(story.stops)
        await story.passes(seconds=15, step=5)
        yield story
