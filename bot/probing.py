"""The configured checks as the watch runs them: options, rules, and what a probe may know."""

from contextlib import suppress
from datetime import timedelta

import checks
from bot.deployed import Deployed
from bot.engine import Engine
from bot.health import Metrics
from bot.open_files import files_allowed
from bot.ports import Call, StoreUnavailable
from bot.sight import Canary, Sight
from bot.watch import Watch, Watched
from checks import Context, Heartbeat, Outcome, Result
from checks.verdict import Rules
from config import Config
from config.check import Check

HEARTBEATS_EVERY_SECONDS = 2.0
HEARTBEATS_KNOWN_FOR_SECONDS = 10.0
"""Older than that, what is known of the calls says nothing: the database may be away."""
FILES_KEPT = 256
"""Files that are left to the database, the web server and the other parts."""
FILES_PER_PROBE = 2
PROBES_AT_LEAST, PROBES_AT_MOST = 50, 2000
CANARY_TIMEOUT = timedelta(seconds=3)


class Probing:
    """Runs the checks of a configuration; a new configuration may be taken at any time."""

    def __init__(self, engine: Engine, sight: Sight, metrics: Metrics) -> None:
        self.engine, self.metrics = engine, metrics
        self.watch = Watch(engine, self._context, sight.sighted, self._count, probes_at_once())
        self.deployed = Deployed(engine)
        self.heartbeat_names: frozenset[str] = frozenset()
        self._heartbeats: dict[str, Heartbeat] = {}
        self._asked_at = 0.0

    async def configure(self, config: Config) -> None:
        """Take the checks of this configuration."""
        watched = watched_of(config)
        self.heartbeat_names = frozenset(
            item.options.target for item in watched if item.kind.name == "heartbeat"
        )
        self.deployed.configure({it.service for it in watched if it.options.asks_version})
        await self.watch.configure(watched)
        with suppress(StoreUnavailable):
            await self.refresh_heartbeats()
            await self.deployed.refresh()

    async def tick(self) -> None:
        """What is due is probed."""
        await self.watch.tick()

    async def refresh_heartbeats(self) -> None:
        """Look up the calls of the jobs; the checks of those that called have their turn at once.

        Raises StoreUnavailable; theirs are unknown then.
        """
        if not self.heartbeat_names:
            return
        asked_at = self.engine.clock.monotonic()
        names, now = sorted(self.heartbeat_names), self.engine.clock.now()
        calls = await self.engine.store.heartbeats(names, now)
        self._asked_at = asked_at
        before, self._heartbeats = (
            self._heartbeats,
            {name: heartbeat_of(call) for name, call in calls.items()},
        )
        news = {name for name, known in before.items() if self._heartbeats.get(name) != known}
        if news:
            self.watch.hurry(lambda it: it.kind.name == "heartbeat" and it.options.target in news)

    def _heartbeat(self, name: str) -> Heartbeat | None:
        age = self.engine.clock.monotonic() - self._asked_at
        return self._heartbeats.get(name) if age <= HEARTBEATS_KNOWN_FOR_SECONDS else None

    def _context(self, watched: Watched) -> Context:
        versions = None
        if watched.options.asks_version:
            versions = self.deployed.versions(watched.service, watched.rules.rollout_grace)
        return Context(self.engine.clock.now, self._heartbeat, versions)

    def _count(self, watched: Watched, result: Result) -> None:
        labels = (watched.service, watched.label)
        self.metrics.probes.labels(*labels, result.outcome.value).inc()
        if result.seconds.total is not None:
            self.metrics.probe_seconds.labels(*labels).observe(result.seconds.total)


def probes_at_once() -> int:
    """As many as the system gives files for: where hundreds hang, the others are probed on."""
    files = files_allowed(PROBES_AT_MOST * FILES_PER_PROBE + FILES_KEPT)
    return max(PROBES_AT_LEAST, (files - FILES_KEPT) // FILES_PER_PROBE)


def watched_of(config: Config) -> list[Watched]:
    """Every check of every service."""
    return [
        Watched(key, check.label, checks.load(check.kind), check.options, _rules(check))
        for key, service in config.services.items()
        for check in service.checks
    ]


def _rules(check: Check) -> Rules:
    options = check.options
    return Rules(
        every=options.every,
        recheck=options.recheck,
        rollout_grace=options.rollout_grace,
        failures=options.failures,
        successes=options.successes,
    )


def heartbeat_of(call: Call) -> Heartbeat:
    """A job's calls as its check is told of them."""
    return Heartbeat(
        created_at=call.created_at,
        last_ok_at=call.ok_at,
        last_start_at=call.start_at,
        last_fail_at=call.fail_at,
        last_warn_at=call.warn_at,
        message=call.message,
    )


def canaries_of(config: Config, engine: Engine) -> list[Canary]:
    """Every canary of a configuration."""
    return [_canary(check, engine) for check in config.canaries]


def _canary(check: Check, engine: Engine) -> Canary:
    """One canary: up when it answers anything at all."""
    kind = checks.load(check.kind)
    options = check.options.model_copy(
        update={"timeout": min(check.options.timeout, CANARY_TIMEOUT)}
    )

    async def ask() -> bool:
        result = await checks.run(kind, options, Context(now=engine.clock.now))
        return result.answered and result.outcome is not Outcome.UNKNOWN

    return ask
