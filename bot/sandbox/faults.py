"""Faults on demand: how a provider misbehaves, and the gate that does it to requests.

A gate wraps a whole API, so that every method of it fails the same way as in real life: before it
did anything (`DOWN`, `REFUSED`, `HANG`, `RATE_LIMITED`, `ERROR`) or after (`DROP_AFTER_ACCEPT`,
`HANG_AFTER_ACCEPT`: the message exists although the caller saw an error).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DROP_EXTENSION = "midwatch.sandbox.drop"


class Fault(StrEnum):
    """What happens to a request."""

    DOWN = "down"
    REFUSED = "refused"
    HANG = "hang"
    RATE_LIMITED = "rate_limited"
    ERROR = "error"
    DROP_AFTER_ACCEPT = "drop_after_accept"
    HANG_AFTER_ACCEPT = "hang_after_accept"


BEFORE_THE_FACT = frozenset({Fault.DOWN, Fault.REFUSED, Fault.RATE_LIMITED, Fault.ERROR})


@dataclass
class _Standing:
    fault: Fault
    times: int | None
    match: str
    retry_after_seconds: int


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that applies to one request."""

    fault: Fault
    retry_after_seconds: int


class Faults:
    """The faults that stand at the moment. Each applies to requests that contain `match`."""

    def __init__(self, changed: Callable[[str | None], object] = lambda fault: None) -> None:
        self._standing: list[_Standing] = []
        self._changed = changed
        self._released = asyncio.Event()

    def set(
        self,
        fault: Fault | str,
        *,
        times: int | None = None,
        match: str = "",
        retry_after_seconds: int = 1,
    ) -> None:
        """Let requests fail: the next `times` of them, or all until `clear()`.

        `match` is a part of `"POST /path"`, for instance `"chat.postMessage"` or `"POST"`.
        """
        kind = Fault(fault)
        self._standing.append(_Standing(kind, times, match, retry_after_seconds))
        self._changed(kind.value)

    def clear(self) -> None:
        """Mend everything; requests that hang are dropped."""
        self._standing.clear()
        self.release()
        self._changed(None)

    def release(self) -> None:
        """Let go of the requests that hang at the moment."""
        self._released.set()
        self._released = asyncio.Event()

    @property
    def active(self) -> list[str]:
        """The names of the faults that stand."""
        return [standing.fault.value for standing in self._standing]

    def take(self, request_line: str) -> Struck | None:
        """The fault for this request (`"POST /path"`), counted down."""
        for standing in self._standing:
            if standing.match in request_line:
                self._count_down(standing)
                return Struck(standing.fault, standing.retry_after_seconds)
        return None

    def _count_down(self, standing: _Standing) -> None:
        if standing.times is None:
            return
        standing.times -= 1
        if standing.times <= 0:
            self._standing.remove(standing)
            self._changed(None)

    async def hang(self) -> None:
        """Wait until the faults are cleared."""
        await self._released.wait()


class FaultGate:
    """ASGI: asks `faults` about every request before and after the API behind it."""

    def __init__(self, app: ASGIApp, faults: Faults, answer: Callable[[Struck], Response]) -> None:
        self._app = app
        self._faults = faults
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        struck = self._faults.take(f"{scope['method']} {scope['path']}")
        if struck is None:
            await self._app(scope, receive, send)
        elif struck.fault in BEFORE_THE_FACT - {Fault.REFUSED}:
            await self._answer(struck)(scope, receive, send)
        else:
            await self._break(struck.fault, scope, receive)

    async def _break(self, fault: Fault, scope: Scope, receive: Receive) -> None:
        """Leave the caller without an answer."""
        if fault in (Fault.DROP_AFTER_ACCEPT, Fault.HANG_AFTER_ACCEPT):
            await self._app(scope, receive, _swallow)
        if fault in (Fault.HANG, Fault.HANG_AFTER_ACCEPT):
            await self._until_gone(receive)
        drop = scope.get("extensions", {}).get(DROP_EXTENSION)
        if drop is not None:
            drop()
            await asyncio.sleep(0)

    async def _until_gone(self, receive: Receive) -> None:
        """Return when the caller hung up or the faults were cleared."""
        waits = [
            asyncio.ensure_future(_disconnected(receive)),
            asyncio.ensure_future(self._faults.hang()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


async def _swallow(message: Message) -> None:
    """A `send` that nobody hears."""


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
