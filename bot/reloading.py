"""The configuration reloads while running; a bad file keeps the old one and says so in Slack."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.core.events import ConfigurationChanged, Event, TroubleChanged
from bot.engine import Engine
from bot.ports import StoreUnavailable
from config import Config
from config.problems import Problem
from config.reload import Bad, New, Unchanged, fingerprint, look_again

log = structlog.get_logger(__name__)

MOST_FILES_TOLD = 5
"""Of the files that are refused at a time; a team that is renamed makes many wrong at once."""
LONGEST_NAME = 100
LAID_OUT_EVERY = timedelta(hours=1)
"""Recurring maintenance windows are laid out anew this often."""
Take = Callable[[Config], Awaitable[None]]


class Reloading:
    """Looks at the files every tick. `take` puts a configuration to work.

    `refused`: why what stands in the files now is not in use; empty when it is.
    """

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
        self.refused: tuple[Problem, ...] = ()
        self._seen = fingerprint(config.source)
        self._asked = False
        self._taken_at = engine.clock.now()
        self._bad_since: datetime | None = None
        self._told_fine = False

    def ask(self) -> None:
        """SIGHUP: take the files again even if they have not changed."""
        self._asked = True

    async def tick(self) -> None:
        """Take changed files; once an hour take the same ones again."""
        seen = None if self._asked else self._seen
        # In a thread: hundreds of files take a second, in which pages must go on.
        found = await asyncio.to_thread(look_again, self.config, self.env, seen, demo=self.demo)
        now = self.engine.clock.now()
        match found:
            case New():
                # Seen only once it is taken: a database that is away must not lose it.
                await self._taken(found, now)
                self._seen, self._asked = found.seen, False
            case Bad():
                self._seen, self._asked = found.seen, False
                await self._refused(found.problems, now)
            case Unchanged():
                self._seen = found.seen or self._seen
                await self._as_before(now)

    async def _as_before(self, now: datetime) -> None:
        if not self._told_fine and not self.refused:
            # What this process started with is fine; its predecessor may have said otherwise.
            self._told_fine = await self._mended(now, now)
        if now - self._taken_at >= LAID_OUT_EVERY:
            self._taken_at = now
            await self.take(self.config)

    async def _taken(self, found: New, now: datetime) -> None:
        await self.take(found.config)
        self.config, self._taken_at, self.refused = found.config, now, ()
        log.info("configuration_taken", changes=len(found.changes))
        changed = ConfigurationChanged(found.changes, now)
        await self._tell(f"configuration:{now.isoformat()}", changed)
        since, self._bad_since = self._bad_since or now, None
        self._told_fine = await self._mended(since, now)

    async def _refused(self, problems: tuple[Problem, ...], now: datetime) -> None:
        """Each file that is bad is told once, so that its owners hear of it whoever else errs."""
        self.refused = problems
        by_file: dict[str, list[Problem]] = {}
        for problem in problems:
            by_file.setdefault(problem.file, []).append(problem)
        log.warning("configuration_refused", problems=len(problems), first=_detail(problems))
        self._bad_since = self._bad_since or now
        for file, found in list(by_file.items())[:MOST_FILES_TOLD]:
            part = f"config:{Path(file).name[:LONGEST_NAME]}"
            event = TroubleChanged(part, True, self._bad_since, now, _detail(found))
            await self._tell(f"configuration:{now.isoformat()}:refused:{part}", event)

    async def _mended(self, since: datetime, now: datetime) -> bool:
        over = TroubleChanged("config", False, since, now)
        return await self._tell(f"configuration:{now.isoformat()}:mended", over)

    async def _tell(self, key: str, event: Event) -> bool:
        """Whether it is recorded."""
        try:
            await self.engine.receive(key, event)
        except StoreUnavailable as away:
            log.warning("reload_not_recorded", error=str(away))
            return False
        return True


def _detail(problems: Sequence[Problem]) -> str:
    """The first problem with its file and line, and how many more there are."""
    first = problems[0]
    place = Path(first.file).name + (f", line {first.line}" if first.line else "")
    detail = ": ".join(part for part in (place, first.where, first.what) if part)
    if len(problems) > 1:
        detail += f" (and {len(problems) - 1} more; see midwatch config check)"
    return detail
