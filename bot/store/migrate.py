"""Migrations with Alembic, from inside the package: `migrate` and `pending`.

One transaction on both databases, under a lock, so that several processes may start it at once.
The lock ends with the transaction: no session state.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text

from bot.store import guards
from bot.store.address import Address, parse
from bot.store.database import raise_translated

_LOCK = 0x4D494457
"""Any number that only migrations of Midwatch use ("MIDW")."""
WAIT_SECONDS = 60
CONNECT_SECONDS = 5


async def migrate(database_url: str) -> None:
    """Bring the database to this version; one that is newer is left alone.

    Raises BadAddress and StoreUnavailable.
    """
    await asyncio.to_thread(_migrate, parse(database_url))


async def pending(database_url: str) -> bool:
    """Whether `migrate` has something to do. A database of a newer version counts as ready:
    during an update replicas of both versions run. Raises BadAddress and StoreUnavailable."""
    return await asyncio.to_thread(_pending, parse(database_url))


def script() -> ScriptDirectory:
    """The revisions in the package."""
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config


def _migrate(address: Address) -> None:
    if address.file is not None:
        address.file.parent.mkdir(parents=True, exist_ok=True)
    with _connected(address) as connection:
        if not address.is_sqlite:
            connection.execute(text(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        if _is_pending(connection):
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        elif _is_ours(connection) and guards.missing(connection):
            guards.put(connection)


def _pending(address: Address) -> bool:
    if address.file is not None and not address.file.exists():
        return True
    with _connected(address) as connection:
        return _is_pending(connection)


def _is_pending(connection: Connection) -> bool:
    revisions = script()
    known = {revision.revision for revision in revisions.walk_revisions()}
    current = set(MigrationContext.configure(connection).get_current_heads())
    if current - known:
        return False
    return current != set(revisions.get_heads())


def _is_ours(connection: Connection) -> bool:
    """Exactly this version's: a newer one has guards of its own."""
    current = MigrationContext.configure(connection).get_current_heads()
    return set(current) == set(script().get_heads())


@contextmanager
def _connected(address: Address) -> Iterator[Connection]:
    engine = _engine(address)
    try:
        with engine.begin() as connection:
            yield connection
    except Exception as error:
        raise_translated(error)
    finally:
        engine.dispose()


def _engine(address: Address) -> Engine:
    if not address.is_sqlite:
        arguments = {"connect_timeout": CONNECT_SECONDS, "prepare_threshold": None}
        return create_engine(address.url, connect_args=arguments, hide_parameters=True)
    url = address.url.set(drivername="sqlite+pysqlite")
    engine = create_engine(url, connect_args={"timeout": WAIT_SECONDS}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]
        connection.execute("PRAGMA journal_mode = WAL")  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def begin_so(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
