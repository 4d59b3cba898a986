"""How long one outage takes to be decided, while nothing and while hundreds are open.

    .venv/bin/python -m tests.benchmarks.deciding [--open 300] [--outages 100] [DATABASE_URL …]

Without an address: a new SQLite file. PostgreSQL: the address of an EMPTY database of its own.
Prints a table; the ratio tells what the open incidents cost, whatever the machine.
"""

import argparse
import asyncio
import logging
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog
from rich.console import Console
from rich.table import Table

from bot.clock import SystemClock
from bot.core.deployment import DeploymentState, Report
from bot.core.events import DeploymentReported, Event, SignalReported
from bot.core.policy import Person, Policy, Service, Step, Team
from bot.core.signal import Level
from bot.engine import Engine
from bot.store import migrate, open_store

DEPLOYMENTS_EACH = 2


@dataclass
class Measured:
    """Seconds for each outage: with nothing open, and with many."""

    database: str
    alone: float
    crowded: float


def rules(services: int) -> Policy:
    """Two teams that answer for every service; each service depends on the one before it."""
    people = {key: Person(key, key.title(), ("sms", "slack"), "UTC") for key in ("ana", "bo")}
    teams = {"it": Team("it", "IT", ("ana",)), "dev": Team("dev", "Development", ("bo",))}
    steps = (Step("on_call", ("sms",)),)
    known = {
        f"s{index}": Service(
            f"s{index}", ("it", "dev"), steps, depends_on=(f"s{index - 1}",) if index % 2 else ()
        )
        for index in range(services)
    }
    return Policy("UTC", people, teams, known)


class Bench:
    """An engine on a real database. Only deciding is measured, not the inbox."""

    def __init__(self, url: str, services: int) -> None:
        self.clock = SystemClock()
        self.store = open_store(url, clock=self.clock)
        self.engine = Engine(self.store, self.clock, rules(services))

    async def deployed(self, services: int) -> None:
        """A history: each service was deployed a few times lately."""
        now = self.clock.now()
        reports: list[tuple[str, Event]] = []
        for number in range(services * DEPLOYMENTS_EACH):
            ended = now - timedelta(hours=1 + number % 60)
            report = Report(
                id=f"d{number}",
                service=f"s{number % services}",
                environment="production",
                status=DeploymentState.SUCCEEDED,
                version=f"v{number}",
                ended_at=ended,
            )
            reports.append((f"deployed:{number}", DeploymentReported(report, now)))
        await self.engine.receive_all(reports)
        await self.drained()

    async def go_down(self, first: int, count: int) -> float:
        """Outages of so many services; seconds for each to be decided."""
        now = self.clock.now()
        events: list[tuple[str, Event]] = [
            (
                f"down:{index}",
                SignalReported(f"s{index}", "health", "check", Level.DOWN, now, now, "HTTP 503"),
            )
            for index in range(first, first + count)
        ]
        await self.engine.receive_all(events)
        began = time.perf_counter()
        await self.drained()
        return (time.perf_counter() - began) / count

    async def drained(self) -> None:
        """Everything in the inbox is decided."""
        while await self.engine.work():
            pass


async def measure(url: str, opened: int, outages: int) -> Measured:
    """One database."""
    await migrate(url)
    services = opened + 2 * outages
    bench = Bench(url, services)
    await bench.deployed(services)
    alone = await bench.go_down(0, 1)  # warms what is made at the first use
    few = min(20, outages)
    alone = await bench.go_down(1, few)
    await bench.go_down(1 + few, opened - few - 1)
    crowded = await bench.go_down(opened, outages)
    await bench.store.close()
    return Measured(url.split(":", 1)[0], alone, crowded)


def show(found: list[Measured], opened: int) -> None:
    """The table."""
    table = Table(title="Deciding one outage")
    for column in (
        "database",
        "few open (ms)",
        f"{opened} open (ms)",
        "ratio",
        f"a second at {opened}",
    ):
        table.add_column(column, justify="right")
    for one in found:
        table.add_row(
            one.database,
            f"{one.alone * 1000:.1f}",
            f"{one.crowded * 1000:.1f}",
            f"{one.crowded / one.alone:.1f}",
            f"{1 / one.crowded:.0f}",
        )
    Console().print(table)


def main() -> None:
    """Measure what was asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("urls", nargs="*")
    asked.add_argument("--open", type=int, default=300)
    asked.add_argument("--outages", type=int, default=100)
    given = asked.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder:
        urls = given.urls or [f"sqlite:///{Path(folder) / 'midwatch.db'}"]
        found = [asyncio.run(measure(url, given.open, given.outages)) for url in urls]
    show(found, given.open)


if __name__ == "__main__":
    main()
