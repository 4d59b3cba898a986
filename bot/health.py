"""Whether Midwatch can page: what `/readyz`, `/metrics` and the watchdog ask."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.ports import Store, StoreUnavailable

TICK_LATE_SECONDS = 10.0
REFUSED_LATELY_SECONDS = 20.0
TICKS = ("probe", "timers", "delivery")


@dataclass(frozen=True, slots=True)
class Readiness:
    """`problems` keeps it from paging; `warnings` do not."""

    problems: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Able to page."""
        return not self.problems


class Health:
    """Looks at the running parts."""

    def __init__(
        self,
        store: Store,
        tick_age: Callable[[str], float | None],
        troubles: Callable[[], dict[str, tuple[datetime, str]]],
        channels: Callable[[], tuple[str, ...]],
        failed_events: Callable[[], int],
        refused_seconds_ago: Callable[[], float | None] = lambda: None,
        blind_since: Callable[[], datetime | None] = lambda: None,
    ) -> None:
        self.store, self.tick_age, self.troubles = store, tick_age, troubles
        self.channels, self.failed_events = channels, failed_events
        self.refused_seconds_ago, self.blind_since = refused_seconds_ago, blind_since

    def alive(self) -> bool:
        """The loop runs and the ticks come."""
        ages = [self.tick_age(name) for name in TICKS]
        return all(age is None or age < 3 * TICK_LATE_SECONDS for age in ages)

    async def readiness(self) -> Readiness:
        """Database, ticks, and at least one channel that works."""
        problems: dict[str, str] = {}
        warnings: dict[str, str] = {}
        try:
            await self.store.ping()
        except StoreUnavailable:
            problems["database"] = "does not answer; first pages still go out from memory"
        refused = self.refused_seconds_ago()
        if refused is not None and refused < REFUSED_LATELY_SECONDS:
            said = f"refused work {refused:.0f} s ago; is its disk full, or is it just back?"
            problems.setdefault("database", said)
        for name in TICKS:
            age = self.tick_age(name)
            if age is not None and age > TICK_LATE_SECONDS:
                problems[f"tick {name}"] = f"late by {age:.0f} s"
        failing = {
            part: f"failing since {since:%H:%M} UTC ({detail})"
            for part, (since, detail) in self.troubles().items()
        }
        paging = [name for name in self.channels() if not _parts(name) & failing.keys()]
        if not paging:
            problems["channels"] = "no channel that could page anybody works"
        warnings.update(failing)
        if blind := self.blind_since():
            warnings["sight"] = f"blind since {blind:%H:%M} UTC: no check and no canary answers"
        if self.failed_events():
            warnings["events"] = f"{self.failed_events()} could not be decided; see the log"
        return Readiness(problems, warnings)


def _parts(channel: str) -> set[str]:
    """The parts that a channel needs."""
    return {"sms": {"twilio"}, "call": {"twilio", "calls"}}.get(channel, {channel})


class Metrics:
    """Prometheus metrics, in a registry of their own (nothing global)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.probes = Counter(
            "midwatch_probes",
            "Probe results",
            ["service", "check", "outcome"],
            registry=self.registry,
        )
        self.probe_seconds = Histogram(
            "midwatch_probe_seconds",
            "Time of a probe",
            ["service", "check"],
            registry=self.registry,
        )
        self.deliveries = Counter(
            "midwatch_deliveries",
            "Outcomes of the outbox",
            ["kind", "state"],
            registry=self.registry,
        )
        self.open_incidents = Gauge(
            "midwatch_open_incidents", "Open incidents", registry=self.registry
        )
        self.ready = Gauge("midwatch_ready", "1 while able to page", registry=self.registry)
        self.audit_sealed = Gauge(
            "midwatch_audit_sealed_rows", "Rows of the audit log's chain", registry=self.registry
        )
        self.audit_waiting = Gauge(
            "midwatch_audit_waiting_seconds",
            "Age of the oldest row of the audit log that is not sealed; 0 without one",
            registry=self.registry,
        )
        self.tick_age = Gauge(
            "midwatch_tick_age_seconds",
            "Since a tick last started",
            ["tick"],
            registry=self.registry,
        )

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self.registry)
