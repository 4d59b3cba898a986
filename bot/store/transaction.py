"""`bot.ports.Transaction` over one open connection."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.effects import RefreshThread, SendPage
from bot.core.events import Event
from bot.core.incident import Incident
from bot.core.page import Page
from bot.core.scene import Decision, Need, Scene
from bot.ports import Delivery, InboxRow
from bot.store import inbox, outbox, pages, scene


class SqlTransaction:
    """Each method is one step of the transaction; leaving `Store.transaction` commits it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self._incidents: Sequence[Incident] = ()

    async def next_event(self, now: datetime) -> InboxRow | None:
        """See `bot.ports.Transaction`."""
        return await inbox.take(self.connection, now)

    async def finish_event(self, id_: int, now: datetime) -> None:
        """See `bot.ports.Transaction`."""
        await inbox.finish(self.connection, id_, now)

    async def postpone_event(self, id_: int, until: datetime, error: str, give_up: bool) -> None:
        """See `bot.ports.Transaction`."""
        await inbox.postpone(self.connection, id_, until, error, give_up)

    async def scene(self, need: Need, now: datetime) -> Scene:
        """See `bot.ports.Transaction`."""
        found = await scene.load(self.connection, need, now)
        self._incidents = found.incidents
        return found

    async def save(self, decision: Decision, now: datetime) -> None:
        """See `bot.ports.Transaction`."""
        was, self._incidents = self._incidents, ()
        await scene.save(self.connection, decision, now, was)

    async def add_events(self, events: Sequence[tuple[str, Event]], now: datetime) -> int:
        """See `bot.ports.Transaction`."""
        return await inbox.add(self.connection, events, now)

    async def due_deliveries(self, now: datetime, limit: int) -> list[Delivery]:
        """See `bot.ports.Transaction`."""
        return await outbox.due(self.connection, now, limit)

    async def recent_pages(self, people: Sequence[str], since: datetime) -> list[Page]:
        """See `bot.ports.Transaction`."""
        return await pages.recent(self.connection, people, since)

    async def claim(self, keys: Sequence[str], now: datetime, lease: timedelta) -> list[Delivery]:
        """See `bot.ports.Transaction`."""
        return await outbox.claim(self.connection, keys, now, lease)

    async def refresh_threads(self, numbers: Sequence[int], now: datetime) -> None:
        """See `bot.ports.Transaction`."""
        effects = [RefreshThread(number) for number in sorted(numbers)]
        await outbox.add(self.connection, effects, now)

    async def save_pages(self, changed: Sequence[Page], new: Sequence[Page]) -> None:
        """See `bot.ports.Transaction`."""
        await pages.update(self.connection, changed)
        for page in new:
            await outbox.add(self.connection, [SendPage(page)], page.created_at)
