"""Commands beside a running bot: they commit an event, the bot decides it, they say what came."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.frame import USAGE, Stop, configured, known_person
from bot.core.events import Actor, Event
from bot.ports import Store
from config import Config

if TYPE_CHECKING:
    from bot.beside import Beside

LOOK_EVERY_SECONDS = 0.05
WAIT_SECONDS = 5.0
"""How long a running bot may take to decide an event."""
NOBODY = (
    "No running Midwatch decided it within {seconds:g} s. It is kept in the database and is "
    "decided as soon as one runs: start it with `midwatch run`, on this DATABASE_URL."
)

NOT_MIGRATED = (
    "The database is not there yet, or older than this version: start `midwatch run` (SQLite), "
    "or run `midwatch migrate` once. Is DATABASE_URL the one that Midwatch runs on?"
)


@asynccontextmanager
async def opened(path: Path | None) -> "AsyncIterator[tuple[Config, Beside]]":
    """The configuration, and the store with what stands around it. Raises Stop."""
    # Imported here: what is behind it takes a second, which `--help` need not wait for.
    from bot.beside import beside
    from bot.store import BadAddress, pending

    config = configured(path)
    try:
        behind = await pending(config.settings.database_url.get_secret_value())
    except BadAddress as bad:
        raise Stop(f"DATABASE_URL: {bad}.", USAGE) from None
    if behind:
        raise Stop(NOT_MIGRATED)
    async with beside(config, config.settings) as found:
        await found.engine.look_up_overrides()
        yield config, replace(found, policy=found.engine.policy)


def actor_of(person: str, config: Config) -> Actor:
    """A person at the command line. Raises Stop for one that there is not."""
    key = known_person(person, config)
    return Actor(key, "cli", config.people[key].name or key)


def fresh_key(what: str) -> str:
    """A key that no other event has."""
    return f"cli:{what}:{uuid.uuid4().hex}"


async def decided(
    beside: "Beside", key: str, event: Event, *, wait_seconds: float = WAIT_SECONDS
) -> None:
    """Commit the event and wait until a running bot decided it. Raises Stop if none does."""
    await beside.engine.receive(key, event)
    if not await _gone(beside.store, key, wait_seconds):
        raise Stop(NOBODY.format(seconds=wait_seconds))


async def _gone(store: Store, key: str, wait_seconds: float) -> bool:
    loop = asyncio.get_running_loop()
    ends = loop.time() + wait_seconds
    while await store.undecided([key]):
        if loop.time() >= ends:
            return False
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    return True
