"""Pages whose receipt does not come: ask the provider what became of them."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

import structlog

from bot.core.events import Event, PageFailed, ReceiptReceived
from bot.core.page import SILENT_AFTER, Page, PageState
from bot.ports import Channel, Clock, Permanent, Receipt, Store, Transient

log = structlog.get_logger(__name__)

ASK_WITHIN_SECONDS = 15.0
AT_ONCE = 50


class SilentPages:
    """Asks about pages that were sent and of which nothing was heard since."""

    def __init__(self, store: Store, clock: Clock, channels: Mapping[str, Channel]) -> None:
        self.store, self.clock, self.channels = store, clock, channels

    async def ask(self) -> int:
        """Pages without a receipt: ask the provider; two minutes after `sent`, not paged."""
        now = self.clock.now()
        pages = await self.store.silent_pages(now, AT_ONCE)
        await asyncio.gather(*(self._ask(page, now) for page in pages))
        return len(pages)

    async def _ask(self, page: Page, now: datetime) -> None:
        channel = self.channels.get(page.channel)
        receipt = None
        if channel is not None and page.provider_id:
            try:
                async with asyncio.timeout(ASK_WITHIN_SECONDS):
                    receipt = await channel.ask(page.provider_id)
            except (Transient, Permanent, TimeoutError) as error:
                log.warning("receipt_not_asked", key=page.key, error=str(error))
            except Exception:
                # A bug in one channel must not keep the other pages from being asked about.
                log.exception("receipt_not_asked", key=page.key)
        events: list[tuple[str, Event]] = []
        if receipt is not None and receipt.state is not page.state:
            told = ReceiptReceived(page.key, receipt.state, now, page.provider_id, receipt.error)
            events.append((f"asked:{page.key}:{receipt.state}", told))
        if _is_silent(page, receipt, now) and not page.silent:
            silent = PageFailed(page.key, now, "no delivery receipt within 2 minutes", silent=True)
            events.append((f"silent:{page.key}", silent))
        if events:
            await self.store.receive(events, now)


def _is_silent(page: Page, receipt: Receipt | None, now: datetime) -> bool:
    """Two minutes after it was sent it has not arrived. A provider's own queue is not silence."""
    if receipt is not None and receipt.state is not PageState.SENT:
        return False
    sent_at = (receipt.sent_at if receipt else None) or page.sent_at
    return sent_at is not None and now >= sent_at + SILENT_AFTER
