"""Names become addresses, each in a thread of its own.

The system's resolver blocks its thread, for a dead name server for half a minute. In the few
threads that an event loop has, some such names would hold up every other lookup, those of Twilio
and Slack too. So a name is looked up once at a time, whoever asks, and in a thread that the end of
the process does not wait for.
"""

import asyncio
import errno
import ipaddress
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from typing import Any

AT_ONCE = 300
"""Names that are being looked up at the same time; more is a fault of ours (EAGAIN)."""

Address = tuple[int, Any]
"""A family (socket.AF_INET, AF_INET6) and what `connect` takes."""
Resolve = Callable[..., list[tuple[Any, Any, Any, Any, Any]]]
"""socket.getaddrinfo, or what behaves like it."""
_Asked = tuple[str, int, int]


async def addresses(host: str, port: int, family: int) -> list[Address]:
    """Every address of that name. `family`: 0 for either. Raises OSError or UnicodeError."""
    return await asyncio.wrap_future(_lookups().of((host, port, family)))


def literal(host: str, port: int) -> Address:
    """The address that is written there, with its interface (`fe80::1%eth0`); asks no resolver.

    Raises ValueError for a name, and OSError for an interface that this machine has not.
    """
    ipaddress.ip_address(host)
    numeric = socket.AI_NUMERICHOST
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=numeric)
    family, _, _, _, address = found[0]
    return family, address


@cache
def _lookups() -> "Lookups":
    return Lookups()


class Lookups:
    """The lookups under way. A future that runs cannot be cancelled: who asks may go away."""

    def __init__(self, resolve: Resolve = socket.getaddrinfo) -> None:
        self._resolve = resolve
        self._under_way: dict[_Asked, Future[list[Address]]] = {}
        self._lock = threading.Lock()

    def of(self, asked: _Asked) -> Future[list[Address]]:
        """The lookup under way, or a new one. Raises OSError when there is no thread for it."""
        with self._lock:
            if asked in self._under_way:
                return self._under_way[asked]
            if len(self._under_way) >= AT_ONCE:
                raise OSError(errno.EAGAIN, "too many lookups")
            found: Future[list[Address]] = Future()
            found.set_running_or_notify_cancel()
            try:
                threading.Thread(
                    target=self._look_up, args=(asked, found), name="lookup", daemon=True
                ).start()
            except RuntimeError:
                raise OSError(errno.EAGAIN, "no thread for a lookup") from None
            self._under_way[asked] = found
            return found

    def _look_up(self, asked: _Asked, found: Future[list[Address]]) -> None:
        host, port, family = asked
        try:
            answer = self._resolve(host, port, family=family, type=socket.SOCK_STREAM)
        except Exception as error:
            self._forget(asked)
            found.set_exception(error)
        else:
            self._forget(asked)
            found.set_result([(family, address) for family, _, _, _, address in answer])

    def _forget(self, asked: _Asked) -> None:
        with self._lock:
            del self._under_way[asked]
