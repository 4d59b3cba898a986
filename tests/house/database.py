"""A database as `midwatch migrate` leaves it, without migrating once more for each test.

In this process a commit does not wait for the disk: no test cuts the power. In the processes that
tests start it does, and tests/store/test_crash.py wants to hear so.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.store import database, migrate

database.SYNCHRONOUS = "OFF"


def migrated(database_url: str) -> str:
    """Make this SQLite file, with empty tables; one that is there is left alone.

    Returns the URL.
    """
    path = Path(database_url.removeprefix("sqlite:///"))
    if not path.exists():
        path.write_bytes(_empty_tables())
    return database_url


@cache
def _empty_tables() -> bytes:
    with TemporaryDirectory() as folder, ThreadPoolExecutor(1) as outside_of_any_loop:
        path = Path(folder) / "midwatch.db"
        outside_of_any_loop.submit(asyncio.run, migrate(f"sqlite:///{path}")).result()
        return path.read_bytes()
