"""The queries that run all the time use an index, however much history there is."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.scene import Need
from bot.store import SqlStore
from tests.store.world import LEASE, NOW

Ask = Callable[[SqlStore], Awaitable[object]]


async def next_event(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.next_event(NOW)


async def due_deliveries(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.due_deliveries(NOW, 50)


async def claim(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.claim(["a", "b"], NOW, LEASE)


async def recent_pages(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await tx.recent_pages(["ana"], NOW)


async def full_scene(store: SqlStore) -> None:
    need = Need(("a", "b"), ("a", "b", "c"), (1, 2), "page", ("deployment",))
    async with store.transaction() as tx:
        await tx.scene(need, NOW)


SMALL = {
    "signals",
    "silences",
    "overrides",
    "marks",
    "facts",
    "counters",
    "cursor",
    "anon_1",
    "place_0",
    "place_1",
    "found",
    "services_seen",
}
"""Tables with a row a service or less: read whole."""


@pytest.mark.parametrize(
    "ask",
    [
        next_event,
        due_deliveries,
        claim,
        recent_pages,
        full_scene,
        lambda store: store.stalled_deliveries(NOW, 10),
        lambda store: store.silent_pages(NOW, 10),
        lambda store: store.due_incidents(NOW),
        lambda store: store.due_of_several(NOW),
        lambda store: store.unattended(NOW),
        lambda store: store.expired(NOW),
        lambda store: store.firing(),
        lambda store: store.untold_silences(),
        lambda store: store.ended_quiets(10),
        lambda store: store.incident(1),
        lambda store: store.incidents(state="open"),
        lambda store: store.waiting_for_follow_ups(),
        lambda store: store.handed_over(NOW, NOW),
        lambda store: store.facts(NOW, NOW),
        lambda store: store.facts(NOW, NOW, "checkout"),
        lambda store: store.deployments(service="a", limit=1),
        lambda store: store.latest_deployments([("a", "production"), ("b", "production")], 10),
        lambda store: store.uptimes(NOW, NOW),
        lambda store: store.undecided(["a"]),
        lambda store: store.in_turn(["a"], NOW),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"])
async def test_no_hot_query_reads_a_whole_table(store: SqlStore, ask: Ask, kind: str) -> None:
    seen: list[tuple[str, Any]] = []
    for engine in {store.database.writer.sync_engine, store.database.reader.sync_engine}:

        @sa.event.listens_for(engine, "before_cursor_execute")
        def note(_c: Any, _u: Any, statement: str, parameters: Any, *_: Any) -> None:
            seen.append((statement, parameters))

    await ask(store)
    assert seen
    for statement, parameters in [it for it in seen if it[0].startswith(("SELECT", "UPDATE"))]:
        async with store.database.reader.connect() as db:
            plan = await db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [str(row["detail"]) for row in plan.mappings()]
        scans = [step for step in steps if step.startswith("SCAN") and "INDEX" not in step]
        whole = {step.split()[1] for step in scans} - SMALL
        assert not {it for it in whole if not it.startswith("(")}, (statement, steps)
