"""What probing keeps and asks, as the drivers see it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.ports.records import Call, Sighting, StoredResult, Uptime


class Probed(Protocol):
    """Part of `bot.ports.Store`: every method may raise StoreUnavailable."""

    async def add_results(self, results: Sequence[StoredResult]) -> None:
        """Insert many at once."""
        ...

    async def last_results(self) -> list[StoredResult]:
        """The newest result of every check."""
        ...

    async def uptimes(self, since: datetime, now: datetime) -> list[Uptime]:
        """Per check, from raw results and hourly roll-ups."""
        ...

    async def roll_up(self, now: datetime) -> None:
        """Hourly roll-ups of raw results; drops raw ones after 48 h, roll-ups after 13 months."""
        ...

    async def save_streak(self, check: str, document: str, now: datetime) -> None:
        """A check's streak, before its next recheck."""
        ...

    async def streaks(self) -> dict[str, str]:
        """Every stored streak by check."""
        ...

    async def sighting(self) -> Sighting:
        """What is remembered of the canaries."""
        ...

    async def note_sighting(self, at: datetime) -> None:
        """A canary answered."""
        ...

    async def beat(self, name: str, what: str, at: datetime, message: str) -> None:
        """A heartbeat called: `ok`, `warn`, `fail` or `start`."""
        ...

    async def heartbeats(self, names: Sequence[str], now: datetime) -> dict[str, Call]:
        """Calls by name; unknown names are created as of now."""
        ...
