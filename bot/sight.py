"""Blindness: when neither the services nor the canaries answer, the fault may be ours.

Canaries are asked only for failures without an answer. They count only if one of them was up
within the last hour. All down: results are `unknown`, Slack is told, and after two minutes the
on-call is told by any channel that still works.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog

from bot.core.events import SightChanged
from bot.core.scene import Need
from bot.engine import Engine
from bot.ports import StoreUnavailable

log = structlog.get_logger(__name__)

Canary = Callable[[], Awaitable[bool]]
"""Asks one canary: True when it answers. Ends in time and never raises."""
FRESH_SECONDS = 2.0
"""Checks that fail together share one look at the canaries."""
COUNTS_WITHIN_SECONDS = 3600.0
TOLD_AFTER = timedelta(minutes=2)
SEEN_EVERY_SECONDS = 300.0


class Sight:
    """Knows whether Midwatch can see."""

    def __init__(self, engine: Engine, canaries: Sequence[Canary]) -> None:
        self.engine, self.canaries = engine, canaries
        self.blind_since: datetime | None = None
        self._noted: datetime | None = None
        """Since when we are blind, as the database was told last."""
        self._remembers = False
        self._seen_at: float | None = None
        self._looked_at: float | None = None
        self._told = False
        self._look = asyncio.Lock()

    async def sighted(self) -> bool:
        """False only when every canary is down and one of them was up within the last hour."""
        if not self.canaries:
            return True
        async with self._look:
            now = self.engine.clock.monotonic()
            if self._looked_at is None or now - self._looked_at >= FRESH_SECONDS:
                await self._ask()
        return self.blind_since is None

    async def tick(self) -> None:
        """While blind, look again; else now and then, so that it is known that they count."""
        await self._remember()
        if not self.canaries:
            self.blind_since = None
            await self._note()
            return
        now = self.engine.clock.monotonic()
        wait = FRESH_SECONDS if self.blind_since else SEEN_EVERY_SECONDS
        if self._looked_at is None or now - self._looked_at >= wait:
            async with self._look:
                await self._ask()
        await self._tell_when_overdue()

    async def _remember(self) -> None:
        """After a restart: still blind, or nobody was told that it is over."""
        if self._remembers:
            return
        now = self.engine.clock.now()
        try:
            async with self.engine.store.transaction() as tx:
                self._noted = (await tx.scene(Need(), now)).blind_since
        except StoreUnavailable:
            return
        self._remembers = True
        if self._noted is not None and (now - self._noted).total_seconds() <= COUNTS_WITHIN_SECONDS:
            self.blind_since = self.blind_since or self._noted

    async def _ask(self) -> None:
        self._looked_at = self.engine.clock.monotonic()
        answers = await asyncio.gather(*(canary() for canary in self.canaries))
        now = self.engine.clock.monotonic()
        if any(answers):
            self._seen_at, self.blind_since, self._told = now, None, False
        elif self._seen_at is not None and now - self._seen_at <= COUNTS_WITHIN_SECONDS:
            self.blind_since = self.blind_since or self.engine.clock.now()
        await self._note()

    async def _note(self) -> None:
        """Tell the database what changed; with the next look, if it is away."""
        since = self.blind_since or self._noted
        if since is None or self.blind_since == self._noted:
            return
        what = "sees" if self.blind_since is None else "blind"
        if await self._report(what, since):
            self._noted = self.blind_since

    async def _tell_when_overdue(self) -> None:
        since = self.blind_since
        if since is None or self._told or self.engine.clock.now() - since < TOLD_AFTER:
            return
        self._told = await self._report("overdue", since)

    async def _report(self, what: str, since: datetime) -> bool:
        event = SightChanged(what != "sees", since, self.engine.clock.now(), what == "overdue")
        try:
            await self.engine.receive(f"sight:{since.isoformat()}:{what}", event)
        except StoreUnavailable as away:
            log.warning("sight_not_recorded", error=str(away))
            return False
        return True
