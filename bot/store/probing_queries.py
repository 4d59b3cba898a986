"""What probing keeps and asks: results, streaks, canaries, heartbeats."""

from collections.abc import Sequence
from datetime import datetime

from bot.ports import Call, Sighting, StoredResult, Uptime
from bot.store import facts, memory, results, upkeep
from bot.store.database import Database


class ProbingQueries:
    """See `bot.ports.Store`."""

    database: Database

    async def known_heartbeats(self, names: Sequence[str]) -> dict[str, Call]:
        """By name, those that are known; asking makes none."""
        return await self.database.read(lambda db: memory.known_heartbeats(db, names))

    async def add_results(self, results_: Sequence[StoredResult]) -> None:
        """Insert many at once."""
        await self.database.write(lambda db: results.add(db, results_))

    async def last_results(self) -> list[StoredResult]:
        """The newest of every check."""
        return await self.database.read(results.last)

    async def uptimes(self, since: datetime, now: datetime) -> list[Uptime]:
        """Good and bad results of every check; whole hours where only roll-ups are kept."""
        return await self.database.read(lambda db: results.uptimes(db, since, now))

    async def roll_up(self, now: datetime) -> None:
        """Roll up, and drop what is old, in many short transactions: nothing waits for it."""
        await upkeep.roll_up(self.database, now)

    async def save_streak(self, check: str, document: str, now: datetime) -> None:
        """A check's streak."""
        await self.database.write(lambda db: memory.save_streak(db, check, document, now))

    async def streaks(self) -> dict[str, str]:
        """Every streak by check."""
        return await self.database.read(memory.streaks)

    async def sighting(self) -> Sighting:
        """What is remembered of the canaries."""
        return await self.database.read(facts.sighting)

    async def note_sighting(self, at: datetime) -> None:
        """A canary answered."""
        await self.database.write(lambda db: facts.save(db, {facts.SEEN: at}))

    async def beat(self, name: str, what: str, at: datetime, message: str) -> None:
        """A heartbeat called: `ok`, `warn`, `fail` or `start`."""
        await self.database.write(lambda db: memory.beat(db, name, what, at, message))

    async def heartbeats(self, names: Sequence[str], now: datetime) -> dict[str, Call]:
        """By name; those unknown are created as of now."""
        known = await self.known_heartbeats(names)
        if set(names) <= set(known):
            return known
        return await self.database.write(lambda db: memory.heartbeats(db, names, now))
