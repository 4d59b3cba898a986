"""Somebody else's dead man's switch: pinged only while Midwatch is able to page."""

import asyncio

import httpx
import structlog

from bot.health import Health

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 10.0


class Watchdog:
    """Pings a URL every so often. Without a URL it does nothing."""

    def __init__(self, url: str | None, every_seconds: float, health: Health) -> None:
        self.url, self.every_seconds, self.health = url, every_seconds, health

    async def tick(self) -> None:
        """Ping, unless something keeps Midwatch from paging: then the silence is the message."""
        if self.url is None or not (await self.health.readiness()).ready:
            return
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
                    (await client.get(self.url)).raise_for_status()
        except (httpx.HTTPError, TimeoutError) as error:
            log.warning("watchdog_not_pinged", error=type(error).__name__)
