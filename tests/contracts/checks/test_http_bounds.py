"""Thousands of probes a day leave nothing behind, and no server can make one large or long."""

import asyncio
import gzip
import os
import random
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks import Outcome, Result, Seconds
from checks.phases import measure
from tests.contracts.checks.servers import (
    Script,
    answers,
    closed_port,
    probe,
    says,
    serving,
    silent,
)

FILES = Path("/proc/self/fd")
BATCH = 25


def open_files() -> int:
    return len(os.listdir(FILES))


def resident_kib() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


async def settled(at_most: int) -> int:
    """The number of open files, once the other threads have closed theirs."""
    until = time.monotonic() + 3
    while open_files() > at_most and time.monotonic() < until:
        await asyncio.sleep(0.02)
    return open_files()


async def asked(port: int, timeout: str, **options: Any) -> Result:
    return await probe("http", http=f"http://127.0.0.1:{port}/", timeout=timeout, **options)


@pytest.mark.parametrize(
    ("script", "timeout", "rounds"),
    [
        (answers("ok"), "2s", 8),
        (answers("x" * 5000), "2s", 4),  # more than max_body: given up in the middle
        (answers("", 302, "Location: /\r\n"), "2s", 2),
        (silent, "100ms", 4),  # given up by us
        (says(b"garbage\r\n\r\n"), "2s", 4),
    ],
    ids=["answers", "large", "redirects", "silence", "garbage"],
)
async def test_probes_leave_no_connection_open(script: Script, timeout: str, rounds: int) -> None:
    async with serving(script) as port:
        await asked(port, timeout, max_body=1000)
        await asyncio.sleep(0.05)
        before = open_files()
        for _ in range(rounds):
            await asyncio.gather(*(asked(port, timeout, max_body=1000) for _ in range(BATCH)))
        assert await settled(before + 3) <= before + 3


async def test_bombs_leave_memory_flat() -> None:
    bomb = answers(gzip.compress(b"\0" * 50_000_000), headers="Content-Encoding: gzip\r\n")
    async with serving(bomb) as port:
        await asked(port, "2s")
        before = resident_kib()
        for _ in range(5):
            result = await asked(port, "2s")
            assert result.reason == "body_too_large"
        assert resident_kib() - before < 30_000


# The worst text for RE2: every letter is a new state, so it keeps all of them in mind.
WORST = "".join(random.Random(1).choices("ab", k=1_000_000))


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*c", "(.*a){20}c", "[ab]*a[ab]{450}c"])
async def test_no_pattern_and_text_hold_the_others_up(pattern: str) -> None:
    async with serving(answers(WORST)) as port:
        waiting = asyncio.create_task(asked(port, "500ms", expect={"pattern": pattern}))
        longest, last = 0.0, time.monotonic()
        while not waiting.done():
            await asyncio.sleep(0.01)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        result = await waiting
    assert longest < 0.4
    assert (result.outcome, result.reason) in (
        (Outcome.DOWN, "body_mismatch"),
        (Outcome.UNKNOWN, "own_limits"),  # our pattern was too much for it, not its fault
    )


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    start=st.sampled_from(
        [
            b"",
            b"HTTP/1.1 200 OK\r\n",
            b"HTTP/1.1 200 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n",
            b"HTTP/1.1 302 Found\r\nLocation: ",
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=",
        ]
    ),
    rest=st.binary(max_size=300),
)
async def test_whatever_bytes_a_server_sends_there_is_a_verdict(start: bytes, rest: bytes) -> None:
    async with serving(says(start + rest)) as port:
        result = await asked(port, "400ms", follow=1, expect={"pattern": "x", "not_body": "y"})
    assert result.outcome in (Outcome.UP, Outcome.DOWN, Outcome.DEGRADED)
    assert result.detail.isprintable()
    assert result.detail


async def test_phases_are_measured_on_a_connection_of_their_own() -> None:
    async with serving(silent) as port:
        plain = await measure("127.0.0.1", port, False, 0.3)
        half = await measure("127.0.0.1", port, True, 0.2)
    assert plain.dns is not None
    assert plain.connect is not None
    assert plain.tls is None
    assert half.connect is not None
    assert half.tls is None


async def test_phases_of_a_closed_port_and_of_no_name_are_missing_and_never_raise() -> None:
    closed = await measure("127.0.0.1", closed_port(), False, 0.3)
    assert (closed.dns is not None, closed.connect) == (True, None)
    for host in ("nowhere.invalid", "a" * 300, "", "\0", "x..y"):
        assert await measure(host, 443, True, 0.3) in (
            Seconds(),
            await measure(host, 443, True, 0.3),
        )
