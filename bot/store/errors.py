"""Which errors mean "the database cannot do it right now", said without addresses or secrets.

The other ones are bugs and stay what they are.
"""

import sqlite3

import psycopg
from sqlalchemy import exc

from bot.ports import Conflict, StoreUnavailable
from bot.store.tables import ONE_OPEN

# PERM, BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, AUTH,
# NOTADB. Source: sqlite.org/rescode.html. The plain code 1 ("no such table") is a bug.
_SQLITE_UNAVAILABLE = frozenset({3, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 23, 26})
_READ_ONLY = "25006"
"""A stand-by after a fail-over; not an OperationalError in psycopg."""
_SAID_BY_DRIVER = ("no active connection", "connection closed")


def translated(error: BaseException) -> BaseException:
    """The port's error for a driver's one; the same object when it is none of ours."""
    if isinstance(error, exc.TimeoutError):
        return StoreUnavailable("every database connection is in use")
    if isinstance(error, TimeoutError | OSError):
        return StoreUnavailable(f"the database does not answer ({type(error).__name__})")
    if not isinstance(error, exc.DBAPIError):
        return error
    origin = _origin(error)
    if isinstance(error, exc.IntegrityError) and _is_second_open(origin):
        return Conflict("another open incident has this service already")
    if error.connection_invalidated or _is_unavailable(origin):
        return StoreUnavailable(_first_line(origin))
    return error


def _origin(error: exc.DBAPIError) -> BaseException | None:
    """The driver's own error, below SQLAlchemy's wrappers."""
    origin: BaseException | None = error.orig
    while origin is not None and not isinstance(origin, sqlite3.Error | psycopg.Error):
        origin = origin.__cause__
    return origin if origin is not None else error.orig


def _is_unavailable(origin: BaseException | None) -> bool:
    if isinstance(origin, sqlite3.Error):
        code = getattr(origin, "sqlite_errorcode", None)
        if code is None:
            return str(origin).lower().startswith(_SAID_BY_DRIVER)
        return (code & 0xFF) in _SQLITE_UNAVAILABLE
    if isinstance(origin, psycopg.OperationalError | psycopg.InterfaceError):
        return True
    return isinstance(origin, psycopg.Error) and origin.sqlstate == _READ_ONLY


def _is_second_open(origin: BaseException | None) -> bool:
    if isinstance(origin, psycopg.Error):
        return origin.diag.constraint_name == ONE_OPEN
    text = str(origin)
    return ONE_OPEN in text or text.endswith("failed: incident_services.service")


def _first_line(origin: BaseException | None) -> str:
    """What the driver said first. Details, which may quote values, come on later lines."""
    if isinstance(origin, psycopg.Error) and origin.diag.message_primary:
        return f"the database cannot do it: {origin.diag.message_primary}"
    line = next(iter(str(origin).splitlines()), "")
    return f"the database cannot do it: {line[:200] or type(origin).__name__}"
