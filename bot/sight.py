"""Blindness: when neither the services nor the canaries answer, the fault may be ours.

Canaries are asked only for failures without an answer. They count only if one of them was up
within the last hour. All down: results are `unknown`, Slack is told, and after two minutes the
on-call is told by any channel that still works.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from bot.core.events import SightChanged
from bot.engine import Engine

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
        self._noted_at: float | None = None
        self._overdue = False
        self._untold: list[tuple[str, SightChanged]] = []
        self._look = asyncio.Lock()

    async def recall(self) -> None:
        """What an earlier process knew. Raises StoreUnavailable.

        A machine often starts before its network does: canaries that were up count then too.
        """
        known = await self.engine.store.sighting()
        self.blind_since = self.blind_since or known.blind_since
        if known.seen_at is not None and self._seen_at is None:
            age = (self.engine.clock.now() - known.seen_at).total_seconds()
            self._seen_at = self.engine.clock.monotonic() - max(0.0, age)

    async def sighted(self) -> bool:
        """False only when every canary is down and one of them was up within the last hour.

        Probes wait for it, so it never waits for the database.
        """
        if not self.canaries:
            return True
        await self._look_unless(FRESH_SECONDS)
        return self.blind_since is None

    async def tick(self) -> None:
        """While blind, look again; else now and then, so that it is known that they count.

        Raises StoreUnavailable; what was not told is told by the next tick.
        """
        if self.canaries:
            await self._look_unless(FRESH_SECONDS if self.blind_since else SEEN_EVERY_SECONDS)
            self._mind_the_time()
        else:
            self._end("sees")  # they left the configuration
        while self._untold:
            await self.engine.receive(*self._untold[0])
            del self._untold[0]
        await self._note()

    async def _look_unless(self, looked_within_seconds: float) -> None:
        async with self._look:
            now = self.engine.clock.monotonic()
            if self._looked_at is None or now - self._looked_at >= looked_within_seconds:
                await self._ask()

    async def _ask(self) -> None:
        self._looked_at = self.engine.clock.monotonic()
        answers = await asyncio.gather(*(canary() for canary in self.canaries))
        now = self.engine.clock.monotonic()
        if any(answers):
            self._seen_at = now
            self._end("sees")
        elif self._seen_at is None or now - self._seen_at > COUNTS_WITHIN_SECONDS:
            # More likely they are gone than we are: services must not go unheard because of them.
            self._end("uncounted")
        elif self.blind_since is None:
            self.blind_since = self.engine.clock.now()
            self._tell("blind", self.blind_since)

    def _end(self, why: str) -> None:
        if self.blind_since is not None:
            since, self.blind_since, self._overdue = self.blind_since, None, False
            self._tell(why, since)

    def _mind_the_time(self) -> None:
        since = self.blind_since
        if since is None or self._overdue or self.engine.clock.now() - since < TOLD_AFTER:
            return
        self._overdue = True
        self._tell("overdue", since)

    def _tell(self, what: str, since: datetime) -> None:
        now = self.engine.clock.now()
        blind = what in ("blind", "overdue")
        event = SightChanged(blind, since, now, what == "overdue", what == "uncounted")
        self._untold.append((f"sight:{since.isoformat()}:{what}", event))

    async def _note(self) -> None:
        """So that a later process knows that the canaries count."""
        if self._seen_at is None or self._seen_at == self._noted_at:
            return
        age = timedelta(seconds=self.engine.clock.monotonic() - self._seen_at)
        if self._noted_at is None or self._seen_at - self._noted_at >= SEEN_EVERY_SECONDS:
            await self.engine.store.note_sighting(self.engine.clock.now() - age)
            self._noted_at = self._seen_at
