"""A SQLite file is one process's; other commands may look at it meanwhile."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.store import AlreadyRunning, open_store, the_only_run
from tests.house.database import migrated
from tests.store.world import NOW, TestClock, events

ROOT = Path(__file__).resolve().parents[2]
FULL = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
"""
HOLD = """
import sys
from bot.store import the_only_run
with the_only_run(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(url: str, before: str = "") -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", before + HOLD, url],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline().strip() == "held"
    return process


def test_a_second_run_is_refused_and_told_who_the_first_one_is(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'midwatch.db'}"
    first = holder(url)
    try:
        for _ in range(2):
            with pytest.raises(AlreadyRunning, match=f"process {first.pid}"), the_only_run(url):
                pass
    finally:
        first.kill()
        first.communicate()
    with the_only_run(url):
        pass


def test_the_same_process_is_refused_too_and_the_lock_ends_with_the_block(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'midwatch.db'}"
    with the_only_run(url), pytest.raises(AlreadyRunning), the_only_run(url):
        pass
    with the_only_run(url):
        pass


def test_a_full_disk_keeps_nobody_from_running_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'midwatch.db'}"
    first = holder(url, FULL)
    try:
        with pytest.raises(AlreadyRunning), the_only_run(url):
            pass
    finally:
        first.kill()
        first.communicate()


async def test_other_commands_use_the_database_meanwhile(tmp_path: Path) -> None:
    url = migrated(f"sqlite:///{tmp_path / 'midwatch.db'}")
    with the_only_run(url):
        store = open_store(url, clock=TestClock())
        assert await store.receive(events("a"), NOW) == 1
        await store.close()


def test_postgresql_is_shared() -> None:
    url = "postgresql://nobody@127.0.0.1:1/x"
    with the_only_run(url), the_only_run(url):
        pass
