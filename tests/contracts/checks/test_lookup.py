"""Names that nobody answers for hold up no other name."""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from checks.failures import of_os_error
from checks.lookup import AT_ONCE, Lookups, literal

FOUND: list[tuple[Any, ...]] = [
    (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 80)),
    (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2001:db8::7", 80, 0, 0)),
]
ANSWER = [(socket.AF_INET, ("192.0.2.7", 80)), (socket.AF_INET6, ("2001:db8::7", 80, 0, 0))]


class Resolver:
    """Answers for every name but those that begin with `dead`."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.gives_up = threading.Event()

    def __call__(self, host: str, port: int, **_options: object) -> list[tuple[Any, ...]]:
        self.asked[host] += 1
        if host.startswith("dead"):
            self.gives_up.wait(10)
            raise socket.gaierror(socket.EAI_AGAIN, "no answer")
        return FOUND


@pytest.fixture
def resolver() -> Iterator[Resolver]:
    it = Resolver()
    yield it
    it.gives_up.set()


async def test_a_hundred_dead_names_hold_up_no_other(resolver: Resolver) -> None:
    lookups = Lookups(resolver)
    for number in range(100):
        lookups.of((f"dead{number}.example", 80, 0))
    async with asyncio.timeout(5):
        assert await asyncio.wrap_future(lookups.of(("good.example", 80, 0))) == ANSWER


async def test_a_name_is_looked_up_once_at_a_time_whoever_asks_or_goes_away(
    resolver: Resolver,
) -> None:
    lookups = Lookups(resolver)
    asked = ("dead.example", 80, 0)
    gone = asyncio.wrap_future(lookups.of(asked))
    gone.cancel()
    waiting = [asyncio.wrap_future(lookups.of(asked)) for _ in range(3)]
    resolver.gives_up.set()
    for one in waiting:
        with pytest.raises(socket.gaierror):
            await one
    assert resolver.asked["dead.example"] == 1
    with pytest.raises(socket.gaierror):
        await asyncio.wrap_future(lookups.of(asked))
    assert resolver.asked["dead.example"] == 2, "and what was found is not kept"


async def test_too_many_lookups_are_our_own_fault(resolver: Resolver) -> None:
    lookups = Lookups(resolver)
    for number in range(AT_ONCE):
        lookups.of((f"dead{number}.example", 80, 0))
    with pytest.raises(OSError, match="too many") as refusal:
        lookups.of(("one-more.example", 80, 0))
    failure = of_os_error(refusal.value)
    assert (failure.reason, failure.ours) == ("own_limits", True)


def test_addresses_are_taken_as_they_are_with_their_interface() -> None:
    assert literal("192.0.2.7", 80) == (socket.AF_INET, ("192.0.2.7", 80))
    assert literal("2001:DB8::7", 80) == (socket.AF_INET6, ("2001:db8::7", 80, 0, 0))
    loopback = socket.if_nametoindex("lo")
    assert literal("fe80::1%lo", 0)[1][2:] == (0, loopback)
    for name in ("localhost", "1", "127.1", "a\ud800"):
        with pytest.raises(ValueError, match="address"):
            literal(name, 80)
