"""What a driver asks of the engine: one call that commits an event, and what it needs to parse."""

from typing import Protocol

from bot.core.events import Event
from bot.core.policy import Policy
from bot.ports import Clock, Store


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
    def store(self) -> Store:
        """For what is no event: heartbeats and when a source was heard of."""
        ...

    async def receive(self, key: str, event: Event) -> bool:
        """Commit to the inbox; False if the key is known. Raises StoreUnavailable."""
        ...
