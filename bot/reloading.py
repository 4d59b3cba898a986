"""The configuration reloads while running; a bad file keeps the old one and says so in Slack."""

import os
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.core.events import TroubleChanged
from bot.engine import Engine
from bot.ports import StoreUnavailable
from config import Config, ConfigError, load

log = structlog.get_logger(__name__)

POLICY_EVERY = timedelta(hours=1)
"""Recurring maintenance windows are laid out anew this often."""
Take = Callable[[Config], Awaitable[None]]


class Reloading:
    """Looks at the file every tick. `take` puts a new configuration to work."""

    def __init__(self, engine: Engine, path: Path, env: Mapping[str, str], take: Take) -> None:
        self.engine, self.path, self.env, self.take = engine, path, env, take
        self.current: Config | None = None
        self._seen = self._stamp()
        self._taken_at = engine.clock.now()
        self._bad_since: datetime | None = None
        self._asked = False

    def ask(self) -> None:
        """SIGHUP: look even if nothing seems to have changed."""
        self._asked = True

    async def tick(self) -> None:
        """Take a changed file; once an hour take the same one again."""
        stamp, now = self._stamp(), self.engine.clock.now()
        if self._asked or (stamp != self._seen and stamp is not None):
            self._asked, self._seen = False, stamp
            await self._reload()
        elif self.current is not None and now - self._taken_at >= POLICY_EVERY:
            self._taken_at = now
            await self.take(self.current)

    async def _reload(self) -> None:
        now = self.engine.clock.now()
        try:
            config = load(self.path, self.env)
        except ConfigError as error:
            first = error.problems[0]
            since = self._bad_since or now
            where = f"line {first.line}: " if first.line else ""
            detail = f"{where}{first.where}: {first.what}"
            log.warning("configuration_refused", problems=len(error.problems), first=detail)
            self._bad_since = since
            await self._tell(since, f"{detail} ({len(error.problems)} problems)", failing=True)
            return
        await self.take(config)
        self.current, self._taken_at = config, now
        log.info("configuration_reloaded", services=len(config.services))
        if self._bad_since is not None:
            since, self._bad_since = self._bad_since, None
            await self._tell(since, "", failing=False)

    async def _tell(self, since: datetime, detail: str, *, failing: bool) -> None:
        now = self.engine.clock.now()
        event = TroubleChanged("config", failing, since, now, detail)
        try:
            await self.engine.receive(f"config:{now.isoformat()}", event)
        except StoreUnavailable as away:
            log.warning("reload_not_recorded", error=str(away))

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.path)
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size
