"""SQLite is one process's: a second `run` refuses. Other commands may use the file meanwhile."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from bot.store.address import parse

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str]) -> None:
        # Far behind the text, which stays readable for whoever is refused.
        file.seek(1 << 20)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[str]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


class AlreadyRunning(Exception):
    """Another process runs on this database. The message says which, and what to do."""


@contextlib.contextmanager
def the_only_run(database_url: str) -> Iterator[None]:
    """Hold the database for this process; PostgreSQL is shared and needs no such thing.

    The system gives the lock back when the process ends, however it ends. Raises AlreadyRunning,
    and OSError when the lock file cannot be written.
    """
    file = parse(database_url).file
    if file is None:
        yield
        return
    path = file.with_name(f"{file.name}.lock")
    with _held(path, file):
        yield


@contextlib.contextmanager
def _held(path: Path, database: Path) -> Iterator[None]:
    # "a+": a refused process must not empty the file that names the owner.
    with path.open("a+", encoding="ascii", errors="replace") as file:
        try:
            _lock(file)
        except OSError:
            file.seek(0)
            owner = file.read(20).strip() or "unknown"
            raise AlreadyRunning(
                f"Midwatch already runs on {database} (process {owner}). A SQLite file is for one "
                "process: stop that one first, or use PostgreSQL to run several."
            ) from None
        with contextlib.suppress(OSError):  # a full disk: held all the same, only by nobody's name
            os.ftruncate(file.fileno(), 0)
            os.write(file.fileno(), str(os.getpid()).encode())
        yield
