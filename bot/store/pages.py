"""Pages as rows of the outbox: the row is the page, there is no second truth."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.fairness import UNCOUNTED, SentPage
from bot.core.page import ASK_AFTER, IMPORTED, SILENT_AFTER, Page, PageState, Urgency
from bot.store import codec, sql
from bot.store.marks import note_silence
from bot.store.tables import OutboxRow, table

_outbox = table(OutboxRow)
_is_page = sql.reads(_outbox.c.kind, "page")

_FIELDS = [field.name for field in fields(Page)]
_CHANGEABLE = [name for name in _FIELDS if name not in ("key", "created_at")]
ASK_FOR = timedelta(hours=24)
"""A page without a receipt is asked about for this long."""
WAITED_AT_MOST = timedelta(days=1)
"""Older pages are not looked at when it is counted how many somebody got lately."""


def from_row(row: Mapping[str, Any]) -> Page:
    """The page that a row holds."""
    return codec.from_row(Page, row, incident=row["incident"] or 0)


def values(page: Page) -> dict[str, Any]:
    """A page's columns."""
    found = {name: getattr(page, name) for name in _FIELDS}
    found["urgency"] = int(page.urgency)
    if page.state is PageState.SENT and page.receipt_due_at is None:
        # It went out by a receipt that came before our own answer did: it is still to be asked.
        found["receipt_due_at"] = (page.sent_at or page.state_at or page.due_at) + ASK_AFTER
    return found


def new_row(page: Page) -> dict[str, Any]:
    """A new row for a page."""
    return {**values(page), "kind": "page", "payload": None, "rank": int(page.urgency)}


async def update(connection: AsyncConnection, pages: Sequence[Page]) -> None:
    """Write the new versions. Claims (token, lease, attempts) are the outbox's and stay."""
    if not pages:
        return
    changes: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in _CHANGEABLE}
    statement = sa.update(_outbox).where(_outbox.c.key == sa.bindparam("the_key")).values(changes)
    parameters = []
    for page in pages:
        found = values(page)
        parameters.append(
            {"the_key": page.key, **{f"new_{name}": found[name] for name in _CHANGEABLE}}
        )
    await connection.execute(statement, parameters)


async def of_scene(
    connection: AsyncConnection, numbers: Sequence[int], key: str | None
) -> list[Page]:
    """Pages of these incidents, the page `key` and those in its text; locked until the end.

    The lock keeps a page from being handed over while it is being cancelled.
    """
    wanted: list[sa.ColumnElement[bool]] = []
    if numbers:
        wanted.append(_outbox.c.incident.in_(list(numbers)))
    if key is not None:
        wanted += [_outbox.c.key == key, _outbox.c.bundled_into == key]
    if not wanted:
        return []
    statement = sa.select(_outbox).where(_is_page, sa.or_(*wanted)).order_by(_outbox.c.key)
    return [from_row(row) for row in await sql.rows(connection, statement.with_for_update())]


async def one(connection: AsyncConnection, key: str) -> Page | None:
    """The page of that key."""
    statement = sa.select(_outbox).where(_is_page, _outbox.c.key == key)
    found = await sql.rows(connection, statement)
    return from_row(found[0]) if found else None


async def carried(connection: AsyncConnection, key: str) -> list[Page]:
    """The page of that key and those whose words went out in it."""
    statement = sa.select(_outbox).where(
        _is_page, sa.or_(_outbox.c.key == key, _outbox.c.bundled_into == key)
    )
    return [from_row(row) for row in await sql.rows(connection, statement)]


async def of_incident(connection: AsyncConnection, number: int) -> list[Page]:
    """For a reader: oldest first."""
    statement = (
        sa.select(_outbox)
        .where(_is_page, _outbox.c.incident == number)
        .order_by(_outbox.c.created_at, _outbox.c.key)
    )
    return [from_row(row) for row in await sql.rows(connection, statement)]


def incidents_of(key: str) -> sa.Select[Any]:
    """Numbers of the incidents that a page, and the pages in its text, belong to."""
    return sa.select(_outbox.c.incident).where(
        _is_page,
        _outbox.c.incident.is_not(None),
        sa.or_(_outbox.c.key == key, _outbox.c.bundled_into == key),
    )


