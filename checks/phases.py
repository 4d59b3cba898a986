"""How long name, connection and TLS handshake take, measured on a connection of their own.

The HTTP library gives no phases. They matter when something is wrong, so they are measured then:
by `midwatch probe`, after a failure, and beside an answer that is long in coming.
"""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from checks import Seconds, lookup
from checks.handshake import only_reading

FAMILIES: dict[int | None, int] = {None: 0, 4: socket.AF_INET, 6: socket.AF_INET6}
"""What the option `ip` means to the system."""
NO_LIMIT_SECONDS = 24 * 3600.0
"""The caller keeps the deadline; asyncio's own of a minute would look like a server's doing."""


@dataclass(frozen=True, slots=True)
class Where:
    """The other end of a connection. `family`: socket.AF_INET, AF_INET6, or 0 for either."""

    host: str
    port: int
    tls: bool = False
    family: int = 0


@dataclass(slots=True)
class Taken:
    """Seconds that the phases took; None for those that were not passed (yet)."""

    dns: float | None = None
    connect: float | None = None
    tls: float | None = None


async def measure(
    host: str,
    port: int,
    tls: bool,
    timeout: float,  # noqa: ASYNC109 -- the time is part of the question
    family: int = 0,
) -> Seconds:
    """The phases that were passed within `timeout` seconds; None for the others. Never raises."""
    taken = Taken()
    with contextlib.suppress(OSError, UnicodeError, TimeoutError):
        async with asyncio.timeout(timeout):
            await _pass_through(Where(host, port, tls, family), taken)
    return Seconds(dns=taken.dns, connect=taken.connect, tls=taken.tls)


async def _pass_through(where: Where, taken: Taken) -> None:
    connection = await connect(where, taken)
    if not where.tls:
        connection.close()
        return
    started = time.monotonic()
    async with shaken_hands(connection, where.host):
        taken.tls = time.monotonic() - started


async def connect(where: Where, taken: Taken) -> socket.socket:
    """A connection to the first address of the host that takes one, timed; the caller closes it.

    Raises the OSError of the last address, or UnicodeError for a name that cannot be one.
    """
    started = time.monotonic()
    found = await _addresses(where)
    taken.dns = time.monotonic() - started
    refusal = OSError("the name has no address")
    for family, address in found:
        started = time.monotonic()
        try:
            connection = await _connected(family, address)
        except OSError as error:
            refusal = error
        else:
            taken.connect = time.monotonic() - started
            return connection
    raise refusal


async def _addresses(where: Where) -> list[lookup.Address]:
    """Addresses as they stand need no resolver, and so no thread that one could block."""
    with contextlib.suppress(ValueError):
        literal = ipaddress.ip_address(where.host)
        family = socket.AF_INET if literal.version == 4 else socket.AF_INET6
        if where.family in (0, family):
            return [(family, (where.host, where.port))]
    return await lookup.addresses(where.host, where.port, where.family)


async def _connected(family: int, address: Any) -> socket.socket:
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, address)
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.asynccontextmanager
async def shaken_hands(
    connection: socket.socket, host: str, context: ssl.SSLContext | None = None
) -> AsyncIterator[ssl.SSLObject]:
    """TLS on this connection, by default without trust; the connection is closed afterwards."""
    context = context or only_reading()
    _, writer = await asyncio.open_connection(
        sock=connection,
        ssl=context,
        server_hostname=host,
        ssl_handshake_timeout=NO_LIMIT_SECONDS,
    )
    try:
        yield writer.get_extra_info("ssl_object")
    finally:
        writer.transport.abort()


@dataclass(slots=True)
class Measuring:
    """Measures beside a probe: from half of its time on, if it is still waiting for an answer.

    So a time-out knows how far it got, and a quick answer costs one timer.
    """

    where: Where | None
    limit: float
    _task: asyncio.Task[Seconds] | None = field(default=None, init=False)
    _timer: asyncio.TimerHandle | None = field(default=None, init=False)

    async def __aenter__(self) -> Self:
        if self.where is not None:
            self._timer = asyncio.get_running_loop().call_later(
                self.limit / 2, self._start, self.limit * 0.4
            )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _start(self, timeout: float) -> None:
        if self.where is not None and self._task is None:
            where = self.where
            self._task = asyncio.create_task(
                measure(where.host, where.port, where.tls, timeout, where.family)
            )

    async def seconds(self, left: float) -> Seconds:
        """The phases, after a failure. `left`: how many seconds that may still take."""
        if self._task is None and left > 0:
            self._start(left)
        if self._task is None:
            return Seconds()
        done, _ = await asyncio.wait([self._task], timeout=max(0.0, left))
        return self._task.result() if done else Seconds()
