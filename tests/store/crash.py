"""A process that stops in the middle of a transaction: run by `test_crash`, killed by it.

    python -m tests.store.crash URL "UPDATE events"

It says `stopped` once it stands before the first statement that begins so, and then waits.
If there is none, it commits and says `committed`, or `on the disk` if a commit waits for that.
"""

import asyncio
import sys
from typing import Any

import sqlalchemy as sa

from bot.core.effects import RefreshThread, SendPage
from bot.core.scene import Decision, Need
from bot.store import SqlStore, open_store
from tests.store.world import (
    NOW,
    TestClock,
    deployment,
    entry,
    incident,
    link_to,
    page,
    signal,
)

DECISION = Decision(
    incidents=(incident(1, link=link_to(deployment())),),
    signals=(signal(),),
    deployments=(deployment(),),
    effects=(SendPage(page("a")), SendPage(page("b")), RefreshThread(1)),
    entries=(entry(),),
    troubles={"twilio": NOW},
)
DURABLE = {"sqlite": ("PRAGMA synchronous", 2), "postgresql": ("SHOW synchronous_commit", "on")}


async def decide(store: SqlStore) -> bool:
    """One event, as the engine does it. False: there was none."""
    async with store.transaction() as tx:
        row = await tx.next_event(NOW)
        if row is None:
            return False
        await tx.scene(Need(services=("checkout",), linked=("checkout",)), NOW)
        await tx.save(DECISION, NOW)
        await tx.finish_event(row.id, NOW)
    return True


def stop_before(store: SqlStore, beginning: str) -> None:
    """Say so and stand still before that statement of the transaction."""

    @sa.event.listens_for(store.database.writer.sync_engine, "before_cursor_execute")
    def look(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(beginning):
            print("stopped", flush=True)
            sys.stdin.read()  # until killed


async def waits_for_the_disk(store: SqlStore) -> bool:
    """Whether a commit does, as the database itself says."""
    ask, good = DURABLE[store.database.writer.dialect.name]
    async with store.database.writer.connect() as connection:
        found = (await connection.exec_driver_sql(ask)).scalar_one()
    return bool(found == good)


async def main(url: str, beginning: str) -> None:
    store = open_store(url, clock=TestClock())
    stop_before(store, beginning)
    await decide(store)
    print("on the disk" if await waits_for_the_disk(store) else "committed", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
