"""What is known of people's addresses: unusable ones, and those that never give receipts."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.page import Page, PageState
from bot.core.scene import Mark
from bot.store import sql
from bot.store.tables import table
from bot.store.tables_watch import MarkRow

_marks = table(MarkRow)
Pair = tuple[str, str]

RECEIPTLESS_AFTER = timedelta(minutes=10)
"""How long the first unanswered message must have stayed silent: Twilio's `validity_period`.

Until then nobody knows whether the address gives no receipts or the message was lost, and the
silence counts as not paged.
"""


async def save(connection: AsyncConnection, marks: Sequence[Mark]) -> None:
    """Set or clear what makes an address unusable."""
    values = [
        {"person": it.person, "channel": it.channel, "mark": it.mark, "mark_at": it.at}
        for it in marks
    ]
    await sql.upsert(connection, _marks, values, ["person", "channel"])


async def note_addresses(connection: AsyncConnection, addresses: Mapping[Pair, str]) -> None:
    """These are the addresses now (digests). What was known of another one is forgotten."""
    question = sa.select(_marks.c.person, _marks.c.channel, _marks.c.address)
    known = {
        (row["person"], row["channel"]): row["address"]
        for row in await sql.rows(connection, question)
    }
    unseen = [pair for pair in sorted(addresses) if known.get(pair) is None]
    other = [
        pair
        for pair in sorted(addresses)
        if known.get(pair) is not None and known[pair] != addresses[pair]
    ]
    nothing = {"mark": None, "mark_at": None, "silent_since": None, "answered_at": None}
    for pairs, forgotten in ((unseen, {}), (other, nothing)):
        values = [
            {"person": person, "channel": channel, "address": addresses[person, channel]}
            | forgotten
            for person, channel in pairs
        ]
        await sql.upsert(connection, _marks, values, ["person", "channel"])


async def note_receipts(connection: AsyncConnection, pages: Sequence[Page]) -> None:
    """Pages whose provider said what became of them: these addresses do give receipts.

    A page that was never taken by the provider (no `provider_id`) has no receipt.
    """
    said = (PageState.DELIVERED, PageState.UNDELIVERED, PageState.FAILED)
    values = [
        {"person": it.person, "channel": it.channel, "answered_at": it.state_at or it.due_at}
        for it in pages
        if it.state in said and it.provider_id is not None
    ]
    await _first_time(connection, values, "answered_at")


async def note_silence(connection: AsyncConnection, pages: Sequence[Page]) -> None:
    """Pages that were asked about in vain."""
    values = [
        {"person": it.person, "channel": it.channel, "silent_since": it.sent_at} for it in pages
    ]
    await _first_time(connection, values, "silent_since")


async def load(
    connection: AsyncConnection, now: datetime
) -> tuple[dict[Pair, str], frozenset[Pair]]:
    """Unusable addresses with their mark, and those that never gave a receipt though asked."""
    unusable: dict[Pair, str] = {}
    receiptless: set[Pair] = set()
    for row in await sql.rows(connection, sa.select(_marks)):
        pair = (row["person"], row["channel"])
        if row["mark"] is not None:
            unusable[pair] = row["mark"]
        since = row["silent_since"]
        if since is not None and row["answered_at"] is None and since <= now - RECEIPTLESS_AFTER:
            receiptless.add(pair)
    return unusable, frozenset(receiptless)


async def _first_time(
    connection: AsyncConnection, values: Sequence[dict[str, Any]], column: str
) -> None:
    """Set the moment where none is noted yet. Rows are locked in one order everywhere."""
    by_pair = {(it["person"], it["channel"]): it for it in values}
    for pair in sorted(by_pair):
        statement = sql.insert(connection, _marks).values(**by_pair[pair])
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=["person", "channel"],
                set_={column: statement.excluded[column]},
                where=_marks.c[column].is_(None),
            )
        )
