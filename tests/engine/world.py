"""An engine and an outbox over a real store, with time and the outside in the test's hand."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from bot.core.effects import Effect, SendPage
from bot.core.events import SignalReported
from bot.core.page import Page, PageState, Urgency
from bot.core.policy import Policy
from bot.core.scene import Decision, Need
from bot.core.signal import Level
from bot.engine import Engine
from bot.handlers import handlers
from bot.outbox import Outbox
from bot.ports import Transient
from bot.silent_pages import SilentPages
from bot.store import SqlStore, open_store
from tests.core.world import policy
from tests.engine.ports import NOW, FakeClock, RecordingChannel, RecordingChat

LOST = Transient("the connection broke", may_have_happened=True)
BUSY = Transient("cannot be reached")


@dataclass
class World:
    """One Midwatch's inner parts. `another` is a second one on the same database."""

    url: str
    clock: FakeClock
    sms: RecordingChannel = field(default_factory=RecordingChannel)
    chat: RecordingChat = field(default_factory=RecordingChat)
    rules: Policy = field(default_factory=policy)
    seed: int = 1
    store: SqlStore = field(init=False)
    engine: Engine = field(init=False)
    outbox: Outbox = field(init=False)
    silent_pages: SilentPages = field(init=False)

    def __post_init__(self) -> None:
        self.store = open_store(self.url, clock=self.clock)
        self.engine = Engine(self.store, self.clock, self.rules)
        channels = {"sms": self.sms}
        deliver = handlers(
            store=self.store,
            clock=self.clock,
            channels=channels,
            chat=self.chat,
            sources={},
            sign_in_link=lambda person: f"https://midwatch.example/login/{person}",
        )
        jitter = random.Random(self.seed)
        self.outbox = Outbox(self.store, self.clock, deliver, jitter=jitter)
        self.silent_pages = SilentPages(self.store, self.clock, channels)

    def another(self) -> "World":
        """Another process on the same database, with the same outside."""
        return World(self.url, self.clock, self.sms, self.chat, self.rules, self.seed + 1)

    async def goes_down(self, service: str = "checkout", key: str = "down-1") -> None:
        await self.engine.receive(key, down(service, self.clock))
        await self.engine.work()

    async def queue(self, *effects: Effect) -> None:
        """Put something into the outbox as the engine does."""
        async with self.store.transaction() as tx:
            await tx.scene(Need(), self.clock.now())
            await tx.save(Decision(effects=effects), self.clock.now())

    async def page_of(self, key: str = "p1") -> Page:
        found = await self.store.page(key)
        assert found is not None
        return found

    async def waits(self) -> list[str]:
        """Keys of what is queued and due."""
        async with self.store.transaction() as tx:
            return [row.key for row in await tx.due_deliveries(self.clock.now(), 50)]

    async def row(self, key: str = "p1") -> tuple[PageState, int]:
        """State and number of tries of a row of the outbox."""
        async with self.store.database.transaction() as db:
            asked = sa.text("SELECT state, attempts FROM outbox WHERE key = :key")
            row = (await db.execute(asked, {"key": key})).one()
            return PageState(row.state), row.attempts


def down(service: str, clock: FakeClock) -> SignalReported:
    """A check of this service was confirmed down just now."""
    now = clock.now()
    return SignalReported(
        service, "health", "check", Level.DOWN, now, now, "HTTP 503", "http_status", None, 3, 3
    )


def send_page(key: str = "p1", person: str = "ana", **changes: object) -> SendPage:
    """A first page by text."""
    values: dict[str, object] = {
        "incident": 0,
        "team": "it",
        "channel": "sms",
        "urgency": Urgency.FIRST,
        "reason": "step",
        "text": f"#1 DOWN checkout: HTTP 503 ({key})",
        "line": "#1 checkout",
        "created_at": NOW,
        "due_at": NOW,
        "state_at": NOW,
        **changes,
    }
    return SendPage(Page(key=key, person=person, **values))  # type: ignore[arg-type]


def keys(pages: Sequence[Page]) -> list[str]:
    return [page.key for page in pages]
