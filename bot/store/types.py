"""Column types that hold what the core holds: aware UTC times, fit text, document columns."""

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from bot.store import text


class Utc(TypeDecorator[datetime]):
    """Aware UTC in and out, to the microsecond, sortable on both databases.

    A naive time is refused: ValueError. SQLite keeps ISO text without an offset, always UTC.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite's text carries no offset."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone is not stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Back to aware UTC, whatever the session's zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def raw(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """A `Utc` column as the driver gives it, to be read by `moment`.

    Of hundreds of thousands, the types' own way takes five times as long.
    """
    return sa.type_coerce(column, sa.String)


def moment(value: str | datetime | None) -> datetime | None:
    """What `raw` gave, as aware UTC."""
    if isinstance(value, str):
        return datetime.fromisoformat(f"{value}+00:00")
    return None if value is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text that people wrote or read: cleaned and bounded on its way in."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """See `text.words`."""
        return None if value is None else text.words(str(value))


class Name(TypeDecorator[str]):
    """A key, an id, a state: short enough for an index, the same going in and being looked up."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """See `text.name`. An enum's member is stored as its value."""
        return None if value is None else text.name(str(value))


class Number(TypeDecorator[int]):
    """A 64-bit whole number; on SQLite the type that may count by itself."""

    impl = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        """Enums become plain numbers."""
        return None if value is None else int(value)


class Document(TypeDecorator[Any]):
    """A JSON document as text, made and read by `bot.store.codec`."""

    impl = sa.Text
    cache_ok = True


class LinkList(TypeDecorator[tuple[tuple[str, str], ...]]):
    """(label, web address) pairs as a JSON document; none of them is NULL."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(
        self, value: tuple[tuple[str, str], ...] | None, dialect: Dialect
    ) -> str | None:
        """As a list of lists."""
        return json.dumps([[text.words(it) for it in pair] for pair in value]) if value else None

    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> tuple[tuple[str, str], ...]:
        """Pairs again."""
        return tuple((label, url) for label, url in json.loads(value)) if value else ()
