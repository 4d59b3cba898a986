"""Somebody else's dead man's switch: pinged only while Midwatch is able to page."""

import asyncio
from collections.abc import Callable

import httpx
import structlog

from bot.health import Health
from bot.ports import Clock
from config.schema import Watchdog as Written

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 10.0


class Watchdog:
    """Pings a URL every so often. `written` is asked at each tick: without one nothing is done."""

    def __init__(self, written: Callable[[], Written | None], clock: Clock, health: Health) -> None:
        self.written, self.clock, self.health = written, clock, health
        self._looked_at: float | None = None

    async def tick(self) -> None:
        """Ping when it is time, unless something keeps Midwatch from paging: then the silence is
        the message."""
        written, now = self.written(), self.clock.monotonic()
        if written is None or not self._is_time(written, now):
            return
        self._looked_at = now
        if (await self.health.readiness()).ready:
            await self._ping(written.ping)

    def _is_time(self, written: Written, now: float) -> bool:
        return self._looked_at is None or now - self._looked_at >= written.every.total_seconds()

    async def _ping(self, url: str) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
                    (await client.get(url)).raise_for_status()
        except (httpx.HTTPError, TimeoutError) as error:
            log.warning("watchdog_not_pinged", error=type(error).__name__)
