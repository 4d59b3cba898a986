"""Trouble of our own: a provider that cannot be reached is said where people look.

Two failures in a row of one provider begin it, the first success ends it. Deliveries tell most of
it; each provider is asked too, so that nobody finds out by the first page in weeks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import structlog

from bot.core.effects import (
    CardReply,
    FetchCommits,
    Post,
    PostNotes,
    ReadMigrations,
    RefreshCard,
    RefreshThread,
    Reply,
    ReplyToNotes,
    SendPage,
    TriggerRelease,
)
from bot.core.events import Event, TroubleChanged
from bot.engine import Engine
from bot.ports import Delivery, Permanent, StoreUnavailable, Transient

log = structlog.get_logger(__name__)

FAILURES = 2
ASK_EVERY_SECONDS = 60.0
ASK_WITHIN_SECONDS = 10.0
QUIET_SECONDS = 120.0
"""A provider that answers and yet delivered nothing this lately does not work."""
_PARTS = {
    "sms": "twilio",
    "call": "twilio",
    "answer_text": "twilio",
    "thread": "slack",
    "reply": "slack",
    "post": "slack",
    "picture": "slack",
    "streak": "slack",
    "notes": "slack",
    "notes_reply": "slack",
    "answer_slack": "slack",
    "card": "slack",
    "card_reply": "slack",
}


_HOSTS = {
    "workflow": "github",
    "protection_rule": "github",
    "manual_job": "gitlab",
    "deployment_approval": "gitlab",
}


def part_of(delivery: Delivery) -> str:
    """Which provider a delivery goes through."""
    effect = delivery.effect
    if isinstance(effect, FetchCommits | ReadMigrations):
        return effect.source
    if isinstance(effect, TriggerRelease):
        return _HOSTS.get(effect.trigger, "release_webhook")
    name = effect.page.channel if isinstance(effect, SendPage) else effect.kind
    return _PARTS.get(name, name)


def right_of(delivery: Delivery) -> str:
    """The part whose account refused: one that may text and not call can do the former."""
    effect = delivery.effect
    called = isinstance(effect, SendPage) and effect.page.channel == "call"
    return "calls" if called else part_of(delivery)


def channel_of(delivery: Delivery) -> str | None:
    """The part `slack:incidents` of what is posted there, by the name of the configured channel."""
    match delivery.effect:
        case RefreshThread() | Reply():
            return "slack:incidents"
        case Post(_, channel):
            return f"slack:{channel}"
        case RefreshCard() | CardReply():
            return "slack:releases"
        case PostNotes() | ReplyToNotes():
            return "slack:support"
        case _:
            return None


class Troubles:
    """Counts failures by provider. `failing` is what the health page shows: since when, and why."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.failing: dict[str, tuple[datetime, str]] = {}
        self._count: dict[str, int] = {}
        self._since: dict[str, datetime] = {}
        self._failed_at: dict[str, float] = {}
        self._recorded: dict[str, bool] = {}
        """What the database was told by this process. Missing: what an earlier one said."""

    async def worked(self, part: str) -> None:
        """It works (again). After a start too: a predecessor may have died in the trouble."""
        self._count.pop(part, None)
        since = self._since.pop(part, self.engine.clock.now())
        self.failing.pop(part, None)
        await self._tell(part, since, "", failing=False)

    async def failed(self, part: str, detail: str, *, surely: bool = False) -> None:
        """It could not be reached. `surely`: one failure is enough (a refused account)."""
        self._failed_at[part] = self.engine.clock.monotonic()
        since = self._since.setdefault(part, self.engine.clock.now())
        self._count[part] = self._count.get(part, 0) + 1
        if surely or self._count[part] >= FAILURES:
            self.failing.setdefault(part, (since, detail))
        if part in self.failing:
            await self._tell(part, *self.failing[part], failing=True)

    async def answered(self, part: str) -> None:
        """It answers a question, which ends a trouble only when nothing failed of late."""
        failed_at = self._failed_at.get(part)
        if failed_at is None or self.engine.clock.monotonic() - failed_at >= QUIET_SECONDS:
            await self.worked(part)

    async def _tell(self, part: str, since: datetime, detail: str, *, failing: bool) -> None:
        """Once; and again with the next success or failure if the database was away."""
        if self._recorded.get(part) is failing:
            return
        now = self.engine.clock.now()
        event: Event = TroubleChanged(part, failing, since, now, detail)
        what = f"began:{since.isoformat()}" if failing else f"ended:{now.isoformat()}"
        try:
            await self.engine.receive(f"trouble:{part}:{what}", event)
            self._recorded[part] = failing
        except StoreUnavailable as away:
            log.warning("trouble_not_recorded", part=part, error=str(away))


class Asking:
    """Asks each provider whether it answers and still knows us. `questions`: by part."""

    def __init__(
        self, troubles: Troubles, questions: Mapping[str, Callable[[], Awaitable[object]]]
    ) -> None:
        self.troubles, self.questions = troubles, questions

    async def tick(self) -> None:
        """Ask them all. Never raises."""
        await asyncio.gather(*(self._ask(part) for part in self.questions))

    async def _ask(self, part: str) -> None:
        try:
            async with asyncio.timeout(ASK_WITHIN_SECONDS):
                await self.questions[part]()
        except TimeoutError:
            await self.troubles.failed(part, f"no answer within {ASK_WITHIN_SECONDS:g} s")
        except Transient as error:
            await self.troubles.failed(part, str(error))
        except Permanent as error:
            await self.troubles.failed(part, str(error), surely=True)
        else:
            await self.troubles.answered(part)
