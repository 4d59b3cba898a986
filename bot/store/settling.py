"""What came of a try: recorded with its events in one transaction, if the token still holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.events import Event
from bot.core.page import PageState
from bot.ports import Delivery
from bot.store import inbox, sql
from bot.store.tables import OutboxRow, table

_outbox = table(OutboxRow)
_WENT = (PageState.SENT, PageState.DELIVERED)
_WAITS = (PageState.QUEUED, PageState.SENDING)


@dataclass(frozen=True, slots=True)
class Settlement:
    """The arguments of `Store.settle`."""

    state: PageState
    provider_id: str | None = None
    error: str | None = None
    due_at: datetime | None = None
    receipt_due_at: datetime | None = None
    uncounted: bool = False
    events: Sequence[tuple[str, Event]] = ()
    out_of_line: bool = False


async def settle(
    connection: AsyncConnection, delivery: Delivery, it: Settlement, now: datetime
) -> bool:
    """Record it. False, and nothing changed: somebody else owns the row by now."""
    mine = (_outbox.c.key == delivery.key, _outbox.c.token == delivery.token)
    found = await sql.rows(connection, sa.select(_outbox).where(*mine).with_for_update())
    if not found:
        return False
    row = found[0]
    moved_on = row["state"] != "sending"
    changes = _after_receipt(row, it, now) if moved_on else _after_try(row, it, now)
    await connection.execute(sa.update(_outbox).where(*mine).values(**changes))
    if it.events and (not moved_on or it.state in _WENT):
        await inbox.add(connection, it.events, now)
    return True


def _after_receipt(row: Mapping[str, Any], it: Settlement, now: datetime) -> dict[str, Any]:
    """A receipt was faster than our own answer: it stands, and only gaps are filled."""
    changes: dict[str, Any] = {"provider_id": row["provider_id"] or it.provider_id}
    if it.state in _WENT:
        changes["sent_at"] = row["sent_at"] or now
        changes["receipt_due_at"] = row["receipt_due_at"] or it.receipt_due_at
    return changes


def _after_try(row: Mapping[str, Any], it: Settlement, now: datetime) -> dict[str, Any]:
    changes: dict[str, Any] = {
        "state": it.state,
        "state_at": now,
        "provider_id": it.provider_id or row["provider_id"],
        "error": it.error,
        "attempts": max(0, row["attempts"] - it.uncounted),
        "lease_until": None,
        "place": None if it.out_of_line or it.state not in _WAITS else row["place"],
    }
    if it.state is PageState.SENDING:
        return changes | {
            "state_at": row["state_at"],
            "lease_until": it.due_at or now,
            "doubtful": True,
        }
    if it.state is PageState.QUEUED:
        return changes | {"due_at": it.due_at or now, "dirty": False}
    if row["dirty"]:
        # It changed while it was on its way: the newest version goes out as well.
        return changes | {"state": PageState.QUEUED, "due_at": now, "dirty": False, "attempts": 0}
    if it.state in _WENT:
        changes |= {"sent_at": row["sent_at"] or now, "receipt_due_at": it.receipt_due_at}
    return changes
