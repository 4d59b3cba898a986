"""Where the database is: `sqlite:///file` or `postgresql://…`, as people and platforms write it."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_POSTGRES = {"postgres", "postgresql", "postgresql+psycopg", "postgresql+asyncpg"}
_SQLITE = {"sqlite", "sqlite+aiosqlite", "sqlite+pysqlite"}


class BadAddress(ValueError):
    """The address cannot be used. The message never quotes it: it may hold a password."""


@dataclass(frozen=True, slots=True)
class Address:
    """A database. `file` is SQLite's; None means PostgreSQL."""

    url: URL
    file: Path | None

    @property
    def is_sqlite(self) -> bool:
        """One file, one `run`."""
        return self.file is not None


def parse(database_url: str) -> Address:
    """Read an address. Raises BadAddress."""
    try:
        url = make_url(database_url.strip())
    except (ArgumentError, ValueError):
        raise BadAddress(
            "the database's address is not a URL like sqlite:///midwatch.db or "
            "postgresql://user:password@host/name"
        ) from None
    if url.drivername in _POSTGRES:
        return Address(url.set(drivername="postgresql+psycopg"), None)
    if url.drivername in _SQLITE:
        return Address(url.set(drivername="sqlite+aiosqlite", query={}), _file(url))
    raise BadAddress(f"{url.drivername} is not supported: take sqlite or postgresql")


def _file(url: URL) -> Path:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise BadAddress("SQLite needs a file: sqlite:///midwatch.db")
    return Path(url.database)
