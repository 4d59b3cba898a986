"""The outbox: what is to leave the process, claimed with a lease and a fencing token.

`queued` -> claimed: `sending` -> settled: `sent`, `failed`, `queued` again, or still `sending`
until somebody has asked the provider. A row whose lease ran out is stalled, and claimed anew.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.effects import (
    AnswerText,
    Effect,
    InLine,
    PostNotes,
    RefreshCard,
    RefreshThread,
    Reply,
    SendPage,
)
from bot.core.page import PageState
from bot.ports import Delivery
from bot.store import codec, pages, sql
from bot.store.tables import OutboxRow, table

log = logging.getLogger(__name__)
_outbox = table(OutboxRow)

ASKING_LEASE = timedelta(seconds=60)
"""How long a stalled row belongs to whoever asks the provider about it."""
PASSIVE, NOT_UNDERSTOOD = "passive", "not_understood"
"""The `reason` of an answer to a text that changed nothing."""
UNREADABLE_WAIT = timedelta(seconds=30)
HURRIED_EVERY = timedelta(seconds=30)
"""How long what is first in line rests before news behind it have it tried again."""
_RANKS = {"thread": 1, "card": 1, "trigger": 1, "answer_text": 1, "answer_slack": 1}
"""What goes first among the rows that are due; a page's rank is its urgency."""
_EDITED = (RefreshThread, PostNotes, RefreshCard)
_COLUMNS: dict[str, Any] = {column.name: None for column in _outbox.columns if column.nullable} | {
    "attempts": 0,
    "token": 0,
    "dirty": False,
    "doubtful": False,
}
_COLUMNS |= {"step": 0, "fell_back": False, "silent": False}


async def add(connection: AsyncConnection, effects: Sequence[Effect], now: datetime) -> None:
    """One row an effect. Known keys are left alone, but what is edited in place is queued again."""
    edited = [_row(effect, now) for effect in effects if isinstance(effect, _EDITED)]
    others = [_row(effect, now) for effect in effects if not isinstance(effect, _EDITED)]
    await sql.insert_new(connection, _outbox, others, ["key"])
    for row in edited:
        await _queue_thread(connection, row, now)
    await _hurry(connection, {row["place"] for row in others if row["place"]}, now)


async def _hurry(connection: AsyncConnection, places: Collection[str], now: datetime) -> None:
    """What is first in line is tried at once where news wait behind it, as they would be.

    Not with each of many: its tries would be used up while Slack is away.
    """
    if places:
        later, tried_at = _outbox.c.due_at > now, _outbox.c.state_at
        # Tried after now: the clock was set back since.
        rested = sa.or_(tried_at <= now - HURRIED_EVERY, tried_at > now)
        first = sa.update(_outbox).where(_outbox.c.place.in_(sorted(places)), later, rested)
        await connection.execute(
            first.where(sql.reads(_outbox.c.state, "queued")).values(due_at=now)
        )


def _row(effect: Effect, now: datetime) -> dict[str, Any]:
    if isinstance(effect, SendPage):
        return {**_COLUMNS, **pages.new_row(effect.page)}
    answered = {"person": effect.person} if isinstance(effect, AnswerText) else {}
    passive = {}
    if isinstance(effect, AnswerText) and effect.passive:
        passive = {"reason": PASSIVE if effect.understood else NOT_UNDERSTOOD}
    return {
        **_COLUMNS,
        **answered,
        **passive,
        "key": effect.key,
        "kind": effect.kind,
        "payload": codec.effect_to_json(effect),
        "place": effect.place if isinstance(effect, InLine) else None,
        "incident": effect.number if isinstance(effect, RefreshThread | Reply) else None,
        "rank": _RANKS.get(effect.kind, 2),
        "state": PageState.QUEUED,
        "created_at": now,
        "due_at": now,
        "state_at": now,
    }


async def _queue_thread(connection: AsyncConnection, row: dict[str, Any], now: datetime) -> None:
    """One row a message: waiting, it stays; being sent, it is sent again; sent, it waits anew."""
    waits = sql.reads(_outbox.c.state, "queued")
    on_its_way = sql.reads(_outbox.c.state, "sending")
    statement = sql.insert(connection, _outbox).values(**row)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "dirty": on_its_way,
                "state": sa.case((on_its_way, "sending"), else_="queued"),
                "due_at": sa.case((waits, _outbox.c.due_at), else_=now),
                "attempts": sa.case((waits | on_its_way, _outbox.c.attempts), else_=0),
            },
        )
    )


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[Delivery]:
    """Queued rows that are due, most urgent and oldest first, locked; locked ones are skipped.

    Of what is posted in one place only the first in line: it is told in the order of the facts.
    """
    line = _outbox.alias()
    first = (
        sa.select(line.c.key)
        .where(line.c.place == _outbox.c.place)
        # A replica of a version that knew no lines settles a row and leaves it where it stood.
        .where(line.c.state.in_(("queued", "sending")))
        .order_by(line.c.created_at, line.c.key)
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        sa.select(_outbox)
        .where(sql.reads(_outbox.c.state, "queued"), _outbox.c.due_at <= now)
        .where(sa.or_(_outbox.c.place.is_(None), _outbox.c.key == first))
        .order_by(_outbox.c.rank, _outbox.c.due_at, _outbox.c.created_at, _outbox.c.key)
        .limit(limit)
        .with_for_update(skip_locked=True, of=_outbox)
    )
    return await _readable(connection, await sql.rows(connection, statement), now)