async def sharing_a_text(connection: AsyncConnection, numbers: Sequence[int]) -> set[int]:
    """Numbers of the incidents that a waiting text names together with one of these.

    Whether such a text may be cancelled depends on all of them.
    """
    theirs = sa.select(_outbox.c.bundled_into).where(
        _is_page, _outbox.c.incident.in_(list(numbers)), _outbox.c.bundled_into.is_not(None)
    )
    waiting = sa.select(_outbox.c.key).where(
        sql.reads(_outbox.c.state, "queued"), _outbox.c.key.in_(theirs)
    )
    statement = sa.select(_outbox.c.incident).where(
        _is_page, _outbox.c.bundled_into.in_(waiting), _outbox.c.incident.is_not(None)
    )
    return {row["incident"] for row in await sql.rows(connection, statement)}


async def recent(connection: AsyncConnection, people: Sequence[str], since: datetime) -> list[Page]:
    """Pages of these people that were handed over, or are being, since then."""
    being_sent = sa.and_(sql.reads(_outbox.c.state, "sending"), _outbox.c.claimed_at >= since)
    statement = (
        sa.select(_outbox)
        .where(_is_page, _outbox.c.person.in_(list(people)))
        .where(_outbox.c.created_at >= since - WAITED_AT_MOST)
        .where(sa.or_(_outbox.c.sent_at >= since, being_sent))
        .where(_outbox.c.reason != IMPORTED)
        .order_by(_outbox.c.created_at)
    )
    return [from_row(row) for row in await sql.rows(connection, statement)]


async def handed_over(
    connection: AsyncConnection, since: datetime, until: datetime
) -> list[SentPage]:
    """Every page of [since, until) that disturbed somebody, oldest first (`bot.core.fairness`)."""
    within = (_is_page, _outbox.c.sent_at >= since, _outbox.c.sent_at < until)
    statement = (
        sa.select(
            *(
                _outbox.c[name]
                for name in ("key", "person", "team", "channel", "sent_at", "reason")
            ),
            _outbox.c.incident,
        )
        .where(*within, _outbox.c.bundled_into.is_(None))
        .where(_outbox.c.urgency < int(Urgency.INFO), _outbox.c.reason.not_in(UNCOUNTED))
        .order_by(_outbox.c.sent_at)
    )
    carrier = _outbox.alias("carrier")
    named = sa.select(_outbox.c.bundled_into, _outbox.c.incident).join(
        carrier, carrier.c.key == _outbox.c.bundled_into
    )
    named = named.where(carrier.c.sent_at >= since, carrier.c.sent_at < until)
    several: dict[str, set[int]] = {}
    async for carrier_key, number in sql.each(connection, named):
        several.setdefault(carrier_key, set()).add(number or 0)
    found = []
    async for key, person, team, channel, sent_at, why, number in sql.each(connection, statement):
        numbers = tuple(sorted((several.get(key, set()) | {number or 0}) - {0}))
        found.append(SentPage(person, team or "", channel, sent_at, numbers, why == IMPORTED))
    return found


async def any_silent(connection: AsyncConnection, now: datetime) -> bool:
    """Whether there is one whose receipt is overdue."""
    overdue = sa.select(_outbox.c.key).where(
        _is_page, sql.reads(_outbox.c.state, "sent"), _outbox.c.receipt_due_at <= now
    )
    return (await connection.execute(overdue.limit(1))).first() is not None


async def silent(connection: AsyncConnection, now: datetime, limit: int) -> list[Page]:
    """Handed over, receipt overdue; each comes again in a minute, for a day."""
    due = (
        sa.select(_outbox)
        .where(_is_page, sql.reads(_outbox.c.state, "sent"), _outbox.c.receipt_due_at <= now)
        .order_by(_outbox.c.receipt_due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = [from_row(row) for row in await sql.rows(connection, due)]
    if not found:
        return []
    keys = [page.key for page in found]
    again = sa.case((_outbox.c.created_at > now - ASK_FOR, now + ASK_AFTER), else_=sa.null())
    await connection.execute(
        sa.update(_outbox).where(_outbox.c.key.in_(keys)).values(receipt_due_at=again)
    )
    await note_silence(connection, [page for page in found if _is_overdue(page, now)])
    return found


def _is_overdue(page: Page, now: datetime) -> bool:
    return page.sent_at is not None and now >= page.sent_at + SILENT_AFTER
