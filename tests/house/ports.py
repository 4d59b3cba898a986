"""Ports for programs that tests start: kept while they run, so that nobody else is given them."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

TRIES = 50


@contextmanager
def kept_port() -> Iterator[int]:
    """A loopback port that a server with SO_REUSEADDR may listen on again and again."""
    with kept_neighbours(1) as port:
        yield port


@contextmanager
def kept_neighbours(count: int = 2) -> Iterator[int]:
    """The first of so many ports in a row.

    A socket that is bound and does not listen lets another one with SO_REUSEADDR listen there,
    and keeps the system from giving the port away. Source: socket(7), ip(7).
    """
    with ExitStack() as stack:
        for _ in range(TRIES):
            first = stack.enter_context(_kept(0))
            port: int = first.getsockname()[1]
            try:
                for further in range(port + 1, port + count):
                    stack.enter_context(_kept(further))
            except (OSError, OverflowError):
                stack.pop_all().close()
                continue
            yield port
            return
        raise AssertionError(f"there are no {count} free ports beside each other")


@contextmanager
def _kept(port: int) -> Iterator[socket.socket]:
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", port))
        yield kept
