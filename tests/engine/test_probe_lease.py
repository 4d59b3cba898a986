"""Replicas on one database: one probes, another takes over, and none stops for a database away."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from bot.engine import Engine
from bot.ports import StoreUnavailable
from bot.probe_lease import ProbeLease
from bot.store import SqlStore, open_store
from bot.watch import Watch
from tests.core.world import policy
from tests.house.database import migrated
from tests.stories.setting import FakeClock


@dataclass
class Checks:
    """The part of a Watch that the lease moves."""

    active: bool = True
    reloads: int = field(default=0)

    async def reload_streaks(self) -> None:
        self.reloads += 1


def replica(store: SqlStore, clock: FakeClock, *, shared: bool = True) -> tuple[ProbeLease, Checks]:
    checks = Checks()
    engine = Engine(store, clock, policy())
    return ProbeLease(engine, cast(Watch, checks), shared=shared), checks


@pytest.fixture
async def store(tmp_path: Path) -> SqlStore:
    url = f"sqlite:///{tmp_path}/midwatch.db"
    migrated(url)
    return open_store(url, clock=FakeClock())


async def test_one_of_two_replicas_probes_and_the_other_takes_over(store: SqlStore) -> None:
    clock = FakeClock()
    (first, probing), (second, waiting) = replica(store, clock), replica(store, clock)
    assert not probing.active
    await first.tick()
    await second.tick()
    assert (probing.active, waiting.active) == (True, False)
    for _renewal in range(10):
        clock.forward(3)
        await first.tick()
        await second.tick()
    assert (probing.active, waiting.active) == (True, False)
    clock.forward(16)  # the first one is gone
    await second.tick()
    assert waiting.active
    assert waiting.reloads == 1
    await first.tick()  # it was only asleep
    assert not probing.active
    await store.close()


async def test_alone_on_sqlite_nothing_is_shared(store: SqlStore) -> None:
    lease, checks = replica(store, FakeClock(), shared=False)
    await lease.tick()
    assert checks.active
    await store.close()


async def test_who_probes_goes_on_while_the_database_is_away(
    store: SqlStore, tmp_path: Path
) -> None:
    clock = FakeClock()
    lease, checks = replica(store, clock)
    await lease.tick()
    await store.close()
    for name in ("midwatch.db", "midwatch.db-wal", "midwatch.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / "midwatch.db").mkdir()
    clock.forward(60)
    with pytest.raises(StoreUnavailable):
        await store.ping()
    await lease.tick()
    assert checks.active


async def test_who_never_reached_the_database_probes_after_a_while_until_it_answers(
    store: SqlStore, tmp_path: Path
) -> None:
    """All replicas started anew in the middle of its outage: two texts are better than none."""
    clock = FakeClock()
    (other, _), (lease, checks) = replica(store, clock), replica(store, clock)
    path, away = tmp_path / "midwatch.db", tmp_path / "away.db"
    await store.close()
    path.rename(away)
    path.mkdir()
    probes = []
    await lease.tick()
    probes.append(checks.active)  # not yet: another one may be probing
    clock.forward(16)
    await lease.tick()
    probes.append(checks.active)
    path.rmdir()
    away.rename(path)
    await other.tick()
    await lease.tick()
    probes.append(checks.active)
    assert probes == [False, True, False]
    await store.close()
