"""Pings of this machine itself, and the packets apart from it."""

import asyncio
import errno
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import checks
from checks import Context, Outcome, Result, icmp, lookup
from checks.icmp import checksum, number_in, open_socket, request
from checks.ping import KIND, PingOptions, judge
from tests.contracts.checks.clock import now

TOKEN = b"0123456789abcdef"


async def pinged(host: str = "127.0.0.1", **options: object) -> Result:
    made = PingOptions.model_validate({"ping": host, "timeout": "2s", **options})
    return await checks.run(KIND, made, Context(now=now))


@pytest.mark.parametrize(("host", "ip"), [("127.0.0.1", None), ("::1", None), ("localhost", 4)])
async def test_this_machine_answers(host: str, ip: int | None) -> None:
    result = await pinged(host, ip=ip)
    assert result.outcome is Outcome.UP, result
    assert result.detail.startswith("answered after")
    assert result.seconds.total is not None


@pytest.mark.parametrize(("took", "outcome"), [(0.2, "up"), (0.201, "degraded"), (9.0, "degraded")])
def test_a_slow_reply_is_degraded(took: float, outcome: str) -> None:
    assert judge(took, timedelta(milliseconds=200))[0] == outcome
    assert judge(took, None)[0] is Outcome.UP


@pytest.mark.parametrize(
    ("took", "words"),
    [
        (0.00004, "0.04 ms"),
        (0.0237, "23.7 ms"),
        (0.9994, "999 ms"),
        (0.9999, "1.0 s"),
        (12, "12.0 s"),
    ],
)
def test_times_are_written_as_people_read_them(took: float, words: str) -> None:
    assert judge(took, None)[2] == f"answered after {words}"


def resolved(monkeypatch: pytest.MonkeyPatch, resolve: lookup.Resolve) -> None:
    """From then on names are looked up so."""
    lookups = lookup.Lookups(resolve)
    monkeypatch.setattr(lookup, "_lookups", lambda: lookups)


async def test_an_address_that_cannot_be_reached_is_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A broadcast address, which no socket may ask unless it says so, and this machine."""
    found = [("255.255.255.255", 0), ("127.0.0.1", 0)]
    resolved(monkeypatch, lambda *_, **__: [(socket.AF_INET, 0, 0, "", one) for one in found])
    assert (await pinged("both.test")).outcome is Outcome.UP
    found.reverse()
    assert (await pinged("both.test")).outcome is Outcome.UP
    del found[0]
    assert (await pinged("both.test")).reason == "unreachable"


async def test_a_name_that_is_not_found_in_time_was_not_pinged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gives_up = threading.Event()

    def slow(*_: object, **__: object) -> list[tuple[Any, Any, Any, Any, Any]]:
        gives_up.wait(10)
        return []

    resolved(monkeypatch, slow)
    result = await pinged("slow.test", timeout="50ms")
    gives_up.set()
    assert (result.reason, result.answered) == ("timeout", False)
    assert result.detail == "the name was not found within 0.05 s"


async def test_hundreds_at_once_get_their_own_replies() -> None:
    results = await asyncio.gather(*(pinged() for _ in range(200)))
    assert {result.outcome for result in results} == {Outcome.UP}


class Lossy(socket.socket):
    """The first packets that are sent are lost."""

    losses = 99

    def send(self, *data: Any) -> int:
        self.losses -= 1
        return 0 if self.losses >= 0 else super().send(*data)


def losing(packets: int) -> Callable[[int], socket.socket]:
    def opened(family: int) -> socket.socket:
        real = open_socket(family)
        made = Lossy(real.family, real.type, real.proto, fileno=real.detach())
        made.losses = packets
        return made

    return opened


async def test_no_reply_is_no_answer_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(icmp, "open_socket", losing(99))
    result = await pinged(timeout="90ms")
    assert (result.outcome, result.reason, result.answered) == (Outcome.DOWN, "timeout", False)
    assert result.detail == "none of 3 pings was answered within 0.09 s"


async def test_two_lost_packets_are_no_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(icmp, "open_socket", losing(2))
    assert (await pinged(timeout="300ms")).outcome is Outcome.UP


@pytest.mark.parametrize("number", [errno.EPERM, errno.EACCES, errno.EPROTONOSUPPORT])
async def test_a_system_that_allows_no_pings_is_our_own_limit(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refused(*_: object) -> socket.socket:
        raise OSError(number, "no")

    monkeypatch.setattr(socket, "socket", refused)
    result = await pinged()
    assert (result.outcome, result.reason) == (Outcome.UNKNOWN, "own_limits")
    assert "ping_group_range" in result.detail
    assert KIND.examine is not None
    found = KIND.examine(PingOptions.model_validate({"ping": "127.0.0.1"}))
    assert found is not None
    assert "sysctl" in found.mend


@pytest.mark.parametrize("host", ["", "a b", "http://a.test", "db.test:5432", "[::1]"])
def test_what_is_no_host_is_refused(host: str) -> None:
    with pytest.raises(ValidationError, match="ping"):
        PingOptions.model_validate({"ping": host})


@pytest.mark.parametrize(("host", "ip"), [("::1", 4), ("127.0.0.1", 6)])
def test_an_address_of_the_other_family_is_refused(host: str, ip: int) -> None:
    with pytest.raises(ValidationError, match=f"ip is {ip}"):
        PingOptions.model_validate({"ping": host, "ip": ip})


@given(st.sampled_from([socket.AF_INET, socket.AF_INET6]), st.integers(1, 3))
def test_a_request_is_not_taken_for_its_reply(family: int, number: int) -> None:
    sent = request(family, number, TOKEN)
    assert number_in(sent, family, TOKEN) is None
    kind = b"\0" if family == socket.AF_INET else b"\x81"
    assert number_in(kind + sent[1:], family, TOKEN) == number
    assert number_in(kind + sent[1:], family, b"another's token.") is None


@given(st.binary(max_size=80))
def test_no_packet_makes_reading_fail(packet: bytes) -> None:
    for family in (socket.AF_INET, socket.AF_INET6):
        assert number_in(packet, family, TOKEN) in (None, 1, 2, 3)


@given(st.binary(max_size=64).filter(lambda data: len(data) % 2 == 0))
def test_what_carries_its_sum_sums_up_to_nothing(data: bytes) -> None:
    assert checksum(data + checksum(data).to_bytes(2, "big")) == 0
