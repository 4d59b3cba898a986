"""Small things that must survive a restart: streaks, heartbeats, sources, used links, leases."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Call, SourceStatus
from bot.store import codec, sql, text
from bot.store.tables import table
from bot.store.tables_watch import HeartbeatRow, LeaseRow, NonceRow, SourceRow, StreakRow

_streaks = table(StreakRow)
_heartbeats = table(HeartbeatRow)
_sources = table(SourceRow)
_nonces = table(NonceRow)
_leases = table(LeaseRow)
_CALLS = {"ok": "ok_at", "start": "start_at", "fail": "fail_at", "warn": "warn_at"}


async def save_streak(
    connection: AsyncConnection, check: str, document: str, now: datetime
) -> None:
    """Replace what is known of a check's streak."""
    row = {"check_name": check, "document": text.words(document), "at": now}
    await sql.upsert(connection, _streaks, [row], ["check_name"])


async def streaks(connection: AsyncConnection) -> dict[str, str]:
    """By check."""
    rows = await sql.rows(connection, sa.select(_streaks))
    return {row["check_name"]: row["document"] for row in rows}


async def forget_streaks(connection: AsyncConnection, keep: Collection[str]) -> None:
    """Drop those of checks that are not in `keep`.

    Were such a check configured again while its service is down, it would take the outage for told.
    """
    kept = {text.name(check) for check in keep}
    names = await sql.rows(connection, sa.select(_streaks.c.check_name))
    for gone in (row["check_name"] for row in names if row["check_name"] not in kept):
        await connection.execute(sa.delete(_streaks).where(_streaks.c.check_name == gone))


async def beat(
    connection: AsyncConnection, name: str, what: str, at: datetime, message: str
) -> None:
    """Note a call; one that is older than what is known does not go back. ValueError: no such.

    The message is that of the last call that told how it went: not of a start.
    """
    if what not in _CALLS:
        raise ValueError(f"a heartbeat calls ok, start, fail or warn, not {what!r}")
    column = _CALLS[what]
    told = {} if what == "start" else {"message": message}
    values = {"name": name, "created_at": at, column: at, "message": "", **told}
    statement = sql.insert(connection, _heartbeats).values(**values)
    known = _heartbeats.c[column]
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={name: statement.excluded[name] for name in (column, *told)},
            where=sa.or_(known.is_(None), known <= statement.excluded[column]),
        )
    )


async def heartbeats(
    connection: AsyncConnection, names: Sequence[str], now: datetime
) -> dict[str, Call]:
    """By name; those that never called are known from now on, so that they can be missed."""
    new = [{"name": name, "created_at": now, "message": ""} for name in dict.fromkeys(names)]
    await sql.insert_new(connection, _heartbeats, new, ["name"])
    return await known_heartbeats(connection, names)


async def known_heartbeats(connection: AsyncConnection, names: Sequence[str]) -> dict[str, Call]:
    """By name, those that are known."""
    statement = sa.select(_heartbeats).where(_heartbeats.c.name.in_(list(names)))
    calls = [codec.from_row(Call, row) for row in await sql.rows(connection, statement)]
    return {call.name: call for call in calls}


async def sources(connection: AsyncConnection) -> list[SourceStatus]:
    """By name."""
    statement = sa.select(_sources).order_by(_sources.c.name)
    return [codec.from_row(SourceStatus, row) for row in await sql.rows(connection, statement)]


async def note_source(
    connection: AsyncConnection, name: str, at: datetime, error: str | None, cursor: str | None
) -> None:
    """Heard of, or failed. What is not said now stays as it was; an error "" clears it."""
    row: dict[str, Any] = {"name": name, "error_at" if error else "seen_at": at}
    if error is not None:
        row["error"] = error or None
    if cursor is not None:
        row["cursor"] = cursor
    await sql.upsert(connection, _sources, [row], ["name"])


async def use_once(
    connection: AsyncConnection, nonce: str, expires_at: datetime, now: datetime
) -> bool:
    """True the first time only, and never after it expired. Only a digest is kept."""
    if expires_at <= now:
        return False
    row = {"digest": _digest(nonce), "expires_at": expires_at}
    return await sql.insert_new(connection, _nonces, [row], ["digest"]) == 1


async def used(connection: AsyncConnection, nonce: str) -> bool:
    """Whether it was; those that expired are forgotten."""
    statement = sa.select(_nonces.c.digest).where(_nonces.c.digest == _digest(nonce))
    return bool(await sql.rows(connection, statement))


def _digest(nonce: str) -> str:
    return hashlib.sha256(nonce.encode("utf-8", "replace")).hexdigest()


async def forget_nonces(connection: AsyncConnection, now: datetime) -> None:
    """Drop those that have expired: they are refused without being known."""
    await connection.execute(sa.delete(_nonces).where(_nonces.c.expires_at < now))


async def lease(
    connection: AsyncConnection, name: str, owner: str, now: datetime, lasts: timedelta
) -> int | None:
    """Take or renew: the token, higher with every change of hands; None while another holds it."""
    statement = sql.insert(connection, _leases).values(
        name=name, owner=owner, until=now + lasts, token=1
    )
    mine = _leases.c.owner == statement.excluded.owner
    free = _leases.c.until <= now
    renewed = sa.case((sa.and_(mine, sa.not_(free)), _leases.c.token), else_=_leases.c.token + 1)
    taken = statement.on_conflict_do_update(
        index_elements=["name"],
        set_={
            "owner": statement.excluded.owner,
            "until": statement.excluded.until,
            "token": renewed,
        },
        where=sa.or_(mine, free),
    )
    token: int | None = (await connection.execute(taken.returning(_leases.c.token))).scalar()
    return token
