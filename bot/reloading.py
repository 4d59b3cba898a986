"""The configuration reloads while running; a bad file keeps the old one and says so in Slack."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.core.events import ConfigurationChanged, Event, TroubleChanged
from bot.engine import Engine
from bot.ports import StoreUnavailable
from config import Config
from config.problems import Problem
from config.reload import Bad, New, fingerprint, look_again

log = structlog.get_logger(__name__)

LAID_OUT_EVERY = timedelta(hours=1)
"""Recurring maintenance windows are laid out anew this often."""
Take = Callable[[Config], Awaitable[None]]


class Reloading:
    """Looks at the file every tick. `take` puts a configuration to work."""

    def __init__(
        self,
        engine: Engine,
        config: Config,
        env: Mapping[str, str],
        take: Take,
        *,
        demo: bool = False,
    ) -> None:
        self.engine, self.config, self.env, self.take, self.demo = engine, config, env, take, demo
        self._seen = fingerprint(config.source)
        self._taken_at = engine.clock.now()
        self._bad_since: datetime | None = None

    def ask(self) -> None:
        """SIGHUP: take the file again even if it has not changed."""
        self._seen = None

    async def tick(self) -> None:
        """Take a changed file; once an hour take the same one again."""
        found = look_again(self.config, self.env, self._seen, demo=self.demo)
        now = self.engine.clock.now()
        match found:
            case New():
                # Seen only once it is taken: a database that is away must not lose it.
                await self._taken(found, now)
                self._seen = found.seen
            case Bad():
                self._seen = found.seen
                await self._refused(found.problems, now)
            case _ if now - self._taken_at >= LAID_OUT_EVERY:
                self._taken_at = now
                await self.take(self.config)

    async def _taken(self, found: New, now: datetime) -> None:
        await self.take(found.config)
        self.config, self._taken_at = found.config, now
        log.info("configuration_taken", changes=len(found.changes))
        changed = ConfigurationChanged(found.changes, now)
        await self._tell(f"configuration:{now.isoformat()}", changed)
        if self._bad_since is not None:
            since, self._bad_since = self._bad_since, None
            over = TroubleChanged("config", False, since, now)
            await self._tell(f"configuration:{now.isoformat()}:mended", over)

    async def _refused(self, problems: tuple[Problem, ...], now: datetime) -> None:
        first = problems[0]
        beside = first.file != str(self.config.source)
        file = Path(first.file).name if beside else ""
        line = f"line {first.line}" if first.line else ""
        place = ", ".join(part for part in (file, line) if part)
        detail = ": ".join(part for part in (place, first.where, first.what) if part)
        if len(problems) > 1:
            detail += f" (and {len(problems) - 1} more; see midwatch config check)"
        log.warning("configuration_refused", problems=len(problems), first=detail)
        self._bad_since = self._bad_since or now
        refused = TroubleChanged("config", True, self._bad_since, now, detail)
        await self._tell(f"configuration:{now.isoformat()}:refused", refused)

    async def _tell(self, key: str, event: Event) -> None:
        try:
            await self.engine.receive(key, event)
        except StoreUnavailable as away:
            log.warning("reload_not_recorded", error=str(away))
