"""The journal: every change of the sandbox in order, to read, to wait for and to stream."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. `kind` is a short word (`text`, `message`, `call` …), `data` is JSON."""

    number: int
    at: datetime
    kind: str
    data: dict[str, Any]


class Journal:
    """Append-only, the latest `capacity` entries kept. Used from one event loop."""

    def __init__(self, now: Callable[[], datetime], capacity: int = 5000) -> None:
        self._now = now
        self._entries: deque[Entry] = deque(maxlen=capacity)
        self._changed = asyncio.Event()
        self.number = 0
        self.closed = False

    def note(self, kind: str, **data: Any) -> Entry:
        """Append an entry and wake everybody who follows."""
        self.number += 1
        entry = Entry(self.number, self._now(), kind, data)
        self._entries.append(entry)
        self._wake()
        return entry

    def entries(self, kind: str | None = None, *, since: int = 0) -> list[Entry]:
        """Entries with a number above `since`, oldest first, of one kind if asked."""
        return [e for e in self._entries if e.number > since and kind in (None, e.kind)]

    async def wait_for(
        self,
        condition: Callable[[Entry], bool],
        *,
        since: int = 0,
        timeout_seconds: float = 5.0,
    ) -> Entry:
        """Return the first entry above `since` that meets the condition, past or future.

        Raises TimeoutError after `timeout_seconds` of real time.
        """
        async with asyncio.timeout(timeout_seconds):
            async for entry in self.follow(since):
                if condition(entry):
                    return entry
        raise TimeoutError("the sandbox was closed")

    async def until(self, condition: Callable[[], bool], *, timeout_seconds: float = 5.0) -> None:
        """Wait until the condition holds; looked at again after every change.

        Raises TimeoutError after `timeout_seconds` of real time.
        """
        async with asyncio.timeout(timeout_seconds):
            while not condition():
                await self._changed.wait()

    async def follow(self, since: int = 0) -> AsyncIterator[Entry]:
        """Yield every entry above `since`, then new ones as they come, until closed."""
        while not self.closed:
            changed = self._changed
            for entry in self.entries(since=since):
                since = entry.number
                yield entry
            if changed is self._changed:
                await changed.wait()

    def close(self) -> None:
        """End every follower."""
        self.closed = True
        self._wake()

    def _wake(self) -> None:
        woken, self._changed = self._changed, asyncio.Event()
        woken.set()
