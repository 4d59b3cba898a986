"""Results: many at once, hours that add up, nothing kept for ever but changes."""

import time
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from bot.ports import StoredResult, Uptime
from bot.store import SqlStore
from tests.store.world import NOW, down, events, minutes, result

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


async def count(store: SqlStore, table: str) -> int:
    async def ask(db: object) -> int:
        return int((await db.execute(sa.text(f"SELECT count(*) FROM {table}"))).scalar_one())  # type: ignore[attr-defined]

    return await store.database.read(ask)


async def test_the_newest_result_of_every_check_is_known(store: SqlStore) -> None:
    newest = result(NOW, "down", reason="status", detail="HTTP 503", dns=0.1, connect=0.2, tls=0.3)
    other = replace(newest, check="tcp", first_byte=0.5)
    await store.add_results([newest, result(NOW - minutes(1)), other])
    assert await store.last_results() == [newest, other]
    await store.add_results([result(NOW - minutes(2))])
    await store.add_results([])
    assert await store.last_results() == [newest, other]


async def test_after_the_clock_was_set_back_the_newest_result_is_the_last_one(
    store: SqlStore,
) -> None:
    await store.add_results([result(NOW + 5 * HOUR, "down")])
    again = result(NOW)
    await store.add_results([again])
    assert await store.last_results() == [again]


async def test_a_clock_that_was_wrong_for_a_while_does_not_stop_the_roll_ups(
    store: SqlStore,
) -> None:
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    await store.add_results([result(hour + 90 * DAY), result(hour - 20_000 * DAY)])
    await store.roll_up(hour + 91 * DAY)
    await store.add_results([result(hour), result(hour + minutes(70), "down")])
    started = time.monotonic()
    await store.roll_up(hour + 3 * DAY)
    assert time.monotonic() - started < 5
    assert await count(store, "results") == 1, "the one of the time to come"
    assert await store.uptimes(hour, hour + 3 * DAY) == [Uptime("checkout", "http", 1, 1)]


async def test_only_changes_of_outcome_are_kept_for_ever(store: SqlStore) -> None:
    outcomes = ["up", "up", "down", "down", "unknown", "up"]
    await store.add_results([result(NOW + minutes(n), it) for n, it in enumerate(outcomes[:3])])
    await store.add_results([result(NOW + minutes(n + 3), it) for n, it in enumerate(outcomes[3:])])
    for day in range(4):
        await store.roll_up(NOW + day * DAY)
    async with store.database.transaction() as db:
        rows = await db.execute(sa.text("SELECT before, outcome FROM result_changes ORDER BY at"))
        found = [tuple(row) for row in rows]
    assert found == [(None, "up"), ("up", "down"), ("down", "unknown"), ("unknown", "up")]
    assert await count(store, "results") == 0


async def test_uptime_counts_good_and_bad_but_not_unknown(store: SqlStore) -> None:
    outcomes = ["up", "degraded", "down", "unknown", "up"]
    await store.add_results([result(NOW - minutes(n), it) for n, it in enumerate(outcomes)])
    assert await store.uptimes(NOW - HOUR, NOW) == [Uptime("checkout", "http", 3, 1)]
    assert await store.uptimes(NOW - minutes(1), NOW) == [Uptime("checkout", "http", 2, 0)]
    assert await store.uptimes(NOW + minutes(1), NOW + HOUR) == []


async def test_uptime_is_the_same_before_and_after_rolling_up(store: SqlStore) -> None:
    start = NOW.replace(minute=0, second=0, microsecond=0) - 10 * HOUR
    made = [result(start + minutes(10 * n), "down" if n % 7 == 0 else "up") for n in range(6 * 10)]
    await store.add_results(made)
    good = sum(it.outcome == "up" for it in made)
    expected = [Uptime("checkout", "http", good, len(made) - good)]
    assert await store.uptimes(start, NOW) == expected
    for _ in range(2):
        await store.roll_up(NOW)
        assert await store.uptimes(start, NOW) == expected
    assert await count(store, "results_hourly") == 10
    late = result(start + 9 * HOUR + minutes(1), "down")
    await store.add_results([late])
    await store.roll_up(NOW)
    assert (await store.uptimes(start, NOW))[0].bad == expected[0].bad + 1


async def test_uptime_of_a_month_outlives_its_raw_results(store: SqlStore) -> None:
    start = NOW.replace(minute=0, second=0, microsecond=0) - 30 * DAY
    for day in range(30):
        at = start + day * DAY
        await store.add_results([result(at), result(at + minutes(30), "down")])
        await store.roll_up(at + HOUR)
    await store.roll_up(NOW)
    assert await count(store, "results") == 3  # 48 h reach back to 03:12, so one of 03:30 and two
    assert await store.uptimes(start, NOW) == [Uptime("checkout", "http", 30, 30)]
    assert await store.uptimes(start + DAY + minutes(1), NOW) == [
        Uptime("checkout", "http", 28, 28)
    ]


async def test_old_things_go(store: SqlStore) -> None:
    await store.add_results([result(NOW)])
    await store.receive(events("old"), NOW)
    async with store.transaction() as tx:
        row = await tx.next_event(NOW)
        assert row is not None
        await tx.finish_event(row.id, NOW)
    await store.receive([("waits", down())], NOW)
    await store.roll_up(NOW + 2 * HOUR)
    assert [await count(store, it) for it in ("results", "results_hourly", "events")] == [1, 1, 2]
    await store.roll_up(NOW + 3 * DAY)
    assert [await count(store, it) for it in ("results", "results_hourly", "events")] == [0, 1, 2]
    await store.roll_up(NOW + 31 * DAY)
    assert [await count(store, it) for it in ("results", "results_hourly", "events")] == [0, 1, 1]
    await store.roll_up(NOW + 400 * DAY)
    assert [await count(store, it) for it in ("results", "results_hourly")] == [0, 0]
    assert await store.undecided(["waits"]) == ["waits"]


async def test_tens_of_thousands_of_results_are_inserted_in_seconds(store: SqlStore) -> None:
    checks = [(f"service-{n}", "http") for n in range(100)]
    started = time.monotonic()
    for batch in range(60):
        at = NOW + timedelta(seconds=10 * batch)
        await store.add_results(
            [
                StoredResult(service, check, "http", "up", "ok", "HTTP 200", at, total=0.1)
                for service, check in checks
                for _ in range(5)
            ]
        )
    assert await count(store, "results") == 30_000
    assert time.monotonic() - started < 15
    assert len(await store.last_results()) == 100


async def test_numbers_that_are_none_are_not_kept(store: SqlStore) -> None:
    await store.add_results([result(total=float("nan"), dns=float("inf"))])
    (found,) = await store.last_results()
    assert (found.total, found.dns) == (None, None)
