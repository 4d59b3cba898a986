"""ICMP echo without root, where the system allows it (RFC 792, RFC 4443; Linux: ping sockets).

The kernel gives an unprivileged socket only the replies to its own requests. A raw socket (root)
hears everybody's, so replies are told apart by what was sent in them.
"""

import errno
import os
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

from checks import datagrams
from checks.datagrams import TRIES
from checks.failures import Failed, Failure

NOT_ALLOWED = Failure(
    "own_limits",
    "this system lets Midwatch send no pings: set net.ipv4.ping_group_range, or give CAP_NET_RAW",
    ours=True,
)
_REQUEST = {socket.AF_INET: 8, socket.AF_INET6: 128}
_REPLY = {socket.AF_INET: 0, socket.AF_INET6: 129}
_HEADER = struct.Struct("!BBHHH")
_PROTOCOL = {socket.AF_INET: socket.IPPROTO_ICMP, socket.AF_INET6: socket.IPPROTO_ICMPV6}
_NO_SUCH_SOCKET = {errno.EACCES, errno.EPERM, errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT}
"""Not allowed, or not known to this system."""


async def echo(family: int, address: Any, seconds: float) -> float:
    """How many seconds the reply took. Raises TimeoutError, OSError, and Failed if not allowed."""
    with open_socket(family) as connection:
        datagrams.connect(connection, address)
        token, sent = os.urandom(16), list[float]()
        number = await datagrams.reply(
            connection,
            _requests(family, token, sent),
            lambda packet: number_in(packet, family, token),
            seconds / TRIES,
        )
        return time.monotonic() - sent[number - 1]


def _requests(family: int, token: bytes, sent: list[float]) -> Iterator[bytes]:
    """Each is made when its turn comes; `sent` keeps when that was."""
    for number in range(1, TRIES + 1):
        sent.append(time.monotonic())
        yield request(family, number, token)


def open_socket(family: int) -> socket.socket:
    """A ping socket, else a raw one. Raises Failed when neither is allowed."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            return socket.socket(family, kind, _PROTOCOL[socket.AddressFamily(family)])
        except OSError as error:
            if error.errno not in _NO_SUCH_SOCKET:
                raise
    raise Failed(NOT_ALLOWED)


def request(family: int, number: int, token: bytes) -> bytes:
    """An echo request. The kernel sums up ICMPv6, and fills in a ping socket's identifier."""
    kind = _REQUEST[socket.AddressFamily(family)]
    bare = _HEADER.pack(kind, 0, 0, 0, number) + token
    return _HEADER.pack(kind, 0, checksum(bare), 0, number) + token


def number_in(packet: bytes, family: int, token: bytes) -> int | None:
    """The number of the request that this is the reply to; None: it is another's, or none."""
    if family == socket.AF_INET and packet[:1] and packet[0] >> 4 == 4 and len(packet) >= 20:
        packet = packet[(packet[0] & 0x0F) * 4 :]  # a raw socket gives the IP header too
    if len(packet) < _HEADER.size or packet[_HEADER.size :] != token:
        return None
    kind, _, _, _, number = _HEADER.unpack_from(packet)
    good = kind == _REPLY[socket.AddressFamily(family)] and 1 <= number <= TRIES
    return int(number) if good else None


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    total: int = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
