"""The inbox: events that were received, until they are decided."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.events import Event
from bot.ports import InboxRow
from bot.store import codec, sql, text
from bot.store.tables import EventRow, table

log = logging.getLogger(__name__)
_events = table(EventRow)

SIGNAL = "signal_reported"

PATIENCE = timedelta(seconds=2)
"""What has waited this long is a queue: from there on outages go before everything else.

Not before: a deployment that was reported just ahead of the outage must be known to its link.
"""
LATELY = timedelta(minutes=1)
UNREADABLE_WAIT = timedelta(seconds=30)
UNREADABLE_TRIES = 2880
"""An event that only a newer version can read is left to it: offered again for a day."""


async def add(
    connection: AsyncConnection, events: Sequence[tuple[str, Event]], now: datetime
) -> int:
    """Insert those whose key is new; returns how many."""
    values = [
        {
            "key": key,
            "kind": event.kind,
            "payload": codec.event_to_json(event),
            "received_at": now,
            "due_at": now,
            "attempts": 0,
            "failed": False,
        }
        for key, event in events
    ]
    return await sql.insert_new(connection, _events, values, ["key"])


async def take(connection: AsyncConnection, now: datetime) -> InboxRow | None:
    """Lock the oldest one that waits and is due. What others have locked is skipped.

    In a queue (see `PATIENCE`) the oldest word of a check or an alert goes first: no outage waits
    behind a flood of deployments or receipts. Those words keep their order.
    """
    waiting = (
        sa.select(_events)
        .where(_events.c.done_at.is_(None), _events.c.failed.is_(False), _events.c.due_at <= now)
        .order_by(_events.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    queued = _events.c.received_at <= now - PATIENCE
    signal = waiting.where(sql.reads(_events.c.kind, SIGNAL), queued)
    while found := await sql.rows(connection, waiting):
        row = found[0]
        if row["kind"] != SIGNAL and row["received_at"] <= now - PATIENCE:
            row = next(iter(await sql.rows(connection, signal)), row)
        try:
            event = codec.event_from_json(row["payload"])
        except codec.Unreadable as unreadable:
            log.warning("event %s cannot be read: %s", row["key"], unreadable)
            give_up = row["attempts"] + 1 >= UNREADABLE_TRIES
            await postpone(connection, row["id"], now + UNREADABLE_WAIT, str(unreadable), give_up)
            continue
        return InboxRow(row["id"], row["key"], event, row["received_at"], row["attempts"])
    return None


async def finish(connection: AsyncConnection, id_: int, now: datetime) -> None:
    """It was decided."""
    done = sa.update(_events).where(_events.c.id == id_).values(done_at=now, error=None)
    await connection.execute(done)


async def postpone(
    connection: AsyncConnection, id_: int, until: datetime, error: str, give_up: bool
) -> None:
    """It could not be decided: offered again from `until` on, or kept as failed."""
    await connection.execute(
        sa.update(_events)
        .where(_events.c.id == id_, _events.c.done_at.is_(None))
        .values(attempts=_events.c.attempts + 1, due_at=until, error=error, failed=give_up)
    )


async def undecided(connection: AsyncConnection, keys: Sequence[str]) -> list[str]:
    """Those of `keys` that were not decided: unknown, waiting, or failed."""
    if not keys:
        return []
    decided = sa.select(_events.c.key).where(
        _events.c.key.in_(list(keys)), _events.c.done_at.is_not(None)
    )
    known = {row["key"] for row in await sql.rows(connection, decided)}
    return [key for key in keys if text.name(key) not in known]


async def in_turn(connection: AsyncConnection, keys: Sequence[str], since: datetime) -> list[str]:
    """Those of `keys` that only wait for their turn: never tried, while others are decided.

    Somebody has decided an event since then; if nobody has, nothing has a turn.
    """
    # A clock that was set back leaves rows of the future: those say nothing about now.
    lately = _events.c.done_at.between(since, since + LATELY)
    decided = sa.select(_events.c.id).where(lately).limit(1)
    if not keys or not await sql.rows(connection, decided):
        return []
    waiting = sa.select(_events.c.key).where(
        _events.c.key.in_(list(keys)),
        _events.c.done_at.is_(None),
        _events.c.failed.is_(False),
        _events.c.attempts == 0,
    )
    known = {row["key"] for row in await sql.rows(connection, waiting)}
    return [key for key in keys if text.name(key) in known]


async def forget(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """Drop events that were decided before then, `limit` at most; returns how many."""
    old = sa.select(_events.c.id).where(_events.c.done_at < before).limit(limit)
    done = await connection.execute(sa.delete(_events).where(_events.c.id.in_(old)))
    return done.rowcount
