"""How fast what stats are counted from is read from a database, and what it keeps others from.

    .venv/bin/python -m tests.benchmarks.loading_stats [--deployments 100000] [URL …]

Without an address: a new SQLite file. PostgreSQL: the address of an EMPTY database of its own.
`longest` is the longest time for which the process did nothing else meanwhile: its probes, pages
and pages of the web wait for that long. `counted` is the time of the numbers themselves.
"""

import argparse
import asyncio
import gc
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table as Shown

from bot.clock import SystemClock
from bot.core.link import Link
from bot.core.stats.counting import stats_of
from bot.core.stats.facts import DeploymentFact, Facts
from bot.core.stats.period import Period, Scope
from bot.store import SqlStore, codec, migrate, open_store
from bot.store.tables import (
    CommitRow,
    DeploymentRow,
    IncidentRow,
    IncidentServiceRow,
    OutboxRow,
    TrackRow,
    table,
)
from tests.benchmarks.counting import NOW, YEAR, world
from tests.store.world import deployment, link_to

AT_ONCE = 5000
Rows = list[dict[str, Any]]


async def fill(store: SqlStore, facts: Facts) -> None:
    """As a year leaves it: the links as long as they are, with ten candidates each."""
    shipped = [_deployment(it) for it in facts.deployments]
    commits = [
        _whole(CommitRow, deployment=it.id, sha=sha, position=0, message="x", at=at)
        for it in facts.deployments
        for sha, at in it.commits
    ]
    link = link_to(deployment())
    assert link.named is not None
    document = codec.link_to_json(Link(link.label, link.named, candidates=(link.named,) * 10))
    await _insert(store, DeploymentRow, shipped)
    await _insert(store, CommitRow, commits)
    await _insert(store, IncidentRow, [_incident(it, document) for it in facts.incidents])
    await _insert(store, IncidentServiceRow, [_service(it) for it in facts.incidents])
    await _insert(store, TrackRow, [row for it in facts.incidents for row in _tracks(it)])
    await _insert(store, OutboxRow, [_page(n, it) for n, it in enumerate(facts.pages)])
    if not store.database.address.is_sqlite:
        await store.database.write(lambda db: db.execute(sa.text("ANALYZE")))


def _whole(row: Any, **values: Any) -> dict[str, Any]:
    """Every column: what is not given has its default."""
    return {**{it.name: None for it in table(row).c}, **row(**values).model_dump()}


def _deployment(it: DeploymentFact) -> dict[str, Any]:
    values = {name: getattr(it, name) for name in ("id", "service", "environment", "ended_at")}
    values |= {"started_at": it.started_at, "state": it.state.value, "rollback": it.rollback}
    return _whole(DeploymentRow, **values, at=it.started_at, version="v1", reported_at=it.ended_at)


def _incident(it: Any, document: str) -> dict[str, Any]:
    return _whole(
        IncidentRow,
        number=it.number + 1,
        state="resolved",
        began_at=it.began_at,
        triggered_at=it.triggered_at,
        resolved_at=it.resolved_at,
        link=document,
        cause_kind=it.cause,
        cause_deployment=it.deployment,
    )


def _service(it: Any) -> dict[str, Any]:
    return _whole(
        IncidentServiceRow,
        incident=it.number + 1,
        service=it.services[0],
        position=0,
        open=False,
        began_at=it.began_at,
        detail="HTTP 503",
    )


def _tracks(it: Any) -> Rows:
    return [
        _whole(
            TrackRow,
            incident=it.number + 1,
            team=track.team,
            position=place,
            state="acknowledged" if track.acknowledged_at else "resolved",
            started_at=track.paged_at,
            at=track.acknowledged_at,
        )
        for place, track in enumerate(it.tracks)
    ]


def _page(number: int, it: Any) -> dict[str, Any]:
    values = {"person": it.person, "team": it.team, "channel": it.channel, "sent_at": it.at}
    return _whole(
        OutboxRow,
        key=f"page-{number}",
        kind="page",
        incident=it.incidents[0] + 1,
        state="delivered",
        created_at=it.at,
        due_at=it.at,
        urgency=1,
        reason="step",
        **values,
    )


async def _insert(store: SqlStore, row: Any, rows: Rows) -> None:
    for start in range(0, len(rows), AT_ONCE):
        async with store.database.transaction() as db:
            await db.execute(sa.insert(table(row)), rows[start : start + AT_ONCE])


async def _stalls() -> tuple[asyncio.Task[None], list[float]]:
    longest = [0.0]

    async def watch() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            longest[0] = max(longest[0], time.perf_counter() - before)

    return asyncio.create_task(watch()), longest


async def timed(work: Callable[[], Awaitable[Any]]) -> tuple[Any, float, float]:
    """What it found, milliseconds of all of it, and of the longest stall."""
    watching, longest = await _stalls()
    before = time.perf_counter()
    found = await work()
    took = time.perf_counter() - before
    await asyncio.sleep(0.01)
    watching.cancel()
    return found, took * 1000, longest[0] * 1000


async def measure(url: str, facts: Facts) -> list[tuple[str, ...]]:
    """One database: a row for each question."""
    await migrate(url)
    store = open_store(url, clock=SystemClock())
    await fill(store, facts)
    # What the benchmark itself holds is no part of what the collector would look at.
    gc.collect()
    gc.freeze()
    found: list[tuple[str, ...]] = []
    for name, since, service in (
        ("a year", NOW - YEAR - timedelta(days=1), None),
        ("a year of one service", NOW - YEAR - timedelta(days=1), "s1"),
        ("four weeks", NOW - timedelta(days=28), None),
    ):
        found.append((url.split(":", 1)[0], name, *await _asked(store, facts, since, service)))
    _, took, longest = await timed(store.totals)
    found.append((url.split(":", 1)[0], "totals", f"{took:.0f}", f"{longest:.0f}", ""))
    await store.close()
    return found


async def _asked(
    store: SqlStore, facts: Facts, since: datetime, service: str | None
) -> tuple[str, str, str]:
    known, took, longest = await timed(lambda: store.facts(since, NOW, service))
    before = time.perf_counter()
    whole = replace(known, services=facts.services)
    counted = stats_of(whole, Period(since, NOW), Scope(service), NOW)
    assert counted.deployments
    assert counted.incidents
    return f"{took:.0f}", f"{longest:.0f}", f"{(time.perf_counter() - before) * 1000:.0f}"


def main() -> None:
    """Measure what was asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("urls", nargs="*")
    asked.add_argument("--deployments", type=int, default=100_000)
    given = asked.parse_args()
    facts = world(given.deployments, given.deployments // 10)
    table_ = Shown(title=f"{given.deployments} deployments, {given.deployments // 10} incidents")
    for column in ("database", "", "read (ms)", "longest (ms)", "counted (ms)"):
        table_.add_column(column, justify="right")
    with tempfile.TemporaryDirectory() as folder:
        for url in given.urls or [f"sqlite:///{Path(folder) / 'midwatch.db'}"]:
            for row in asyncio.run(measure(url, facts)):
                table_.add_row(*row)
    Console().print(table_)


if __name__ == "__main__":
    main()
