"""Why no usable answer came, in words, for every kind that opens connections."""

import contextlib
import errno
import socket
import ssl
from dataclasses import dataclass
from datetime import datetime

from checks import Outcome, Result, Seconds


@dataclass(frozen=True, slots=True)
class Failure:
    """A probe without a usable answer. `answered`: somebody at the other end said something.

    `ours`: the fault is on this machine, so it says nothing about the service.
    """

    reason: str
    words: str
    answered: bool = True
    ours: bool = False

    def result(self, at: datetime, seconds: Seconds) -> Result:
        """As a probe's result."""
        outcome = Outcome.UNKNOWN if self.ours else Outcome.DOWN
        return Result(outcome, self.reason, self.words, at, seconds, self.answered)


class Failed(Exception):
    """Ends a probe with a failure; caught by the probe that raised it."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.words)
        self.failure = failure


REFUSED = Failure("refused", "connection refused", answered=False)
RESET = Failure("reset", "the connection was reset")
CLOSED = Failure("closed", "the connection was closed before an answer")
UNREACHABLE = Failure("unreachable", "the host cannot be reached", answered=False)
NO_ANSWER = Failure("timeout", "the connection timed out", answered=False)
NO_NAME = Failure("dns_failure", "the name does not exist", answered=False)
NO_RESOLVER = Failure("dns_failure", "the name cannot be looked up now", answered=False)
CUT_SHORT = Failure("bad_answer", "the connection was closed in the middle of the answer")
TLS = Failure("tls_error", "the TLS handshake failed")
BARRED = Failure("unreachable", "a firewall bars the way to the host", answered=False)
UNKNOWN_CONNECTION = Failure("connection", "the connection failed", answered=False)

OS_ERRORS = {
    errno.EMFILE: Failure("own_limits", "Midwatch has too many open files", ours=True),
    errno.ENFILE: Failure("own_limits", "this machine has too many open files", ours=True),
    errno.ENOMEM: Failure("own_limits", "this machine is out of memory", ours=True),
    errno.EAGAIN: Failure("own_limits", "Midwatch looks up too many names", ours=True),
    errno.ENOBUFS: Failure("own_limits", "this machine is out of network buffers", ours=True),
    errno.EADDRNOTAVAIL: Failure("own_limits", "this machine has no free local port", ours=True),
    errno.EPERM: Failure("own_limits", "this machine does not let Midwatch connect", ours=True),
    errno.ECONNREFUSED: REFUSED,
    errno.ECONNRESET: RESET,
    errno.EPIPE: RESET,
    errno.ECONNABORTED: RESET,
    errno.ENETUNREACH: UNREACHABLE,
    errno.EHOSTUNREACH: UNREACHABLE,
    errno.ENETDOWN: UNREACHABLE,
    errno.EHOSTDOWN: UNREACHABLE,
    # ICMPv6's "administratively prohibited", which many firewalls send, is this one on Linux.
    # This machine's own packet filter says EPERM. Where it is ours after all, the canaries tell.
    errno.EACCES: BARRED,
    errno.EAFNOSUPPORT: UNREACHABLE,
    errno.ETIMEDOUT: NO_ANSWER,
}
"""What the system's error numbers mean for a probe."""


_FILES_TO_RESOLVE = 4
"""Its configuration, the hosts file, a socket, and one more."""


def of_os_error(error: OSError) -> Failure:
    """The failure behind an error of a socket, the resolver or the TLS library."""
    if isinstance(error, socket.gaierror):
        if error.errno == socket.EAI_MEMORY:
            return OS_ERRORS[errno.ENOMEM]
        return unless_ours(NO_RESOLVER if error.errno == socket.EAI_AGAIN else NO_NAME)
    if isinstance(error, ssl.SSLError):
        return TLS
    return OS_ERRORS.get(error.errno or 0) or unless_ours(UNKNOWN_CONNECTION)


def unless_ours(failure: Failure) -> Failure:
    """That failure, or our own: a resolver that may open no file says that no name exists, or
    names an error at random."""
    try:
        with contextlib.ExitStack() as opened:
            for _ in range(_FILES_TO_RESOLVE):
                opened.enter_context(socket.socket())
    except OSError as ours:
        return OS_ERRORS.get(ours.errno or 0, failure)
    return failure
