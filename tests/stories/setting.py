"""Where the stories play: the clock, the people, the configuration, and what outlives a process."""

import secrets
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.services import DemoService
from bot.sandbox.settings import Person, SandboxSettings
from bot.wiring import Midwatch, build
from config import load

START = datetime(2026, 11, 24, 3, 12, 0, tzinfo=UTC)
CONFIG = """
timezone: UTC
slack: {incidents: "#incidents", support: "#support", releases: "#releases"}
people:
  ana: {name: Ana, phone: "+15005550101", slack: U0ANA, channels: [sms, slack]}
  bo: {name: Bo, phone: "+15005550102", channels: [sms, slack], slack: U0BO, github: bo-dev}
  eve: {name: Eve, phone: "+15005550105", slack: U0EVE, channels: [sms, slack]}
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
SLACK = {"ana": "U0ANA", "bo": "U0BO", "eve": "U0EVE"}
UPKEEP = {
    "catching up",
    "roll-up",
    "watchdog",
    "asking providers",
    "sealing",
    "audit check",
    "audit anchor",
    "telling leads",
}
"""Jobs that no story needs, or that it runs by itself."""
Json = dict[str, Any]


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


@dataclass(frozen=True, slots=True)
class Installation:
    """What lasts longer than one process of Midwatch."""

    sandbox: Sandbox
    services: dict[str, DemoService]
    clock: FakeClock
    url: str
    env: dict[str, str]
    path: Path
    door: "Door"

    @property
    def database(self) -> Path:
        """SQLite's file."""
        return self.path.with_name("midwatch.db")

    @property
    def away(self) -> Path:
        """Where it is while it is away."""
        return self.path.with_name("away.db")

    async def build(self) -> Midwatch:
        """As `run` does it."""
        midwatch = await build(load(self.path, self.env), self.env, self.clock)
        self.door.app = midwatch.app
        return midwatch


def environment(settings: SandboxSettings, database_url: str, sandbox_url: str) -> dict[str, str]:
    """A real installation's environment, pointed at the sandbox."""
    return {
        "DATABASE_URL": database_url,
        "PUBLIC_URL": settings.bot_url,
        "SECRET_KEY": secrets.token_hex(24),
        "HOOK_TOKEN": secrets.token_hex(16),
        "GITHUB_WEBHOOK_SECRET": secrets.token_hex(16),
        "API_TOKEN": secrets.token_hex(16),
        "TWILIO_ACCOUNT_SID": settings.account_sid,
        "TWILIO_AUTH_TOKEN": settings.auth_token,
        "TWILIO_FROM": settings.from_number,
        "TWILIO_API_URL": sandbox_url,
        "SLACK_BOT_TOKEN": settings.slack_bot_token,
        "SLACK_SIGNING_SECRET": settings.slack_signing_secret,
        "SLACK_API_URL": f"{sandbox_url}/api/",
        "PAGE_WEBHOOK_SECRET": settings.webhook_secret,
    }


def with_addresses(config: str, services_url: str, sandbox_url: str) -> str:
    """The configuration with its services and receivers of webhooks where they are."""
    return config.replace("SERVICES", services_url).replace("WEBHOOKS", f"{sandbox_url}/webhooks")


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
        webhook_secret=f"whsec_{b64encode(secrets.token_bytes(32)).decode()}",
        phones=PEOPLE,
    )


class Door:
    """An ASGI application that is known only after its address is, and changes with a restart."""

    app: FastAPI

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        await self.app(scope, receive, send)
