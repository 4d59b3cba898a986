"""The audit log while Midwatch runs: sealed within a second, verified daily, anchored daily.

Nothing that pages waits for any of it: rows are added without their number, and are sealed later.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.core.audit import Bad, Row, Verifier, anchor_day
from bot.core.audit_events import ChainBroken, HeadAnchored, Where
from bot.engine import Engine
from bot.ports import Anchor

log = structlog.get_logger(__name__)

SEAL_EVERY_SECONDS = 0.5
LASTS = timedelta(seconds=10)
AT_ONCE = 200
"""Rows in one transaction: on SQLite other writers wait for its end, so it takes milliseconds."""
ROUNDS = 10
CHECK_EVERY_SECONDS = 5.0
CHECK_AT_ONCE = 1000
CHECK_AGAIN_AFTER = timedelta(hours=24)
ANCHOR_EVERY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Checked:
    """Up to which row this process found everything right, and when; `bad` is what it found."""

    number: int = 0
    at: datetime | None = None
    bad: Bad | None = None


class Sealer:
    """One in every process; the lease says which of them seals. `channel`: where to anchor."""

    def __init__(self, engine: Engine, channel: Callable[[], Where | None]) -> None:
        self.engine, self.channel = engine, channel
        self.owner = secrets.token_hex(8)
        self.checked = Checked()
        self._verifier = Verifier()
        self._last: Row | None = None
        self._began_at: datetime | None = None

    async def seal(self) -> None:
        """Number and chain what was committed. Raises StoreUnavailable."""
        for _round in range(ROUNDS):
            now = self.engine.clock.now()
            done = await self.engine.store.audit.seal(self.owner, now, LASTS, AT_ONCE)
            if done is None or done < AT_ONCE:
                return

    async def anchor(self) -> None:
        """Once a day for all replicas: keep the head, and post it. Raises StoreUnavailable."""
        audit, now = self.engine.store.audit, self.engine.clock.now()
        last = await audit.anchors(1)
        day = anchor_day(now, self.engine.policy.timezone, last[0].day if last else None)
        head = (await audit.chain()).head if day else None
        if day is None or head is None or head.number == 0:
            return
        event = HeadAnchored(head.number, head.hash, self.channel(), now)
        await audit.anchor(Anchor(day, head, now), [(f"audit:anchored:{day}", event)])

    async def check(self) -> None:
        """Verify some more rows; from the first again after a day. Raises StoreUnavailable."""
        audit, now = self.engine.store.audit, self.engine.clock.now()
        if self._began_at is None or now - self._began_at >= CHECK_AGAIN_AFTER:
            self._began_at, self._last = now, None
            self._verifier = Verifier(anchor.head for anchor in await audit.anchors())
        rows = await audit.after(self._last, CHECK_AT_ONCE)
        for row in rows:
            self._verifier.take(row)
        self._last = rows[-1] if rows else self._last
        if self._verifier.bad is None and len(rows) == CHECK_AT_ONCE:
            return
        bad = self._verifier.end()
        if bad is None:
            self.checked = Checked(self._verifier.head.number, now)
        elif bad != self.checked.bad:
            await self._broken(bad, now)

    async def _broken(self, bad: Bad, now: datetime) -> None:
        """Said once a day and row, by whichever replica finds it first."""
        self.checked = Checked(bad.number - 1, now, bad)
        log.error("audit_log_changed", row=bad.number, why=bad.why)
        event = ChainBroken(bad.number, bad.why, now)
        await self.engine.receive(f"audit:broken:{bad.number}:{now.date()}", event)
