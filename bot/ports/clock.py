"""Time, passed in."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Time, passed in so that tests own it."""

    def now(self) -> datetime:
        """Wall-clock time, aware UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go backward."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait, on the monotonic clock."""
        ...
