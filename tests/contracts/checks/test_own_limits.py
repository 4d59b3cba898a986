"""What is wrong with this machine is never held against a service."""

import os
import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from checks import Outcome
from tests.contracts.checks.servers import closed_port, probe


@contextmanager
def no_file_left() -> Iterator[None]:
    """This process may open no file more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as opened:
        highest = max(map(int, os.listdir("/proc/self/fd")))
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, hard))
        opened.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        try:
            while True:
                opened.enter_context(socket.socket())
        except OSError:
            yield


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("http", "http://127.0.0.1:{port}/"),
        ("http", "http://nowhere.invalid/"),
        ("tcp", "127.0.0.1:{port}"),
        ("tcp", "nowhere.invalid:443"),
    ],
)
async def test_without_a_file_to_spare_nothing_is_learned(kind: str, target: str) -> None:
    address = target.format(port=closed_port())
    await probe(kind, **{kind: address}, timeout="1s")  # what is loaded once is loaded now
    with no_file_left():
        result = await probe(kind, **{kind: address}, timeout="1s")
    assert (result.outcome, result.reason) == (Outcome.UNKNOWN, "own_limits")
    assert "open files" in result.detail
