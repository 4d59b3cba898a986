"""What `doctor` is told of deliveries: who was heard of, what was wrong, what was refused.

Anybody may send what is refused, so that is counted in memory and written once a minute at most;
nothing of the delivery itself is kept.
"""

from dataclasses import dataclass, field

import structlog

from bot.hook import Hook, refusals_of, sender_called
from bot.ports import StoreUnavailable
from bot.web.receiver import Receiver

log = structlog.get_logger(__name__)

AGAIN_AFTER_SECONDS = 60.0


@dataclass(slots=True)
class _Row:
    """When a row was last written (monotonic; None: never), and what came since then."""

    written_at: float | None = None
    since: int = 0


@dataclass(slots=True)
class HookNotes:
    """The notes of this process. Its rows are as many as there are hooks and senders."""

    engine: Receiver
    _rows: dict[str, _Row] = field(default_factory=dict)

    async def heard(self, hook: Hook, sender: str | None, error: str | None) -> None:
        """A delivery of somebody who may; `error` is what it got wrong. Raises StoreUnavailable."""
        store, now = self.engine.store, self.engine.clock.now()
        await store.note_source(hook.name, now, error=error)
        if sender is not None and self._due(sender_called(sender)):
            await store.note_source(sender_called(sender), now)

    async def refused(self, hook: Hook, why: str) -> None:
        """A delivery of somebody who may not. Never raises: the answer is the same without it."""
        name = refusals_of(hook.name)
        row = self._rows.setdefault(name, _Row())
        row.since += 1
        count, due = row.since, self._due(name)
        if not due:
            return
        many = f"{count} deliveries were refused, the last one because"
        words = f"{many} {why}" if count > 1 else f"a delivery was refused: {why}"
        try:
            await self.engine.store.note_source(name, self.engine.clock.now(), error=words)
        except StoreUnavailable as away:
            log.warning("refusal_not_noted", hook=hook.name, error=str(away))

    def _due(self, name: str) -> bool:
        row, now = self._rows.setdefault(name, _Row()), self.engine.clock.monotonic()
        if row.written_at is not None and now - row.written_at < AGAIN_AFTER_SECONDS:
            return False
        row.written_at, row.since = now, 0
        return True
