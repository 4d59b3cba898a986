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
        self.engine, self.canaries = engine, list(canaries)
        self.blind_since: datetime | None = None
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
        if not self.canaries:
            return
        now = self.engine.clock.monotonic()
        wait = FRESH_SECONDS if self.blind_since else SEEN_EVERY_SECONDS
        if self._looked_at is None or now - self._looked_at >= wait:
            async with self._look:
                await self._ask()
        await self._tell_when_overdue()

    async def _ask(self) -> None:
        self._looked_at = self.engine.clock.monotonic()
        answers = await asyncio.gather(*(canary() for canary in self.canaries))
        now = self.engine.clock.monotonic()
        if any(answers):
            self._seen_at = now
            if self.blind_since is not None:
                since, self.blind_since, self._told = self.blind_since, None, False
                await self._report(blind=False, since=since)
            return
        counts = self._seen_at is not None and now - self._seen_at <= COUNTS_WITHIN_SECONDS
        if counts and self.blind_since is None:
            self.blind_since = self.engine.clock.now()
            await self._report(blind=True, since=self.blind_since)

    async def _tell_when_overdue(self) -> None:
        since = self.blind_since
        if since is None or self._told or self.engine.clock.now() - since < TOLD_AFTER:
            return
        self._told = True
        await self._report(blind=True, since=since, overdue=True)

    async def _report(self, *, blind: bool, since: datetime, overdue: bool = False) -> None:
        now = self.engine.clock.now()
        what = "overdue" if overdue else "blind" if blind else "sees"
        try:
            await self.engine.receive(
                f"sight:{since.isoformat()}:{what}", SightChanged(blind, since, now, overdue)
            )
        except StoreUnavailable as away:
            log.warning("sight_not_recorded", error=str(away))
