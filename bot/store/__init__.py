"""The database: `open_store`, `migrate`, `pending`, and `the_only_run` for SQLite."""

from bot.ports import Clock
from bot.store.address import BadAddress, parse
from bot.store.database import WAIT_SECONDS, Database
from bot.store.migrate import migrate, pending
from bot.store.single import AlreadyRunning, the_only_run
from bot.store.store import SqlStore

__all__ = [
    "AlreadyRunning",
    "BadAddress",
    "SqlStore",
    "migrate",
    "open_store",
    "pending",
    "the_only_run",
]


def open_store(database_url: str, *, clock: Clock, wait_seconds: float = WAIT_SECONDS) -> SqlStore:
    """The store at `sqlite:///file` or `postgresql://…`. It connects when it is first asked.

    No single wait (for a lock, a connection, an answer) is longer than `wait_seconds`, and no
    transaction than three times that: then StoreUnavailable. Raises BadAddress. The tables must
    be there: see `migrate`.
    """
    return SqlStore(Database(parse(database_url), wait_seconds), clock)
