"""`kill -9` between any two statements: all of a decision is there, or nothing of it."""

import asyncio
import sys
from pathlib import Path

from bot.store import SqlStore
from tests.store.crash import decide
from tests.store.world import NOW, claim_due, events, scene

ROOT = Path(__file__).resolve().parents[2]


async def killed_before(url: str, statement: str) -> str:
    """Run a decision in a process of its own, and kill it where it stops; what it said last."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.store.crash", url, statement),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    said = (await process.stdout.readline()).decode().strip()
    process.kill()
    await process.wait()
    return said


async def test_a_kill_leaves_nothing_half_done(store: SqlStore, database_url: str) -> None:
    await store.receive(events("e1"), NOW)
    for statement in ("INSERT INTO incidents", "INSERT INTO outbox", "UPDATE events"):
        assert await killed_before(database_url, statement) == "stopped"
        found = await scene(store)
        assert (found.incidents, found.pages, found.signals, found.troubles) == ((), (), (), {})
        assert await store.deployments() == []
        assert await store.undecided(["e1"]) == ["e1"]
        assert await claim_due(store) == []
    assert await decide(store)
    assert not await decide(store)


async def test_a_kill_after_the_commit_loses_nothing(store: SqlStore, database_url: str) -> None:
    await store.receive(events("e1"), NOW)
    assert await killed_before(database_url, "nothing") == "on the disk"
    found = await scene(store)
    assert [it.number for it in found.incidents] == [1]
    assert sorted(it.key for it in await claim_due(store)) == ["a", "b", "thread:1"]
    assert await store.undecided(["e1"]) == []
    assert not await decide(store)
