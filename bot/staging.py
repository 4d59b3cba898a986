"""Staging is looked at while a release waits there: its checks, for that very version.

Nothing is judged here but how each check did; what it means is a rule (`bot.core.releasing`). One
replica looks, the one that probes.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

import checks
from bot.core.release import UNDECIDED, Release, StagingCheck
from bot.core.release_events import StagingSeen
from bot.engine import Engine
from bot.ports import StoreUnavailable
from checks import Context, Kind, Versions
from checks.options import CheckOptions
from config import Config

log = structlog.get_logger(__name__)

TOLD_EVERY_SECONDS = 30.0
"""Without news; the rule lets green count on over a gap of two minutes."""
SOONEST_SECONDS, LATEST_SECONDS = 5.0, 30.0
"""Between two looks at the checks of one service."""


@dataclass(frozen=True, slots=True)
class Check:
    """One staging check."""

    label: str
    kind: Kind
    options: CheckOptions


@dataclass(slots=True)
class _Look:
    """What is known of one service's staging, in memory."""

    outcomes: tuple[tuple[str, str], ...] | None = None
    told_at: float = float("-inf")
    due_at: float = float("-inf")
    releases: tuple[str, ...] = ()


class Staging:
    """Looks at the staging of services that have a release waiting there."""

    def __init__(self, engine: Engine, active: Callable[[], bool] = lambda: True) -> None:
        self.engine, self._active = engine, active
        self._checks: Mapping[str, tuple[Check, ...]] = {}
        self._looks: dict[str, _Look] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    def configure(self, config: Config) -> None:
        """Take the staging checks of this configuration."""
        self._checks = {
            key: tuple(
                Check(it.label, checks.load(it.kind), it.options) for it in service.staging_checks
            )
            for key, service in config.services.items()
        }

    async def tick(self) -> None:
        """Begin a look wherever one is due. Raises StoreUnavailable."""
        if not self._active() or self.engine.policy.sign_off is None:
            return
        waiting: dict[str, list[Release]] = {}
        for release in await self.engine.store.releases(state="open"):
            if release.state in UNDECIDED and release.service in self._checks:
                waiting.setdefault(release.service, []).append(release)
        self._looks = {key: look for key, look in self._looks.items() if key in waiting}
        now = self.engine.clock.monotonic()
        for service, releases in waiting.items():
            look = self._looks.setdefault(service, _Look())
            if look.due_at <= now and service not in self._running:
                self._running[service] = asyncio.create_task(
                    self._look(service, look, releases), name=service
                )
                self._running[service].add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task.get_name(), None)

    async def settle(self) -> None:
        """Wait for the looks under way (tests, shutting down)."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _look(self, service: str, look: _Look, releases: Sequence[Release]) -> None:
        own = self._checks.get(service, ())
        began = self.engine.clock.monotonic()
        context = Context(self.engine.clock.now, versions=_versions(releases))
        results = await asyncio.gather(*(checks.run(it.kind, it.options, context) for it in own))
        every = min((it.options.every.total_seconds() for it in own), default=LATEST_SECONDS)
        look.due_at = began + min(max(every, SOONEST_SECONDS), LATEST_SECONDS)
        seen = tuple(
            StagingCheck(check.label, result.outcome.value, result.at, result.detail)
            for check, result in zip(own, results, strict=True)
        )
        await self._tell(service, look, seen, tuple(it.id for it in releases))

    async def _tell(
        self, service: str, look: _Look, seen: tuple[StagingCheck, ...], ids: tuple[str, ...]
    ) -> None:
        """What changed is told at once, what did not every half minute."""
        now = self.engine.clock.monotonic()
        outcomes = tuple((it.label, it.outcome) for it in seen)
        is_news = (outcomes, ids) != (look.outcomes, look.releases)
        if not is_news and now - look.told_at < TOLD_EVERY_SECONDS:
            return
        at = self.engine.clock.now()
        try:
            await self.engine.receive(
                f"staging:{service}:{at.isoformat()}", StagingSeen(service, seen, at)
            )
        except StoreUnavailable as away:
            log.warning("staging_not_told", service=service, error=str(away))
            return
        look.outcomes, look.releases, look.told_at = outcomes, ids, now


def _versions(releases: Sequence[Release]) -> Versions | None:
    """What staging should run: the newest release that waits."""
    newest = max(releases, key=lambda it: it.announced_at)
    names = tuple(filter(None, (newest.version.strip(), newest.sha)))
    return Versions(names) if names else None
