"""The period cut into days, weeks or months, for the charts. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.stats.facts import DeploymentFact
from bot.core.stats.outages import cause_of, down_spans
from bot.core.stats.result import CAUSES, Bucket
from bot.core.stats.scoping import View


@dataclass(slots=True)
class _Count:
    deployments: int = 0
    failed: int = 0
    suspected: int = 0
    incidents: int = 0
    by_deployment: int = 0
    down: dict[str, float] = field(default_factory=lambda: dict.fromkeys(CAUSES, 0.0))


def series(
    view: View, failed: Iterable[DeploymentFact], suspected: Iterable[DeploymentFact]
) -> list[Bucket]:
    """Oldest first; not what lies after `view.at`, nor what ended before anything was known.

    Downtime is split where it runs over an edge.
    """
    edges = view.period.edges()
    counts = [_Count() for _ in edges[1:]]
    for it in view.deployments:
        counts[_place(edges, it.ended_at)].deployments += 1
    for it in failed:
        counts[_place(edges, it.ended_at)].failed += 1
    for it in suspected:
        counts[_place(edges, it.ended_at)].suspected += 1
    for incident in view.began:
        count = counts[_place(edges, incident.began_at)]
        count.incidents += 1
        count.by_deployment += incident.cause == "deployment"
    _add_downtime(view, edges, counts)
    since = view.known_since or view.at
    return [
        _bucket(start, end, count)
        for start, end, count in zip(edges, edges[1:], counts, strict=False)
        if start < view.at and end > since
    ]


def _add_downtime(view: View, edges: Sequence[datetime], counts: Sequence[_Count]) -> None:
    for it in view.incidents:
        cause = cause_of(it)
        for start, end in down_spans(it, view):
            place = _place(edges, start)
            while place < len(counts) and edges[place] < end:
                inside = min(end, edges[place + 1]) - max(start, edges[place])
                counts[place].down[cause] += inside.total_seconds()
                place += 1


def _place(edges: Sequence[datetime], at: datetime | None) -> int:
    """The bucket of a moment that lies in the period."""
    assert at is not None
    return bisect_right(edges, at) - 1


def _bucket(start: datetime, end: datetime, count: _Count) -> Bucket:
    return Bucket(
        start=start,
        end=end,
        deployments=count.deployments,
        failed=count.failed,
        suspected=count.suspected,
        incidents=count.incidents,
        incidents_by_deployment=count.by_deployment,
        downtime_seconds_by_cause=count.down,
    )
