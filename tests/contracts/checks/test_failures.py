"""Whose fault it is: what the system says about a connection."""

import errno
import socket
import ssl

import pytest

from checks.failures import of_os_error


@pytest.mark.parametrize(
    ("error", "reason", "answered", "ours"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, ""), "refused", False, False),
        (ConnectionResetError(errno.ECONNRESET, ""), "reset", True, False),
        (BrokenPipeError(errno.EPIPE, ""), "reset", True, False),
        (OSError(errno.EHOSTUNREACH, ""), "unreachable", False, False),
        (OSError(errno.ENETUNREACH, ""), "unreachable", False, False),
        (OSError(errno.EACCES, ""), "unreachable", False, False),
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
