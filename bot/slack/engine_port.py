"""What the listeners ask of the engine: one call that commits an event, and what they read."""

from typing import Protocol

from bot.core.events import Event
from bot.core.policy import Policy
from bot.ports import Clock, Store


class EnginePort(Protocol):
    """The engine, as Slack's listeners see it."""

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
        """For questions, which change nothing."""
        ...

    async def receive(self, key: str, event: Event) -> bool:
        """Commit to the inbox; False if the key is known. Raises StoreUnavailable."""
        ...
