"""The configured checks as the watch runs them: options, rules, and what a probe may know."""

import asyncio
from datetime import timedelta

import checks
from bot.engine import Engine
from bot.health import Metrics
from bot.ports import Call, StoreUnavailable
from bot.sight import Canary, Sight
from bot.watch import TICK_WAITS_SECONDS, Watch, Watched
from checks import Context, Heartbeat, Outcome, Result
from checks.verdict import Rules
from config import Config
from config.check import Check

HEARTBEATS_EVERY_SECONDS = 2.0
CANARY_TIMEOUT = timedelta(seconds=3)


class Probing:
    """Runs the checks of a configuration; a new configuration may be taken at any time."""

    def __init__(self, engine: Engine, sight: Sight, metrics: Metrics) -> None:
        self.engine, self.metrics = engine, metrics
        self.watch = Watch(engine, self._context, sight.sighted, self._count)
        self.heartbeat_names: frozenset[str] = frozenset()
        self._heartbeats: dict[str, Heartbeat] = {}
        self._asked_at: float | None = None

    async def configure(self, config: Config) -> None:
        """Take the checks of this configuration."""
        watched = watched_of(config)
        self.heartbeat_names = frozenset(
            item.options.target for item in watched if item.kind.name == "heartbeat"
        )
        self._asked_at = None
        await self.watch.configure(watched)

    async def tick(self) -> None:
        """What is due is probed."""
        await self._refresh_heartbeats()
        await self.watch.tick()

    async def _refresh_heartbeats(self) -> None:
        now = self.engine.clock.monotonic()
        fresh = self._asked_at is not None and now - self._asked_at < HEARTBEATS_EVERY_SECONDS
        if not self.heartbeat_names or fresh:
            return
        self._asked_at = now
        try:
            async with asyncio.timeout(TICK_WAITS_SECONDS):
                calls = await self.engine.store.heartbeats(
                    sorted(self.heartbeat_names), self.engine.clock.now()
                )
        except (StoreUnavailable, TimeoutError):
            # Theirs are unknown then; the other checks are probed all the same.
            self._heartbeats = {}
            return
        self._heartbeats = {name: _heartbeat(call) for name, call in calls.items()}

    def _context(self, _watched: Watched) -> Context:
        return Context(now=self.engine.clock.now, heartbeat=self._heartbeats.get)

    def _count(self, watched: Watched, result: Result) -> None:
        labels = (watched.service, watched.label)
        self.metrics.probes.labels(*labels, result.outcome.value).inc()
        if result.seconds.total is not None:
            self.metrics.probe_seconds.labels(*labels).observe(result.seconds.total)


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


def _heartbeat(call: Call) -> Heartbeat:
    return Heartbeat(
        created_at=call.created_at,
        last_ok_at=call.ok_at,
        last_start_at=call.start_at,
        last_fail_at=call.fail_at,
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