async def claim(
    connection: AsyncConnection, keys: Sequence[str], now: datetime, lease: timedelta
) -> list[Delivery]:
    """Queued rows become ours: `sending`, with a new token and a lease. In the order of `keys`."""
    if not keys:
        return []
    first_doubt = sa.and_(_outbox.c.doubtful, _outbox.c.claimed_at.is_not(None))
    statement = (
        sa.update(_outbox)
        .where(_outbox.c.key.in_(list(keys)), sql.reads(_outbox.c.state, "queued"))
        .values(
            state="sending",
            state_at=now,
            token=_outbox.c.token + 1,
            attempts=_outbox.c.attempts + 1,
            lease_until=now + lease,
            claimed_at=sa.case((first_doubt, _outbox.c.claimed_at), else_=now),
            dirty=False,
        )
        .returning(_outbox)
    )
    found = await _readable(connection, await sql.rows(connection, statement), now)
    order = {key: index for index, key in enumerate(keys)}
    return sorted(found, key=lambda delivery: order.get(delivery.key, len(order)))


async def any_stalled(connection: AsyncConnection, now: datetime) -> bool:
    """Whether there is a row whose lease ran out."""
    lost = sa.select(_outbox.c.key).where(
        sql.reads(_outbox.c.state, "sending"), _outbox.c.lease_until <= now
    )
    return (await connection.execute(lost.limit(1))).first() is not None


async def stalled(connection: AsyncConnection, now: datetime, limit: int) -> list[Delivery]:
    """Rows whose owner vanished, under a new token. When they were claimed stays known."""
    lost = (
        sa.select(_outbox.c.key)
        .where(sql.reads(_outbox.c.state, "sending"), _outbox.c.lease_until <= now)
        .order_by(_outbox.c.lease_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    keys = [row["key"] for row in await sql.rows(connection, lost)]
    if not keys:
        return []
    statement = (
        sa.update(_outbox)
        .where(_outbox.c.key.in_(keys))
        .values(token=_outbox.c.token + 1, lease_until=now + ASKING_LEASE, doubtful=True)
        .returning(_outbox)
    )
    return await _readable(connection, await sql.rows(connection, statement), now)


async def abandon(connection: AsyncConnection, now: datetime) -> int:
    """Whoever was sending is dead: every lease ends now. Returns how many rows are stalled."""
    mid_air = sa.update(_outbox).where(
        sql.reads(_outbox.c.state, "sending"), _outbox.c.lease_until > now
    )
    return (await connection.execute(mid_air.values(lease_until=now))).rowcount


async def passive_answers(
    connection: AsyncConnection, person: str, since: datetime
) -> tuple[tuple[datetime, ...], tuple[datetime, ...]]:
    """When this person was answered since then to commands that changed nothing, and to texts that
    were none.
    """
    statement = sa.select(_outbox.c.created_at, _outbox.c.reason).where(
        _outbox.c.kind == "answer_text",
        _outbox.c.state_at >= since,  # never earlier than created_at, and indexed
        _outbox.c.created_at > since,
        _outbox.c.person == person,
        _outbox.c.reason.in_((PASSIVE, NOT_UNDERSTOOD)),
    )
    rows = await sql.rows(connection, statement)
    understood = tuple(row["created_at"] for row in rows if row["reason"] == PASSIVE)
    others = tuple(row["created_at"] for row in rows if row["reason"] == NOT_UNDERSTOOD)
    return understood, others


async def forget(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """Drop answers and posts that were over before then (pages and threads are history)."""
    kinds = ["answer_text", "answer_slack", "fetch_commits", "reply", "post"]
    kinds += ["notes", "notes_reply", "read_migrations", "card_reply", "picture", "streak"]
    old = (
        sa.select(_outbox.c.key)
        .where(_outbox.c.kind.in_(kinds), _outbox.c.state_at < before)
        .where(_outbox.c.state.in_(("sent", "failed", "cancelled")))
        .limit(limit)
    )
    done = await connection.execute(sa.delete(_outbox).where(_outbox.c.key.in_(old)))
    return done.rowcount


async def _readable(
    connection: AsyncConnection, rows: Sequence[Mapping[str, Any]], now: datetime
) -> list[Delivery]:
    """What only a newer version can read is put off, so that it blocks nobody here."""
    found, strange = [], []
    for row in rows:
        try:
            found.append(_delivery(row))
        except codec.Unreadable as unreadable:
            log.warning("outbox row %s cannot be read: %s", row["key"], unreadable)
            strange.append(row["key"])
    if strange:
        later = now + UNREADABLE_WAIT
        await connection.execute(
            sa.update(_outbox)
            .where(_outbox.c.key.in_(strange))
            .values(due_at=later, lease_until=later, place=None)
        )
    return found


def _delivery(row: Mapping[str, Any]) -> Delivery:
    effect: Effect = (
        SendPage(pages.from_row(row))
        if row["kind"] == "page"
        else codec.effect_from_json(row["payload"])
    )
    return Delivery(
        key=row["key"],
        effect=effect,
        state=PageState(row["state"]),
        due_at=row["due_at"],
        created_at=row["created_at"],
        attempts=row["attempts"],
        token=row["token"],
        claimed_at=row["claimed_at"],
        provider_id=row["provider_id"],
        error=row["error"],
        doubtful=row["doubtful"],
    )
