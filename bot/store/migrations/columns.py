"""Short names for the columns that revisions make."""

from typing import Any

import sqlalchemy as sa

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def text_(name: str, *, null: bool = False) -> sa.Column[Any]:
    """Text."""
    return sa.Column(name, sa.Text(), nullable=null)


def time_(name: str, *, null: bool = False) -> sa.Column[Any]:
    """A moment."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def big_(name: str, *, null: bool = False, counts: bool = True) -> sa.Column[Any]:
    """A 64-bit number; as a primary key it counts by itself, unless told not to."""
    return sa.Column(name, NUMBER, nullable=null, autoincrement="auto" if counts else False)


def int_(name: str, *, null: bool = False) -> sa.Column[Any]:
    """A small number."""
    return sa.Column(name, sa.Integer(), nullable=null)


def flag_(name: str, *, null: bool = False) -> sa.Column[Any]:
    """Yes or no."""
    return sa.Column(name, sa.Boolean(), nullable=null)


def float_(name: str, *, null: bool = False) -> sa.Column[Any]:
    """Seconds, mostly."""
    return sa.Column(name, sa.Float(), nullable=null)


def when_(condition: str) -> dict[str, Any]:
    """The arguments of a partial index on both databases."""
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
