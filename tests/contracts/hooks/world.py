"""What the door's tests share: a policy, an inbox that can be away, and a real server."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import uvicorn
from starlette.types import ASGIApp

from bot.core.events import Event
from bot.core.policy import Person, Policy, Service, SignOff, Step, Team
from bot.ports import StoreUnavailable

NOW = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)


def service(key: str, **more: object) -> Service:
    return Service(key, ("it",), (Step("on_call", ("sms",)),), **more)  # type: ignore[arg-type]


POLICY = Policy(
    timezone="UTC",
    people={
        "ana": Person("ana", "Ana", ("sms",), "UTC"),
        "bo": Person("bo", "Bo", ("sms",), "UTC", github="bo-dev"),
    },
    teams={"it": Team("it", "IT", ("ana", "bo"))},
    services={
        "checkout": service("checkout", repository="acme/checkout"),
        "api": service("api", repository="acme/gitlab", host="gitlab"),
        "search": service("search", repository="acme/mono", environment="Live"),
        "mail": service("mail", repository="acme/mono", environment="Live", staging="PreProd"),
    },
    sign_off=SignOff(("ana",), services=frozenset({"checkout"})),
)


class FixedClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@dataclass
class Book:
    """What is no event, kept in memory."""

    beats: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[tuple[str, str | None]] = field(default_factory=list)
    away: bool = False

    async def beat(self, name: str, what: str, at: datetime, message: str) -> None:
        self._answer()
        self.beats.append((name, what, message))

    async def note_source(
        self, name: str, at: datetime, *, error: str | None = None, cursor: str | None = None
    ) -> None:
        self._answer()
        self.notes.append((name, error))

    def _answer(self) -> None:
        if self.away:
            raise StoreUnavailable("away")


@dataclass
class Inbox:
    """The engine as the door sees it: keys are known once."""

    policy: Policy = POLICY
    clock: FixedClock = field(default_factory=FixedClock)
    store: Book = field(default_factory=Book)
    events: dict[str, Event] = field(default_factory=dict)
    received: int = 0

    async def receive(self, key: str, event: Event) -> bool:
        if self.store.away:
            raise StoreUnavailable("away")
        self.received += 1
        new = key not in self.events
        self.events.setdefault(key, event)
        return new

    async def receive_all(self, events: Sequence[tuple[str, Event]]) -> int:
        return sum([await self.receive(key, event) for key, event in events])

    def only(self) -> Event:
        assert len(self.events) == 1, list(self.events)
        return next(iter(self.events.values()))


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """A real HTTP server on loopback; yields its base URL."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, lifespan="off", ws="none", log_config=None, timeout_graceful_shutdown=1
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        await server.shutdown(sockets=[listener])
