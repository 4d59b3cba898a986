"""A whole Midwatch, wired as in real life, on a real SQLite file, with time in the test's hand.

Real: configuration, probes over HTTP, engine, store, outbox, the Twilio and Slack SDKs against the
sandbox, signed callbacks over HTTP. Not real: the clock, and the ticks, which the test makes.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI

from bot.core.incident import Incident
from bot.ports import IncidentView
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import listening, running
from bot.sandbox.services import DemoService, router
from bot.sandbox.settings import Person, SandboxSettings
from bot.store import migrate
from bot.wiring import Midwatch, build
from config import load

START = datetime(2026, 11, 24, 3, 12, 0, tzinfo=UTC)
CONFIG = """
timezone: UTC
slack: {incidents: "#incidents", support: "#support", releases: "#releases"}
people:
  ana: {name: Ana, phone: "+15005550101", slack: U0ANA}
  bo: {name: Bo, phone: "+15005550102", slack: U0BO, github: bo-dev}
  eve: {name: Eve, phone: "+15005550105", slack: U0EVE}
teams:
  it: {name: IT, members: [ana]}
  development: {name: Development, members: [bo]}
  payments_team: {name: Payments, members: [eve]}
escalation:
  - {page: on_call, by: [sms]}
  - {after: 3m, page: on_call, by: [sms]}
  - {after: 5m, page: everyone, by: [sms, slack], repeat: 2}
services:
  checkout:
    teams: [it, development]
    depends_on: [payments]
    repository: acme/checkout
    checks: [{name: health, http: "SERVICES/services/checkout/health", every: 10s, timeout: 1s}]
  payments:
    teams: [payments_team]
    checks: [{name: health, http: "SERVICES/services/payments/health", every: 10s, timeout: 1s}]
"""
PEOPLE = (
    Person("Ana", "IT", "+15005550101", "U0ANA"),
    Person("Bo", "Development", "+15005550102", "U0BO"),
    Person("Eve", "Payments", "+15005550105", "U0EVE"),
)
NUMBERS = {"ana": "+15005550101", "bo": "+15005550102", "eve": "+15005550105"}


class FakeClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, at: datetime = START) -> None:
        self._now, self._monotonic = at, 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        self.forward(seconds)

    def forward(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds


class World:
    """What a story can do and see."""

    def __init__(
        self,
        midwatch: Midwatch,
        sandbox: Sandbox,
        services: dict[str, DemoService],
        clock: FakeClock,
        url: str,
        env: dict[str, str],
    ) -> None:
        self.midwatch, self.sandbox, self.services = midwatch, sandbox, services
        self.clock, self.url, self.env = clock, url, env

    # -- time

    async def settle(self) -> None:
        """Everything that is due now happens: decisions, deliveries, receipts, and what follows."""
        m = self.midwatch
        for _round in range(50):
            worked = await m.engine.work()
            started = await m.outbox.deliver_due()
            await self.sandbox.settled()
            if not worked and not started:
                return
        raise AssertionError("it does not come to rest")

    async def tick(self) -> None:
        """One round of the scheduler."""
        m = self.midwatch
        await m.probing.tick()
        await m.probing.watch.settle()
        await m.engine.tick()
        await self.settle()
        await m.outbox.reconcile()
        await m.outbox.ask_silent()
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
        await self.passes(seconds=30)

    async def comes_up(self, service: str = "checkout") -> None:
        """It is healthy again, and that is confirmed."""
        self.services[service].mend()
        await self.passes(seconds=20)

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
        answer = await self.post("/hooks/deployments", body)
        await self.settle()
        return answer

    async def post(self, path: str, body: object) -> httpx.Response:
        """A hook call with the right token."""
        async with httpx.AsyncClient(base_url=self.url) as client:
            headers = {"Authorization": f"Bearer {self.env['HOOK_TOKEN']}"}
            return await client.post(path, json=body, headers=headers)

    async def api(self, path: str) -> dict[str, object]:
        """Read the API."""
        async with httpx.AsyncClient(base_url=self.url) as client:
            headers = {"Authorization": f"Bearer {self.env['API_TOKEN']}"}
            answer = await client.get(path, headers=headers)
            answer.raise_for_status()
            found: dict[str, object] = answer.json()
            return found

    async def texts(self, who: str, body: str) -> list[str]:
        """Somebody texts Midwatch; returns the texts that they get then."""
        before = len(self.phone(who))
        await self.sandbox.twilio.text(NUMBERS[who], body)
        await self.settle()
        return self.phone(who)[before:]

    # -- what can be seen

    def phone(self, who: str) -> list[str]:
        """The texts on somebody's phone, oldest first."""
        return self.sandbox.twilio.phone(NUMBERS[who]).bodies

    async def view(self, number: int = 1) -> IncidentView:
        """An incident in full."""
        view = await self.midwatch.store.incident(number)
        assert view is not None, f"there is no incident {number}"
        return view

    async def incident(self, number: int = 1) -> Incident:
        """An incident."""
        return (await self.view(number)).incident

    def lights(self, incident: Incident) -> dict[str, str]:
        """Team -> `paging`, `acknowledged by ana`, …"""
        return {
            track.team: f"{track.state.value} by {track.by}" if track.by else track.state.value
            for track in incident.tracks
        }


