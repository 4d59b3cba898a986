"""For Prometheus: how many there are of what is kept, counted in the database, not in the process.

So they survive a restart and are the same on every replica. They are looked up once a minute at
most, however often and by however many they are scraped.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.core.stats.result import CAUSES
from bot.core.stats.totals import ACKNOWLEDGED_WITHIN_SECONDS, Totals, Waits
from bot.ports import Clock, Store

KEPT_SECONDS = 60.0
MOST_SERIES = 1000
"""Services and environments come from outside: of more, the smallest are told as `other`."""
_OTHER = "other"
Labelled = Iterable[tuple[tuple[str, ...], int]]


class Kept(Collector):
    """Tells what it knows; `look` asks the store when that is old."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self.known = Totals()
        self._until: float | None = None
        self._one = asyncio.Lock()

    async def look(self) -> None:
        """Raises StoreUnavailable; what was known stays."""
        async with self._one:
            now = self.clock.monotonic()
            if self._until is not None and now < self._until:
                return
            self.known = await self.store.totals()
            self._until = now + KEPT_SECONDS

    def collect(self) -> Iterator[Metric]:
        """Gauges, for a deployment changes its state and a cause is changed by people."""
        if self._until is None:
            return
        yield _gauge(
            "midwatch_deployments",
            "Deployments by service, environment and state",
            ("service", "environment", "state"),
            bounded(self.known.deployments).items(),
        )
        causes = [((cause,), self.known.incidents.get(cause, 0)) for cause in CAUSES]
        yield _gauge("midwatch_incidents", "Incidents by decided cause", ("cause",), causes)
        yield _gauge(
            "midwatch_pages",
            "Pages by channel and what became of them",
            ("channel", "state"),
            self.known.pages.items(),
        )
        waits = HistogramMetricFamily(
            "midwatch_acknowledgement_seconds",
            "From when a team was to be paged to its acknowledgement",
            labels=("team",),
        )
        for team, found in sorted(self.known.acknowledgements.items()):
            waits.add_metric([team], _buckets(found), found.seconds)
        yield waits


def bounded(
    found: Mapping[tuple[str, str, str], int], most: int = MOST_SERIES
) -> dict[tuple[str, str, str], int]:
    """Those with the most, the rest together by state."""
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    kept = dict(ordered[:most])
    for (_, _, state), count in ordered[most:]:
        of = (_OTHER, _OTHER, state)
        kept[of] = kept.get(of, 0) + count
    return kept


def _gauge(name: str, says: str, labels: tuple[str, ...], found: Labelled) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, says, labels=labels)
    for values, count in sorted(found):
        family.add_metric(values, count)
    return family


def _buckets(found: Waits) -> list[tuple[str, float]]:
    bounds = [str(float(bound)) for bound in ACKNOWLEDGED_WITHIN_SECONDS]
    return [*zip(bounds, map(float, found.within), strict=True), ("+Inf", float(found.count))]
