"""The audit log's chain: sealing in one place at a time, and reading row by row what is stored.

A row's id is given before its transaction commits, so a higher id may be seen before a lower one.
Sealing therefore goes by what is visible and has no number yet, and never by a highest id seen:
no row is skipped, however late it is committed.
"""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core import audit
from bot.core.audit import GENESIS, Cell, Head, Row
from bot.core.events import Event
from bot.ports.audit import Anchor, Chain, Wanted
from bot.store import guards, inbox, memory, sql
from bot.store.database import Database
from bot.store.tables import EntryRow, table
from bot.store.tables_watch import AnchorRow

_entries = table(EntryRow)
_anchors = table(AnchorRow)
_unsealed = _entries.c.number.is_(None)

LEASE = "audit seal"
_COLUMNS = ("id", "kind", "by", "text", "incident", "service", "deployment", "facts")
_SQLITE_TIME = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{6})")
_UNTYPED = sa.types.NullType()


class SqlAuditLog:
    """`bot.ports.audit.AuditLog` on both databases."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def seal(self, owner: str, now: datetime, lasts: timedelta, limit: int) -> int | None:
        """The lease is renewed and the rows are sealed in ONE transaction: its row stays locked
        until the end, so an owner whose lease ran out meanwhile has written all or nothing."""
        if not await self.database.read(_any_waits):
            return 0
        return await self.database.write(lambda db: _seal(db, owner, now, lasts, limit))

    async def chain(self) -> Chain:
        """The head, and what waits to be sealed."""
        return await self.database.read(_chain)

    async def after(self, row: Row | None, limit: int) -> list[Row]:
        """By number, then id: somebody may have dropped the index that keeps numbers apart."""
        place = _entries.c.number, _entries.c.id
        statement = sa.select(*_raw(self._sqlite)).where(sa.not_(_unsealed))
        if row is not None:
            statement = statement.where(sa.tuple_(*place) > sa.tuple_(row.number, row.id))
        asked = statement.order_by(*place).limit(limit)
        return await self.database.read(lambda db: _rows(db, asked))

    async def newest(self, wanted: Wanted, before: int | None, limit: int) -> list[Row]:
        """Newest first by id, which never changes."""
        e = _entries.c
        asked = sa.select(*_raw(self._sqlite)).order_by(e.id.desc()).limit(limit)
        if wanted.since is not None:
            asked = asked.where(e.at >= wanted.since)
        if wanted.until is not None:
            asked = asked.where(e.at < wanted.until)
        if wanted.kind is not None:
            asked = asked.where(e.kind == wanted.kind)
        if wanted.service is not None:
            asked = asked.where(e.service == wanted.service)
        if before is not None:
            asked = asked.where(e.id < before)
        return await self.database.read(lambda db: _rows(db, asked))

    async def anchors(self, limit: int | None = None) -> list[Anchor]:
        """Newest first."""
        asked = sa.select(_anchors).order_by(_anchors.c.day.desc()).limit(limit)
        found = await self.database.read(lambda db: sql.rows(db, asked))
        return [Anchor(it["day"], Head(it["number"], it["hash"]), it["at"]) for it in found]

    async def anchor(self, anchor: Anchor, events: Sequence[tuple[str, Event]]) -> bool:
        """Once a day, whoever comes first."""

        async def keep(db: AsyncConnection) -> bool:
            head = anchor.head
            row = {"day": anchor.day, "number": head.number, "hash": head.hash, "at": anchor.at}
            new = await sql.insert_new(db, _anchors, [row], ["day"]) == 1
            if new:
                await inbox.add(db, events, anchor.at)
            return new

        return await self.database.write(keep)

    async def missing_guards(self) -> list[str]:
        """As the database tells."""
        return await self.database.read(lambda db: db.run_sync(guards.missing))

    @property
    def _sqlite(self) -> bool:
        return self.database.address.is_sqlite


async def _any_waits(db: AsyncConnection) -> bool:
    found = await db.execute(sa.select(_entries.c.id).where(_unsealed).limit(1))
    return found.first() is not None


async def _seal(
    db: AsyncConnection, owner: str, now: datetime, lasts: timedelta, limit: int
) -> int | None:
    if await memory.lease(db, LEASE, owner, now, lasts) is None:
        return None
    head = await _head(db)
    sqlite = db.dialect.name == "sqlite"
    asked = sa.select(*_raw(sqlite)).where(_unsealed).order_by(_entries.c.id).limit(limit)
    seals: list[dict[str, Any]] = []
    for row in await _rows(db, asked):
        head = audit.sealed(head, row)
        seals.append({"row": row.id, "its_number": head.number, "its_hash": head.hash})
    if seals:
        await db.execute(
            sa.update(_entries)
            .where(_entries.c.id == sa.bindparam("row"))
            .values(number=sa.bindparam("its_number"), hash=sa.bindparam("its_hash")),
            seals,
        )
    return len(seals)


async def _head(db: AsyncConnection) -> Head:
    e = _entries.c
    asked = sa.select(e.number, e.hash).where(sa.not_(_unsealed)).order_by(e.number.desc()).limit(1)
    found = (await db.execute(asked)).first()
    return GENESIS if found is None else Head(found[0], found[1])


async def _chain(db: AsyncConnection) -> Chain:
    asked = sa.select(sa.func.count(), sa.func.min(_entries.c.at)).where(_unsealed)
    waiting, oldest = (await db.execute(asked)).one()
    return Chain(await _head(db), waiting, oldest)


def _raw(sqlite: bool) -> list[sa.ColumnElement[Any]]:
    """Every column as it is stored, whatever its type became under somebody's hand."""
    at = (
        sa.type_coerce(_entries.c.at, _UNTYPED)
        if sqlite
        else sa.func.to_char(
            sa.func.timezone("UTC", _entries.c.at), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
        )
    )
    others = [sa.type_coerce(_entries.c[name], _UNTYPED).label(name) for name in _COLUMNS]
    seal = [sa.type_coerce(_entries.c[name], _UNTYPED).label(name) for name in ("number", "hash")]
    return [at.label("at"), *others, *seal]


async def _rows(db: AsyncConnection, asked: sa.Select[Any]) -> list[Row]:
    sqlite = db.dialect.name == "sqlite"
    async with _lenient(db) if sqlite else _strict():
        found = await sql.rows(db, asked)
    rows = [Row(**{name: _cell(value) for name, value in row.items()}) for row in found]
    if not sqlite:
        return rows
    return [_with_time(row) for row in rows]


def _with_time(row: Row) -> Row:
    """SQLite keeps text without an offset; only its usual form is taken for a time."""
    found = _SQLITE_TIME.fullmatch(row.at) if isinstance(row.at, str) else None
    if found is None:
        return row
    return replace(row, at=f"{found[1]}T{found[2]}Z")


@asynccontextmanager
async def _strict() -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def _lenient(db: AsyncConnection) -> AsyncIterator[None]:
    """Text that is not UTF-8, which only a hand can have put there, must not stop the reading."""
    driver = (await db.get_raw_connection()).driver_connection
    assert driver is not None
    driver.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = str


def _cell(value: Any) -> Cell:
    if value is None or type(value) is int:
        return value
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return "not UTF-8", value.encode("utf-8", "surrogateescape").hex()
        return value
    if isinstance(value, bytes):
        return "bytes", value.hex()
    return type(value).__name__, repr(value).encode().hex()