def environment(settings: SandboxSettings, database_url: str, sandbox_url: str) -> dict[str, str]:
    """A real installation's environment, pointed at the sandbox."""
    return {
        "DATABASE_URL": database_url,
        "PUBLIC_URL": settings.bot_url,
        "SECRET_KEY": secrets.token_hex(24),
        "HOOK_TOKEN": secrets.token_hex(16),
        "API_TOKEN": secrets.token_hex(16),
        "TWILIO_ACCOUNT_SID": settings.account_sid,
        "TWILIO_AUTH_TOKEN": settings.auth_token,
        "TWILIO_FROM": settings.from_number,
        "TWILIO_API_URL": sandbox_url,
        "SLACK_BOT_TOKEN": settings.slack_bot_token,
        "SLACK_SIGNING_SECRET": settings.slack_signing_secret,
        "SLACK_API_URL": f"{sandbox_url}/api/",
    }


def settings_of(bot_url: str) -> SandboxSettings:
    """A sandbox for these people."""
    return SandboxSettings(
        account_sid=f"AC{secrets.token_hex(16)}",
        auth_token=secrets.token_hex(16),
        from_number="+15005550006",
        slack_bot_token=f"xoxb-{secrets.token_hex(12)}",
        slack_signing_secret=secrets.token_hex(16),
        slack_app_token=f"xapp-{secrets.token_hex(12)}",
        bot_url=bot_url,
        phones=PEOPLE,
    )


class _Later:
    """An ASGI application that is known only after its address is."""

    app: FastAPI

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        await self.app(scope, receive, send)


@asynccontextmanager
async def world(
    folder: Path, config: str = CONFIG, database_url: str | None = None
) -> AsyncIterator[World]:
    """Build it, run the story, take it down."""
    async with AsyncExitStack() as stack:
        clock, later = FakeClock(), _Later()
        url = await stack.enter_async_context(listening(later))
        sandbox = Sandbox(settings_of(url), clock.now)
        sandbox_url = await stack.enter_async_context(running(sandbox))
        services = {name: DemoService(name, "v1.41") for name in ("checkout", "payments")}
        application = FastAPI()
        application.include_router(router(services))
        services_url = await stack.enter_async_context(listening(application))
        address = database_url or f"sqlite:///{folder}/midwatch.db"
        env = environment(sandbox.settings, address, sandbox_url)
        path = folder / "midwatch.yaml"
        path.write_text(config.replace("SERVICES", services_url), encoding="utf-8")
        await migrate(address)
        midwatch = await build(load(path, env), env, clock)
        stack.push_async_callback(midwatch.close)
        later.app = midwatch.app
        for start in midwatch.starters:
            await start()
        midwatch.outbox.jitter_off()
        await midwatch.probing.configure(midwatch.config)
        story = World(midwatch, sandbox, services, clock, url, env)
        await story.passes(seconds=15)
        yield story
