"""Housekeeping: hourly roll-ups and the end of what is old, in transactions too short to notice."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import inbox, memory, outbox, pushes, results, signals
from bot.store.database import Database

EVENTS_FOR = timedelta(days=30)
"""An event's key is known for this long: a webhook repeated later is decided again, harmlessly."""
ANSWERS_FOR = timedelta(days=90)
PUSHES_FOR = timedelta(days=60)
ENDED_ALERTS_FOR = timedelta(days=1)
AT_ONCE = 5000


async def roll_up(database: Database, now: datetime) -> None:
    """Roll up full hours, then drop what is past its time. Safe to run at any time, anywhere."""
    for hour in await database.read(lambda db: results.unrolled_hours(db, now)):
        await _one_hour(database, hour)
    await _while_full(database, lambda db: results.forget_raw(db, now, AT_ONCE))
    await _while_full(database, lambda db: inbox.forget(db, now - EVENTS_FOR, AT_ONCE))
    await _while_full(database, lambda db: outbox.forget(db, now - ANSWERS_FOR, AT_ONCE))
    await database.write(lambda db: results.forget_hours(db, now))
    await database.write(lambda db: memory.forget_nonces(db, now))
    await database.write(lambda db: pushes.forget(db, now - PUSHES_FOR))
    await database.write(lambda db: signals.forget_ended(db, now - ENDED_ALERTS_FOR))


async def _one_hour(database: Database, hour: datetime) -> None:
    await database.write(lambda db: results.roll_up_hour(db, hour))


async def _while_full(
    database: Database, forget: Callable[[AsyncConnection], Awaitable[int]]
) -> None:
    while await database.write(forget) >= AT_ONCE:
        pass
