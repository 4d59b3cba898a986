"""How fast the audit log is sealed and verified.

    .venv/bin/python -m tests.benchmarks.sealing [--rows 100000] [DATABASE_URL …]

Without an address: a new SQLite file. PostgreSQL: the address of an EMPTY database of its own.
Prints a table; `longest` is the longest transaction of the sealer, which other writers of a SQLite
file wait for.
"""

import argparse
import asyncio
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.clock import SystemClock
from bot.core.audit import Row, Verifier
from bot.core.effects import Entry
from bot.sealing import AT_ONCE
from bot.store import SqlStore, entries, migrate, open_store

WRITTEN_AT_ONCE = 5000
READ_AT_ONCE = 2000
LASTS = timedelta(seconds=10)


@dataclass
class Measured:
    """Seconds for all rows, and of the longest transaction of the sealer."""

    database: str
    sealed: float
    longest: float
    verified: float


async def write(store: SqlStore, rows: int) -> None:
    """Entries as an incident leaves them."""
    now = store.clock.now()
    one = Entry(
        now, "page", "midwatch", "Text to Ana: delivered", 1, "checkout", None, (("a", "b"),)
    )
    for _batch in range(rows // WRITTEN_AT_ONCE):
        async with store.database.transaction() as db:
            await entries.add(db, [one] * WRITTEN_AT_ONCE)


async def seal(store: SqlStore) -> tuple[float, float]:
    """Everything; seconds altogether and of the longest round."""
    began, longest, done = time.perf_counter(), 0.0, 1
    while done:
        before = time.perf_counter()
        done = await store.audit.seal("bench", store.clock.now(), LASTS, AT_ONCE) or 0
        longest = max(longest, time.perf_counter() - before)
    return time.perf_counter() - began, longest


async def verify(store: SqlStore, rows: int) -> float:
    """As the command does; seconds."""
    began, verifier = time.perf_counter(), Verifier()
    last: Row | None = None
    while found := await store.audit.after(last, READ_AT_ONCE):
        for row in found:
            verifier.take(row)
        last = found[-1]
    assert verifier.end() is None
    assert verifier.head.number == rows
    return time.perf_counter() - began


async def measure(url: str, rows: int) -> Measured:
    """One database."""
    await migrate(url)
    store = open_store(url, clock=SystemClock())
    await write(store, rows)
    sealed, longest = await seal(store)
    verified = await verify(store, rows)
    await store.close()
    return Measured(url.split(":", 1)[0], sealed, longest, verified)


def show(found: list[Measured], rows: int) -> None:
    """The table."""
    table = Table(title=f"The audit log, {rows} rows")
    for column in ("database", "sealed a second", "longest (ms)", "verified (s)", "a second"):
        table.add_column(column, justify="right")
    for one in found:
        table.add_row(
            one.database,
            f"{rows / one.sealed:.0f}",
            f"{one.longest * 1000:.0f}",
            f"{one.verified:.1f}",
            f"{rows / one.verified:.0f}",
        )
    Console().print(table)


def main() -> None:
    """Measure what was asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("urls", nargs="*")
    asked.add_argument("--rows", type=int, default=100_000)
    given = asked.parse_args()
    rows = max(1, given.rows // WRITTEN_AT_ONCE) * WRITTEN_AT_ONCE
    with tempfile.TemporaryDirectory() as folder:
        urls = given.urls or [f"sqlite:///{Path(folder) / 'midwatch.db'}"]
        found = [asyncio.run(measure(url, rows)) for url in urls]
    show(found, rows)


if __name__ == "__main__":
    main()
