"""What the buttons of the demo do: break, ship, mend, pull the plug."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx

from bot.demo_history import CHANGES, LAST_VERSION, sha
from bot.demo_pipeline import SERVICE, Pipeline
from bot.sandbox.controls import Control, DemoControls, StatusItem
from bot.sandbox.faults import Fault
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.services import DemoService

TIMEOUT_SECONDS = 5.0
SHIPPED = ("checkout", SERVICE)
HINT = (
    "Begin with Ship a broken checkout. Both teams get a text and a thread opens here: answer a "
    "text with the incident's number, press the buttons, then mend it. A team that does not answer "
    "is called after 45 s. Then Build payments: sign it in #releases as Mia or Ana."
)


class Deeds:
    """What can be done to the demo's world."""

    def __init__(
        self,
        sandbox: Sandbox,
        services: dict[str, DemoService],
        bot_url: str,
        token: str,
        secret: str,
    ) -> None:
        self.sandbox, self.services = sandbox, services
        self.bot_url, self.token = bot_url, token
        self.pipeline = Pipeline(self.post, services, secret)
        self._versions = dict(LAST_VERSION)

    async def up(self) -> bool:
        """Whether Midwatch answers."""
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
                return (await client.get(f"{self.bot_url}/healthz")).is_success
        except httpx.HTTPError:
            return False

    async def ship(self, service: str) -> str:
        """A pipeline rolls out a new version that works: started, succeeded a moment later."""
        started = datetime.now(UTC)
        self._versions[service] += 1
        await self._report(service, "started", started, None)
        self.services[service].mend()
        await self._report(service, "succeeded", started, datetime.now(UTC))
        return f"{service} v1.{self._versions[service]} is live"

    async def build(self) -> str:
        """A build of payments goes to staging and waits there for a signature."""
        self._versions[SERVICE] += 1
        return await self.pipeline.build(self._build(SERVICE, datetime.now(UTC)))

    async def ship_bad(self, service: str) -> str:
        """The same, and the new version does not work."""
        said = await self.ship(service)
        self.services[service].break_down(503)
        return f"{said}, and it does not work"

    def breaks(self, service: str) -> str:
        """It answers 503 from now on."""
        self.services[service].break_down(503)
        return f"{service} answers 503"

    def slows(self, service: str) -> str:
        """It answers, late."""
        self.services[service].slow_seconds = 0.85
        return f"{service} takes 0.85 s: degraded, nobody is paged"

    def mends(self, service: str) -> str:
        """Healthy again."""
        self.services[service].mend()
        return f"{service} is healthy again"

    def plug(self, provider: str, pulled: bool) -> str:
        """Twilio or Slack goes away, or comes back."""
        faults = (self.sandbox.twilio if provider == "Twilio" else self.sandbox.slack).faults
        if pulled:
            faults.set(Fault.DOWN)
        else:
            faults.clear()
        return f"{provider} is {'away' if pulled else 'back'}"

    async def _report(
        self, service: str, status: str, started: datetime, ended: datetime | None
    ) -> None:
        body = {
            **self._build(service, started),
            "environment": "production",
            "status": status,
            "started_at": started.isoformat(),
            "finished_at": ended.isoformat() if ended else None,
        }
        await self.post("deployments", body)
        self.services[service].version = body["version"]

    def _build(self, service: str, at: datetime) -> dict[str, Any]:
        """What a pipeline knows of its version now."""
        number = self._versions[service]
        version, before = f"v1.{number}", f"v1.{number - 1}"
        commit = sha(service, version)
        message, author, file = CHANGES[number % len(CHANGES)]
        return {
            "id": f"{service}-{version}",
            "service": service,
            "version": version,
            "sha": commit,
            "previous_sha": sha(service, before),
            "by": "Bo" if author == "bo-dev" else "Kai",
            "commits": [
                {
                    "sha": commit,
                    "message": message,
                    "author": author,
                    "at": at.isoformat(),
                    "files": [file],
                }
            ],
        }

    async def post(self, hook: str, body: dict[str, Any]) -> None:
        """Tell Midwatch's hook of that name."""
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
            answer = await client.post(
                f"{self.bot_url}/hooks/{hook}",
                json=body,
                headers={"Authorization": f"Bearer {self.token}"},
            )
            answer.raise_for_status()


def demo_controls(
    deeds: Deeds, status: Callable[[], Sequence[StatusItem]], bot_url: str
) -> DemoControls:
    """The panel."""
    return DemoControls(
        controls=[*_service_controls(deeds), *_plugs(deeds)],
        status_line=status,
        title="Midwatch demo",
        bot_pages_url=bot_url,
        hint=HINT,
    )


def _service_controls(deeds: Deeds) -> list[Control]:
    found = []
    for name in SHIPPED:
        found += [_build(deeds)] if name == SERVICE else []
        found += [
            _control(
                f"ship-{name}",
                f"Ship {name}",
                "A deployment that works, and mends"
                + (": past its sign-off, so it is flagged" if name == SERVICE else ""),
                name,
                partial(deeds.ship, name),
            ),
            _control(
                f"ship-bad-{name}",
                f"Ship a broken {name}",
                "A deployment that takes it down",
                name,
                partial(deeds.ship_bad, name),
                "danger",
            ),
            _control(
                f"break-{name}",
                f"Break {name}",
                "Answers 503, no deployment involved",
                name,
                _now(partial(deeds.breaks, name)),
                "danger",
            ),
            _control(
                f"slow-{name}",
                f"Slow {name}",
                "Degraded: Slack hears, nobody is paged",
                name,
                _now(partial(deeds.slows, name)),
            ),
            _control(
                f"mend-{name}",
                f"Mend {name}",
                "Healthy again",
                name,
                _now(partial(deeds.mends, name)),
                "good",
            ),
        ]
    return found


def _build(deeds: Deeds) -> Control:
    return _control(
        "build-payments",
        "Build payments",
        "A build waits on staging for a signature, then it is deployed",
        SERVICE,
        deeds.build,
        "good",
    )


def _plugs(deeds: Deeds) -> list[Control]:
    found = []
    for provider in ("Twilio", "Slack"):
        key = provider.lower()
        found += [
            _control(
                f"{key}-down",
                f"{provider} away",
                f"Pull {provider}'s plug",
                "Pull the plug",
                _now(partial(deeds.plug, provider, True)),
                "danger",
            ),
            _control(
                f"{key}-up",
                f"{provider} back",
                "Plug it in again",
                "Pull the plug",
                _now(partial(deeds.plug, provider, False)),
                "good",
            ),
        ]
    return found


def _control(
    id_: str,
    label: str,
    hint: str,
    group: str,
    act: Callable[[], Awaitable[str | None]],
    tone: str = "",
) -> Control:
    return Control(id=id_, label=label, hint=hint, group=group, act=act, tone=tone)


def _now(act: Callable[[], str]) -> Callable[[], Awaitable[str | None]]:
    async def done() -> str | None:
        return act()

    return done
