"""What a driver asks of the engine: one call that commits an event, and what it needs to parse."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.core.events import Event
from bot.core.policy import Policy
from bot.ports import Clock


class Notebook(Protocol):
    """The part of the store that keeps what is no event. Both raise StoreUnavailable."""

    async def beat(self, name: str, what: str, at: datetime, message: str) -> None:
        """A heartbeat called: `ok`, `warn`, `fail` or `start`."""
        ...

    async def note_source(
        self, name: str, at: datetime, *, error: str | None = None, cursor: str | None = None
    ) -> None:
        """A source was heard of (or got something wrong)."""
        ...


class Receiver(Protocol):
    """The engine, as the hooks and Twilio's routes see it."""

    @property
    def policy(self) -> Policy:
        """The configuration as it is now."""
        ...

    @property
    def clock(self) -> Clock:
        """Whose `now` goes into events."""
        ...

    @property
    def store(self) -> Notebook:
        """For heartbeats, and when a source was heard of."""
        ...

    async def receive(self, key: str, event: Event) -> bool:
        """Commit to the inbox; False if the key is known. Raises StoreUnavailable."""
        ...

    async def receive_all(self, events: Sequence[tuple[str, Event]]) -> int:
        """The same for several, all of them or none. Returns how many were new."""
        ...
