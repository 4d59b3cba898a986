"""A running sandbox, the listeners behind their guard, and an engine that notes events."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import aiohttp
import pytest
from fastapi import FastAPI, Request, Response

from bot.clock import SystemClock
from bot.core.deployment import Deployment
from bot.core.events import Event
from bot.core.fairness import SentPage
from bot.core.incident import Incident
from bot.core.overrides import TeamOverride
from bot.core.policy import Policy
from bot.core.signal import Silence
from bot.core.stats.counting import stats_of
from bot.core.stats.facts import Facts, Outage
from bot.core.stats.period import Period, Scope
from bot.core.stats.result import Stats
from bot.core.wording.stats import with_notes
from bot.ports import IncidentView, Store, StoreUnavailable
from bot.sandbox import Person, Sandbox, SandboxSettings, running
from bot.sandbox.server import listening
from bot.slack.client import new_session, slack_client
from bot.slack.http_guard import SlackEvents
from bot.slack.listeners import Listeners, build_app
from bot.slack.messages import Messages
from bot.slack.thread import SlackChat
from tests.core.world import World, policy

BOT_TOKEN = "xoxb-made-up"
APP_TOKEN = "xapp-made-up"
SIGNING_SECRET = "a-made-up-signing-secret"
CHANNELS = {"incidents": "#incidents", "support": "#support", "releases": "#releases"}


class FewThings:
    """The part of the store that questions read; `down` makes it unavailable."""

    def __init__(self) -> None:
        self.views: list[IncidentView] = []
        self.kept: list[Deployment] = []
        self.standing_in: list[TeamOverride] = []
        self.down = False

    def _up(self) -> None:
        if self.down:
            raise StoreUnavailable("disk full")

    async def incident(self, number: int) -> IncidentView | None:
        self._up()
        return next((view for view in self.views if view.incident.number == number), None)

    async def incidents(self, *, state: str | None = None, **_: Any) -> list[Incident]:
        self._up()
        found = [view.incident for view in self.views]
        return [it for it in found if it.open] if state == "open" else found

    async def unusable(self, now: datetime) -> dict[tuple[str, str], str]:
        self._up()
        return {}

    async def deployments(
        self, *, service: str | None = None, limit: int = 50, **_: Any
    ) -> list[Deployment]:
        self._up()
        return [item for item in self.kept if service in (None, item.service)][:limit]

    async def overrides(self, since: datetime) -> list[TeamOverride]:
        self._up()
        return [it for it in self.standing_in if it.end > since]

    async def handed_over(self, since: datetime, until: datetime) -> list[SentPage]:
        self._up()
        return [SentPage("ana", "it", "sms", until.replace(hour=3))] if self.views else []

    async def silences(self, now: datetime) -> list[Silence]:
        self._up()
        return [silence for view in self.views for silence in view.silences if silence.until > now]


class FewNumbers:
    """Counts the facts that a test lays before it."""

    def __init__(self, things: FewThings) -> None:
        self.things = things
        self.facts = Facts()
        self.asked: list[tuple[Period, Scope]] = []
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def stats(self, period: Period, scope: Scope) -> Stats:
        if self.things.down:
            raise StoreUnavailable("disk full")
        self.asked.append((period, scope))
        await self.may_go_on.wait()
        return with_notes(stats_of(self.facts, period, scope, now()))

    async def outages(self) -> tuple[Sequence[Outage], datetime | None]:
        return self.facts.outages, min(self.facts.known_since.values(), default=None)


@dataclass
class NotingEngine:
    """Notes each event once by its key, as the inbox does."""

    policy: Policy
    things: FewThings = field(default_factory=FewThings)
    clock: SystemClock = field(default_factory=SystemClock)
    received: dict[str, Event] = field(default_factory=dict)
    counted: "FewNumbers" = field(init=False)

    def __post_init__(self) -> None:
        self.counted = FewNumbers(self.things)

    @property
    def store(self) -> Store:
        return cast(Store, self.things)

    @property
    def events(self) -> Sequence[Event]:
        return list(self.received.values())

    async def receive(self, key: str, event: Event) -> bool:
        if self.things.down:
            raise StoreUnavailable("disk full")
        if key in self.received:
            return False
        self.received[key] = event
        return True


@dataclass
class Midwatch:
    """Everything of ours in these tests, wired as in real life."""

    engine: NotingEngine
    messages: Messages
    chat: SlackChat
    listeners: Listeners
    url: str

    def knows(self, *views: IncidentView) -> None:
        self.engine.things.views = list(views)


def people() -> Policy:
    """The core's world, with the ids that people have in the sandbox."""
    known = policy()
    return replace(
        known,
        people={
            key: replace(person, slack=f"U0{key.upper()}") for key, person in known.people.items()
        },
    )


def view_of(world: World) -> IncidentView:
    """The newest incident as the store would show it."""
    number = world.incident.number
    pages = tuple(page for page in world.scene.pages if page.incident == number)
    return IncidentView(world.incident, pages, (), world.scene.silences)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def world() -> World:
    return World(people())


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    settings = SandboxSettings(
        account_sid="AC" + "1" * 32,
        auth_token="a-made-up-auth-token",
        from_number="+15005550006",
        slack_bot_token=BOT_TOKEN,
        slack_signing_secret=SIGNING_SECRET,
        slack_app_token=APP_TOKEN,
        bot_url="",
        phones=[
            Person("Ana", "IT", None, "U0ANA"),
            Person("Bo", "Development", None, "U0BO"),
            Person("Zoe", "nobody's", None, "U0ZOE"),
        ],
        slack_retry_delays_seconds=(0.0, 0.0, 0.0),
        channels=("incidents", "support", "releases", "general"),
    )
    world = Sandbox(settings)
    async with running(world):
        yield world


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with new_session(2.0) as session:
        yield session


@pytest.fixture
async def midwatch(sandbox: Sandbox, session: aiohttp.ClientSession) -> AsyncIterator[Midwatch]:
    engine = NotingEngine(people())
    client = slack_client(BOT_TOKEN, f"{sandbox.base_url}/api/", session=session)
    messages = Messages(client)
    chat = SlackChat(messages, lambda: CHANNELS, lambda: engine.policy)
    app, listeners = build_app(engine, chat, client, SIGNING_SECRET, engine.counted)
    guard = SlackEvents(app, SIGNING_SECRET)
    web = FastAPI()

    @web.post("/slack/events")
    async def slack_events(request: Request) -> Response:
        return await guard.handle(request)

    async with listening(web) as url:
        sandbox.context.settings.bot_url = url
        yield Midwatch(engine, messages, chat, listeners, url)
        await listeners.background.close()
