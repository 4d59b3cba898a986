"""Migrations: they make what the models say, once, whoever starts them, and guard the audit log."""

import asyncio
import multiprocessing
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import DatabaseError

from bot.core.scene import Decision
from bot.store import SqlStore, migrate, pending
from bot.store.migrate import script
from bot.store.tables import metadata
from tests.store.world import entry, incident, save


@pytest.fixture
def empty_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables."""
    if kind == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'midwatch.db'}"
    make: Callable[[], str] = request.getfixturevalue("postgres_database")
    return make()


async def test_migrating_twice_is_migrating_once(empty_url: str) -> None:
    assert await pending(empty_url)
    await migrate(empty_url)
    assert not await pending(empty_url)
    await migrate(empty_url)
    assert not await pending(empty_url)


async def test_migrations_make_what_the_models_say(store: SqlStore) -> None:
    def differences(connection: sa.Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(
            compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
        )

    async with store.database.writer.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_partial_indexes_have_their_conditions(store: SqlStore, kind: str) -> None:
    """Alembic does not compare these."""
    expected = {
        index.name: str(index.dialect_options[kind]["where"])
        for each in metadata.tables.values()
        for index in each.indexes
        if index.dialect_options[kind]["where"] is not None
    }
    question = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE sql LIKE '% WHERE %' AND type='index'",
        "postgresql": "SELECT indexname, indexdef FROM pg_indexes WHERE indexdef LIKE '% WHERE %'",
    }
    async with store.database.transaction() as db:
        made = {row[0]: row[1] for row in await db.execute(sa.text(question[kind]))}
    assert set(made) == set(expected)
    for name, condition in expected.items():
        words = condition.replace("<>", "").split()
        assert all(word in made[name] for word in words), name


def _migrate_in_process(url: str) -> None:
    asyncio.run(migrate(url))


async def test_several_processes_may_migrate_at_once(empty_url: str, kind: str) -> None:
    if kind == "sqlite":
        Path(empty_url.removeprefix("sqlite:///")).parent.mkdir()
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_migrate_in_process, args=(empty_url,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        await asyncio.to_thread(worker.join)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert not await pending(empty_url)


async def test_a_database_of_a_newer_version_is_left_alone(
    store: SqlStore, database_url: str
) -> None:
    async with store.database.transaction() as db:
        await db.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    assert not await pending(database_url)
    await migrate(database_url)
    async with store.database.transaction() as db:
        found = (await db.execute(sa.text("SELECT version_num FROM alembic_version"))).scalar()
    assert found == "9999"


async def test_there_is_one_line_of_revisions() -> None:
    assert len(script().get_heads()) == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entries SET text = 'nothing happened'",
        "UPDATE entries SET at = '2020-01-01 00:00:00.000000'",
        "UPDATE entries SET incident = NULL, number = 1",
        "DELETE FROM entries",
        "UPDATE entries SET facts = '[]'",
    ],
)
async def test_the_audit_log_cannot_be_rewritten(store: SqlStore, change: str) -> None:
    await save(store, Decision(incidents=(incident(1),), entries=(entry(),)))
    with pytest.raises(DatabaseError, match="never"):
        async with store.database.transaction() as db:
            await db.execute(sa.text(change))
    view = await store.incident(1)
    assert view is not None
    assert view.timeline == (entry(),)


async def test_a_row_of_the_audit_log_is_sealed_once(store: SqlStore) -> None:
    await save(store, Decision(entries=(entry(),)))
    seal = sa.text("UPDATE entries SET number = :number, hash = 'abc' WHERE text LIKE 'checkout%'")
    async with store.database.transaction() as db:
        await db.execute(seal, {"number": 1})
    with pytest.raises(DatabaseError, match="never"):
        async with store.database.transaction() as db:
            await db.execute(seal, {"number": 2})
