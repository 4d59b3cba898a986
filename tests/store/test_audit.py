"""Sealing on both databases: one chain whatever commits when, and a database that refuses."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from bot.core.audit import Bad, Head, Row, verify
from bot.core.effects import Entry
from bot.core.scene import Decision
from bot.ports import Anchor, Wanted
from bot.store import SqlStore, guards, migrate
from tests.store.world import NOW, entry, events, save

LASTS = timedelta(seconds=10)
FACTS = (("state", 'down "now"'), ("é", "\u2028"))


async def write(store: SqlStore, *texts: str) -> None:
    await save(store, Decision(entries=tuple(entry(text) for text in texts)))


async def seal(store: SqlStore, owner: str = "a", limit: int = 500) -> int | None:
    return await store.audit.seal(owner, store.clock.now(), LASTS, limit)


async def log(store: SqlStore) -> list[Row]:
    return await store.audit.after(None, 10_000)


async def texts(store: SqlStore) -> list[object]:
    return [row.text for row in await log(store)]


async def change(store: SqlStore, *statements: str) -> None:
    """What its owner can do to a database: the triggers are off meanwhile."""

    def anew(connection: sa.Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        else:
            for name in guards.SQLITE:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.exec_driver_sql(statement)
        if connection.dialect.name == "sqlite":
            guards.put(connection)

    async with store.database.transaction() as db:
        await db.run_sync(anew)


async def refused(store: SqlStore, statement: str) -> None:
    with pytest.raises(DatabaseError, match="never"):
        async with store.database.transaction() as db:
            await db.execute(sa.text(statement))


async def test_rows_are_numbered_from_one_and_chained(store: SqlStore) -> None:
    await write(store, "one", "two")
    await save(store, Decision(entries=(Entry(NOW, "sight", "midwatch", "three", facts=FACTS),)))
    assert (await store.audit.chain()).waiting == 3
    assert await seal(store) == 3
    rows = await log(store)
    assert [row.number for row in rows] == [1, 2, 3]
    assert verify(rows) is None
    assert rows[2].at == "2026-03-01T03:12:00.123456Z"
    assert rows[2].facts == '[["state","down \\"now\\""],["é","\u2028"]]'
    chain = await store.audit.chain()
    assert chain.head == Head(3, str(rows[2].hash))
    assert (chain.waiting, chain.oldest_at) == (0, None)
    assert await seal(store) == 0


async def test_many_are_sealed_a_few_at_a_time_and_read_a_few_at_a_time(store: SqlStore) -> None:
    await write(store, *"abcdefg")
    assert [await seal(store, limit=3) for _ in range(4)] == [3, 3, 1, 0]
    assert verify(await log(store)) is None
    first = await store.audit.after(None, 4)
    assert [row.number for row in await store.audit.after(first[-1], 4)] == [5, 6, 7]


async def test_one_of_two_replicas_seals_until_its_lease_ends(
    opened: Callable[[], SqlStore],
) -> None:
    first, second = opened(), opened()
    await write(first, "one")
    assert await seal(first, "a") == 1
    await write(second, "two")
    assert await seal(second, "b") is None
    assert await seal(first, "a") == 1
    await write(second, "three")
    assert await second.audit.seal("b", NOW + LASTS, LASTS, 500) == 1
    assert await seal(first, "a") == 0
    assert verify(await log(first)) is None


async def test_writers_and_sealers_at_once_keep_one_chain(opened: Callable[[], SqlStore]) -> None:
    stores = [opened(), opened()]

    async def writes(store: SqlStore, name: str) -> None:
        for number in range(12):
            await write(store, f"{name}{number}")

    async def seals(store: SqlStore, owner: str) -> None:
        for _round in range(15):
            await store.audit.seal(owner, NOW, timedelta(0), 5)  # nobody keeps the lease

    await asyncio.gather(
        *(writes(store, name) for store, name in zip(stores, "xy", strict=True)),
        *(seals(store, name) for store, name in zip(stores, "ab", strict=True)),
    )
    await seal(stores[0])
    assert verify(await log(stores[0])) is None
    assert len(await log(stores[0])) == 24


INSERT = (
    "INSERT INTO entries (at, kind, by, text, facts) "
    "VALUES (now(), 'deployment', 'ci', %s, '[]') RETURNING id"
)


@pytest.fixture
def slow(migrated_database: str) -> Iterator[psycopg.Connection]:
    """A transaction that began early and takes its time."""
    with psycopg.connect(migrated_database) as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_a_row_that_is_committed_late_is_sealed_when_it_is_there(
    store: SqlStore, slow: psycopg.Connection
) -> None:
    """Its id is lower than that of a row that is sealed by then."""
    (early,) = slow.execute(INSERT, ["began first"]).fetchone() or (0,)
    await write(store, "committed first")
    assert await seal(store) == 1
    slow.commit()
    assert await seal(store) == 1
    rows = await log(store)
    assert [row.text for row in rows] == ["committed first", "began first"]
    assert rows[1].id == early < rows[0].id
    assert verify(rows) is None


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_a_transaction_that_is_given_up_leaves_no_gap(
    store: SqlStore, slow: psycopg.Connection
) -> None:
    """It leaves one in the ids, which says nothing."""
    slow.execute(INSERT, ["never happened"])
    await write(store, "one")
    slow.rollback()
    await write(store, "two")
    assert await seal(store) == 2
    rows = await log(store)
    assert rows[1].id == int(str(rows[0].id)) + 1 > 2
    assert [row.number for row in rows] == [1, 2]
    assert verify(rows) is None


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_no_page_waits_for_the_chain(store: SqlStore, migrated_database: str) -> None:
    """A sealer that stalls in the middle holds up other sealers, and nobody who writes."""
    await write(store, "one")
    with psycopg.connect(migrated_database) as stalled:
        stalled.execute(
            "INSERT INTO leases VALUES ('audit seal', 'b', now() + interval '1 h', 1) "
            "ON CONFLICT (name) DO UPDATE SET until = now() + interval '1 h', owner = 'b'"
        )
        stalled.execute("UPDATE entries SET number = 1, hash = 'x' WHERE number IS NULL")
        await write(store, "two")
        assert len(await store.audit.newest(Wanted(), None, 10)) == 2
        stalled.rollback()
    assert await seal(store) == 2


TAMPERED = {
    "an edit": ("UPDATE entries SET by = 'eve' WHERE number = 2", 2),
    "an edited time": ("UPDATE entries SET at = '2020-01-01 00:00:00.000000' WHERE number = 3", 3),
    "an edited hash": ("UPDATE entries SET hash = 'abc' WHERE number = 4", 4),
    "a deletion": ("DELETE FROM entries WHERE number = 1", 1),
    "one more": (
        "INSERT INTO entries (at, kind, by, text, facts, number, hash) "
        "SELECT at, kind, by, 'more', facts, 6, hash FROM entries WHERE number = 5",
        6,
    ),
    "numbers changed round": (
        "UPDATE entries SET number = CASE number WHEN 2 THEN -4 ELSE -2 END WHERE number IN (2, 4);"
        "UPDATE entries SET number = -number WHERE number < 0",
        2,
    ),
    "a number taken away": ("UPDATE entries SET number = NULL, hash = NULL WHERE number = 3", 3),
}


@pytest.mark.parametrize("what", TAMPERED)
async def test_what_its_owner_does_to_the_log_is_found(store: SqlStore, what: str) -> None:
    await write(store, *"abcde")
    await seal(store)
    statements, first = TAMPERED[what]
    await change(store, *statements.split(";"))
    found = verify(await log(store))
    assert found is not None, what
    assert found.number == first


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "value", ["x'6d6964'", "CAST(x'ff41' AS TEXT)", "1.5", "'mid' || char(0)", "''"]
)
async def test_not_even_what_no_column_should_hold_stops_reading_or_sealing(
    store: SqlStore, value: str
) -> None:
    """SQLite takes anything in any column."""
    await write(store, "one", "two")
    await seal(store)
    await change(
        store,
        f"UPDATE entries SET kind = {value} WHERE number = 2",
        f"INSERT INTO entries (at, kind, by, text, facts, incident) "
        f"VALUES ({value}, 'x', 'x', {value}, '[]', {value})",
    )
    assert verify(await log(store)) == Bad(
        2, "is not the one that was sealed: it or its place was changed"
    )
    assert await seal(store) == 1
    assert len(await store.audit.newest(Wanted(), None, 10)) == 3


NEVER = [
    "UPDATE entries SET text = 'x'",
    "UPDATE entries SET number = 9, hash = 'x'",
    "UPDATE entries SET number = NULL, hash = NULL",
    "DELETE FROM entries",
    "INSERT INTO entries (at, kind, by, text, facts, number) "
    "VALUES ('2026-01-01', '', '', '', '[]', 9)",
    "INSERT INTO entries (at, kind, by, text, facts, hash) "
    "VALUES ('2026-01-01', '', '', '', '[]', 'x')",
    "UPDATE entries SET hash = 'x' WHERE number IS NULL",
    "UPDATE entries SET number = 9 WHERE number IS NULL",
    "DELETE FROM entries WHERE number IS NULL",
    "UPDATE entries SET text = 'x', number = 2, hash = 'x' WHERE number IS NULL",
    "UPDATE audit_anchors SET number = 9",
    "DELETE FROM audit_anchors",
]
NEVER_BY_KIND = {
    "postgresql": [
        "TRUNCATE entries",
        "TRUNCATE audit_anchors",
        "INSERT INTO entries (id, at, kind, by, text, facts) SELECT id, at, kind, by, 'x', facts "
        "FROM entries ON CONFLICT (id) DO UPDATE SET text = 'x'",
    ],
    "sqlite": [
        "INSERT OR REPLACE INTO entries (id, at, kind, by, text, facts) "
        "SELECT id, at, kind, by, 'x', facts FROM entries",
        "INSERT OR REPLACE INTO entries (at, kind, by, text, facts, number) "
        "SELECT at, kind, by, 'x', facts, number FROM entries WHERE number = 1",
        "UPDATE OR REPLACE entries SET number = 1, hash = 'x' WHERE number IS NULL",
        "UPDATE OR REPLACE entries SET id = 1 WHERE number IS NULL",
        "REPLACE INTO entries (id, at, kind, by, text, facts) VALUES (1, '', '', '', '', '[]')",
    ],
}


async def test_the_database_refuses_every_other_change(store: SqlStore, kind: str) -> None:
    """Of a sealed row, of one that waits, and of an anchor."""
    await write(store, "sealed")
    await seal(store)
    await write(store, "waits")
    await store.audit.anchor(Anchor("2026-03-01", Head(1, "0f" * 32), NOW), ())
    before = await store.audit.newest(Wanted(), None, 10)
    for statement in [*NEVER, *NEVER_BY_KIND[kind]]:
        await refused(store, statement)
    assert await store.audit.newest(Wanted(), None, 10) == before
    assert await seal(store) == 1


async def test_upkeep_deletes_no_row(store: SqlStore) -> None:
    await write(store, "one", "two")
    await seal(store)
    await store.roll_up(NOW + timedelta(days=4000))
    assert await texts(store) == ["one", "two"]


async def test_a_trigger_that_is_gone_is_missed_and_put_back(
    store: SqlStore, database_url: str, kind: str
) -> None:
    assert await store.audit.missing_guards() == []
    on = " ON entries" if kind == "postgresql" else ""
    async with store.database.transaction() as db:
        await db.execute(sa.text(f"DROP TRIGGER entries_keep{on}"))
        if kind == "postgresql":
            await db.execute(sa.text("ALTER TABLE entries DISABLE TRIGGER entries_come_unsealed"))
        else:
            await db.execute(sa.text("DROP TRIGGER entries_come_unsealed"))
            await db.execute(
                sa.text(
                    "CREATE TRIGGER entries_come_unsealed BEFORE INSERT ON entries "
                    "BEGIN SELECT 1; END"
                )
            )
    assert await store.audit.missing_guards() == ["entries_come_unsealed", "entries_keep"]
    await migrate(database_url)
    assert await store.audit.missing_guards() == []


async def test_one_anchor_a_day_with_its_event(opened: Callable[[], SqlStore]) -> None:
    first, second = opened(), opened()
    one, two = (
        Anchor("2026-03-01", Head(3, "0f" * 32), NOW),
        Anchor("2026-03-02", Head(4, "1e" * 32), NOW),
    )
    assert await first.audit.anchor(one, events("anchor-1"))
    assert not await second.audit.anchor(Anchor("2026-03-01", Head(9, "aa" * 32), NOW), events("x"))
    assert await second.audit.anchor(two, events("anchor-2"))
    assert await first.audit.anchors() == [two, one]
    assert await first.audit.anchors(1) == [two]
    assert await first.undecided(["anchor-1", "anchor-2"]) == ["anchor-1", "anchor-2"]


async def test_rows_are_found_by_period_kind_and_service(store: SqlStore) -> None:
    later = NOW + timedelta(hours=1)
    await save(
        store,
        Decision(
            entries=(
                entry("a"),
                entry("b", at=later, service="search"),
                entry("c", at=later, kind="resolved", service=None),
            )
        ),
    )

    async def found(before: int | None = None, limit: int = 10, **wanted: object) -> list[object]:
        rows = await store.audit.newest(Wanted(**wanted), before, limit)  # type: ignore[arg-type]
        return [row.text for row in rows]

    assert await found() == ["c", "b", "a"]
    assert await found(limit=2) == ["c", "b"]
    assert await found(since=later) == ["c", "b"]
    assert await found(until=later) == ["a"]
    assert await found(kind="resolved") == ["c"]
    assert await found(service="search") == ["b"]
    lowest = (await store.audit.newest(Wanted(), None, 1))[0].id
    assert await found(before=lowest) == ["b", "a"]  # type: ignore[arg-type]
