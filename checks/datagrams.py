"""Ask by single packets: a lost one is sent again, and errors on the way are told of."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

TRIES = 3
"""How often a question is sent at most: one lost packet is not an outage (dig: 3 times, too)."""
LARGEST = 65_535
_TELL_ERRORS = {socket.AF_INET: (socket.IPPROTO_IP, 11), socket.AF_INET6: (socket.IPPROTO_IPV6, 25)}
"""IP_RECVERR and IPV6_RECVERR: "unreachable" is told of. Source: ip(7), ipv6(7)."""
Found = TypeVar("Found")


def connect(connection: socket.socket, address: Any) -> None:
    """From then on others' packets do not reach this socket. Raises OSError."""
    connection.setblocking(False)
    with contextlib.suppress(OSError):
        connection.setsockopt(*_TELL_ERRORS[socket.AddressFamily(connection.family)], 1)
    connection.connect(address)


async def reply(
    connection: socket.socket,
    packets: Iterable[bytes],
    read: Callable[[bytes], Found | None],
    pause: float,
) -> Found:
    """What `read` makes of the first packet that it takes for a reply.

    The next of `packets` is sent `pause` seconds after the one before, if nothing came; a late
    reply to an earlier one counts. Raises TimeoutError `pause` after the last one, and OSError.
    """
    for packet in packets:
        connection.send(packet)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                return await _heard(connection, read)
    raise TimeoutError


async def _heard(connection: socket.socket, read: Callable[[bytes], Found | None]) -> Found:
    loop = asyncio.get_running_loop()
    while True:
        found = read(await loop.sock_recv(connection, LARGEST))
        if found is not None:
            return found
        await asyncio.sleep(0)  # a flood of nonsense must not hold up the others
