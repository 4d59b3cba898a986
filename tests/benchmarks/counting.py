"""How fast the numbers of stats are counted, and loaded from a database.

    .venv/bin/python -m tests.benchmarks.counting [--deployments 100000] [--incidents 10000]

Prints milliseconds, and each as a share of what one plain pass over the same facts takes in the
same run, which says more than seconds on a machine that others use too.
"""

import argparse
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.table import Table

from bot.core.deployment import DeploymentState
from bot.core.link import Label
from bot.core.stats.counting import stats_of
from bot.core.stats.facts import (
    DeploymentFact,
    Facts,
    IncidentFact,
    Outage,
    PartFact,
    Place,
    SentPage,
    TrackFact,
)
from bot.core.stats.period import Period, Scope

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
SERVICES = {f"s{n}": Place(teams=("it", f"t{n % 20}")) for n in range(200)}
TRIES = 3


def world(deployments: int, incidents: int) -> Facts:
    """A year of it, evenly spread, three commits a deployment, four pages an incident."""
    dice = random.Random(1)
    start, step = NOW - YEAR, YEAR / deployments
    shipped = tuple(_deployment(n, start + n * step, dice) for n in range(deployments))
    broken = tuple(_incident(n, shipped, dice) for n in range(incidents))
    return Facts(
        deployments=shipped,
        incidents=broken,
        pages=tuple(
            SentPage(f"p{n % 40}", "it", "sms", it.triggered_at, (it.number,))
            for it in broken
            for n in range(4)
        ),
        outages=tuple(
            Outage(it.number, it.services, ("it",), it.began_at, it.resolved_at)
            for it in broken
            if it.cause == "deployment"
        ),
        known_since=dict.fromkeys(SERVICES, start),
        services=SERVICES,
    )


def _deployment(number: int, ended: datetime, dice: random.Random) -> DeploymentFact:
    return DeploymentFact(
        id=f"d{number}",
        service=f"s{dice.randrange(len(SERVICES))}",
        environment="production" if dice.random() < 0.7 else "staging",
        state=DeploymentState.SUCCEEDED if dice.random() < 0.95 else DeploymentState.FAILED,
        ended_at=ended,
        started_at=ended - timedelta(minutes=dice.randrange(30)),
        rollback=dice.random() < 0.02,
        commits=tuple((f"{number}-{n}", ended - timedelta(hours=n + 1)) for n in range(3)),
    )


def _incident(
    number: int, shipped: tuple[DeploymentFact, ...], dice: random.Random
) -> IncidentFact:
    guilty = dice.choice(shipped)
    began = (guilty.ended_at or NOW) + timedelta(minutes=dice.randrange(60))
    cause = dice.choice(["deployment", "other", None])
    return IncidentFact(
        number=number,
        parts=(PartFact(guilty.service, began),),
        began_at=began,
        triggered_at=began,
        resolved_at=began + timedelta(minutes=dice.randrange(1, 240)),
        cause=cause,
        deployment=guilty.id if cause == "deployment" else None,
        label=Label.SUSPECTED,
        suspected=guilty.id,
        tracks=(TrackFact("it", began, began + timedelta(minutes=3)), TrackFact("t1", began)),
    )


def best(work: Callable[[], object]) -> float:
    """Milliseconds of the processor in the quickest of a few tries."""
    found = []
    for _ in range(TRIES):
        before = time.process_time()
        work()
        found.append((time.process_time() - before) * 1000)
    return min(found)


def one_pass(facts: Facts) -> int:
    """The yardstick: each deployment and incident looked at once."""
    ended = sum(1 for it in facts.deployments if it.ended_at is not None and it.ended_at < NOW)
    return ended + sum(1 for it in facts.incidents if it.began_at < NOW)


def main() -> None:
    """Measure what was asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--deployments", type=int, default=100_000)
    asked.add_argument("--incidents", type=int, default=10_000)
    given = asked.parse_args()
    facts = world(given.deployments, given.incidents)
    year, month = Period(NOW - YEAR, NOW), Period(NOW - timedelta(days=28), NOW)
    passed = best(lambda: one_pass(facts))
    rows = {
        "one plain pass": passed,
        "all numbers of the year": best(lambda: stats_of(facts, year, Scope(), NOW)),
        "of one service": best(lambda: stats_of(facts, year, Scope("s1"), NOW)),
        "of four weeks": best(lambda: stats_of(facts, month, Scope(), NOW)),
    }
    table = Table(title=f"{given.deployments} deployments, {given.incidents} incidents")
    for column in ("", "ms", "passes"):
        table.add_column(column, justify="right")
    for name, took in rows.items():
        table.add_row(name, f"{took:.0f}", f"{took / passed:.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
