"""Several replicas, one database: one of them probes, and another takes over when it is gone.

On SQLite there is one process and nothing to share. A replica that holds the lease goes on probing
while the database is away: that is when the first page must not be stopped. For the same reason
one that has never reached it probes as well.
"""

import secrets
from datetime import timedelta

import structlog

from bot.engine import Engine
from bot.ports import StoreUnavailable
from bot.watch import Watch

log = structlog.get_logger(__name__)

NAME = "probes"
LASTS = timedelta(seconds=15)
RENEW_EVERY_SECONDS = 3.0


class ProbeLease:
    """Takes and renews the lease; `watch.active` follows it."""

    def __init__(self, engine: Engine, watch: Watch, *, shared: bool) -> None:
        self.engine, self.watch, self.shared = engine, watch, shared
        self.owner = secrets.token_hex(8)
        self.watch.active = not shared
        self._answered = False
        self._since = engine.clock.monotonic()

    async def tick(self) -> None:
        """Take it, renew it, or notice that another replica has it."""
        if not self.shared:
            return
        now = self.engine.clock.now()
        try:
            token = await self.engine.store.lease(NAME, self.owner, now, LASTS)
        except StoreUnavailable:
            self._do_without()
            return
        self._answered = True
        if token is not None and not self.watch.active:
            await self.watch.reload_streaks()
            log.info("probing_here", owner=self.owner)
        elif token is None and self.watch.active:
            log.warning("probing_elsewhere", owner=self.owner)
        self.watch.active = token is not None

    def _do_without(self) -> None:
        """Started without a database: nobody can say who probes, so each does after a while."""
        waited = self.engine.clock.monotonic() - self._since
        if not self._answered and not self.watch.active and waited >= LASTS.total_seconds():
            log.warning("probing_without_lease", owner=self.owner)
            self.watch.active = True
