"""Whose fault it is: what the system says about a connection, and faults of this machine."""

import errno
import resource
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from checks import Outcome
from checks.failures import of_os_error
from tests.contracts.checks.servers import answers, probe, serving


@pytest.mark.parametrize(
    ("error", "reason", "answered", "ours"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, ""), "refused", False, False),
        (ConnectionResetError(errno.ECONNRESET, ""), "reset", True, False),
        (BrokenPipeError(errno.EPIPE, ""), "reset", True, False),
        (OSError(errno.EHOSTUNREACH, ""), "unreachable", False, False),
        (OSError(errno.ENETUNREACH, ""), "unreachable", False, False),
        (OSError(errno.ETIMEDOUT, ""), "timeout", False, False),
        (socket.gaierror(socket.EAI_NONAME, ""), "dns_failure", False, False),
        (socket.gaierror(socket.EAI_AGAIN, ""), "dns_failure", False, False),
        (socket.gaierror(socket.EAI_MEMORY, ""), "own_limits", True, True),
        (ssl.SSLError(1, "hush"), "tls_error", True, False),
        (OSError(errno.EMFILE, ""), "own_limits", True, True),
        (OSError(errno.ENFILE, ""), "own_limits", True, True),
        (OSError(errno.ENOMEM, ""), "own_limits", True, True),
        (OSError(errno.ENOBUFS, ""), "own_limits", True, True),
        (OSError(errno.EADDRNOTAVAIL, ""), "own_limits", True, True),
        (OSError(errno.EPERM, ""), "own_limits", True, True),
        (OSError("hush"), "connection", False, False),
    ],
    ids=repr,
)
def test_the_systems_errors_have_a_reason_and_an_owner(
    error: OSError, reason: str, answered: bool, ours: bool
) -> None:
    failure = of_os_error(error)
    assert (failure.reason, failure.answered, failure.ours) == (reason, answered, ours)
    assert failure.words
    assert "hush" not in failure.words


@contextmanager
def no_file_to_spare() -> Iterator[None]:
    """All file descriptors are taken, up to a low limit of this process."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[socket.socket] = []
    with socket.socket() as newest:
        resource.setrlimit(resource.RLIMIT_NOFILE, (newest.fileno() + 20, before[1]))
    try:
        try:
            while True:
                taken.append(socket.socket())
        except OSError:
            yield
    finally:
        for one in taken:
            one.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("kind", ["http", "tcp"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_too_many_open_files_here_say_nothing_about_a_service(kind: str, host: str) -> None:
    async with serving(answers("ok")) as port:
        target = {"http": f"http://{host}:{port}/", "tcp": f"{host}:{port}"}[kind]
        fine = await probe(kind, **{kind: target})
        with no_file_to_spare():
            starved = await probe(kind, **{kind: target})
        again = await probe(kind, **{kind: target})
    assert fine.outcome is Outcome.UP
    assert (starved.outcome, starved.reason) == (Outcome.UNKNOWN, "own_limits")
    assert again.outcome is Outcome.UP
