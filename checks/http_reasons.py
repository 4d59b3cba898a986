"""pyreqwest's errors as failures in words: one table, tried against real broken servers.

Its classes are coarse (a refusal and a wrong certificate are both ConnectError), so the cause
messages below them decide. They come from hyper, rustls and the resolver; when an update words one
differently, the tests of the table fail and the class still gives an honest answer.
"""

import errno
import re
from datetime import timedelta

from pyreqwest.exceptions import (
    BodyDecodeError,
    BuilderError,
    ClientClosedError,
    DecodeError,
    DetailedPyreqwestError,
    PyreqwestError,
    ReadError,
    RequestPanicError,
    RequestTimeoutError,
)

from checks.durations import rough
from checks.failures import (
    CLOSED,
    CUT_SHORT,
    NO_ANSWER,
    NO_NAME,
    NO_RESOLVER,
    OS_ERRORS,
    RESET,
    UNKNOWN_CONNECTION,
    UNREACHABLE,
    Failure,
    unless_ours,
)


def _tls(words: str) -> Failure:
    return Failure("tls_error", words)


UNTRUSTED = _tls("the certificate's issuer is not trusted")
WRONG_NAME = _tls("the certificate is for another name")
_BROKEN_BODY = Failure("bad_answer", "the body of the answer is broken")

_IN_MESSAGES: tuple[tuple[str, Failure], ...] = (
    ("Temporary failure in name resolution", NO_RESOLVER),
    ("Memory allocation failure", OS_ERRORS[errno.ENOMEM]),
    ("dns error", NO_NAME),
    ("certificate expired", _tls("the certificate has expired")),
    ("certificate not valid yet", _tls("the certificate is not valid yet")),
    ("certificate not valid for name", WRONG_NAME),
    ("peer certificate: UnknownIssuer", UNTRUSTED),
    ("peer certificate: Revoked", _tls("the certificate was revoked")),
    ("invalid peer certificate", _tls("the certificate is not valid")),
    ("received corrupt message", _tls("the answer to the TLS handshake is not TLS")),
    ("received fatal alert", _tls("the server refused the TLS handshake")),
    ("peer is incompatible", _tls("no common version of TLS")),
    ("without sending TLS close_notify", CUT_SHORT),
    ("tls handshake eof", _tls("the connection was closed in the TLS handshake")),
    ("connection closed before message completed", CLOSED),
    ("end of file before message length reached", CUT_SHORT),
    ("unexpected end of file", CUT_SHORT),
    ("unexpected EOF during chunk size line", CUT_SHORT),
    ("message head is too large", Failure("bad_answer", "too many or too long headers")),
    ("invalid HTTP version parsed", Failure("bad_answer", "the answer is not HTTP")),
    ("stream error received", Failure("reset", "the server broke off the request (HTTP/2)")),
    ("connection error received", Failure("closed", "the server ended the connection (HTTP/2)")),
    ("http2 error", Failure("bad_answer", "the answer breaks the rules of HTTP/2")),
    ("connection reset", RESET),  # as HTTP/2 words it; the system's own has a number
    ("Network unreachable", UNREACHABLE),
    ("operation timed out", NO_ANSWER),
    ("deadline has elapsed", NO_ANSWER),
)
"""Fragments of cause messages. The first row that fits counts."""

_CLASSES: tuple[tuple[type[PyreqwestError], Failure], ...] = (
    (RequestPanicError, Failure("internal", "the HTTP library failed", ours=True)),
    (ClientClosedError, Failure("internal", "the HTTP library failed", ours=True)),
    (BuilderError, Failure("internal", "the request could not be made", ours=True)),
    (BodyDecodeError, _BROKEN_BODY),
    (DecodeError, Failure("bad_answer", "the answer breaks the rules of HTTP")),
    (ReadError, CUT_SHORT),
    (RequestTimeoutError, NO_ANSWER),
)
_EXPIRED = re.compile(r"certificate expired: .*\((\d{1,12}) seconds ago\)")
_OS_ERROR = re.compile(r"\(os error (\d+)\)")
_TRUST = "No CA certificates were loaded"
_NO_TRUST = Failure("own_limits", "this machine has no CA certificates", ours=True)


_REFUSED_LOGIN = "does not take the user and password of `proxy`"
_IN_TUNNELS: tuple[tuple[str, str], ...] = (
    ("tunnel error: proxy auth", _REFUSED_LOGIN),
    ("tunnel error: unsuccessful", "made no connection: it refuses, or cannot reach the service"),
)


def failure_of(error: PyreqwestError, proxy: str | None = None) -> Failure:
    """The failure behind pyreqwest's error, found by its causes, else by its class.

    `proxy`: the name of the proxy in between. What keeps us from the proxy, or the proxy from the
    service, is said of the proxy; what comes through it is said of the service.
    """
    text = "\n".join(str(cause.get("message", "")) for cause in _causes(error))
    failure = _failure_in(text, error)
    failure = unless_ours(failure) if failure.reason == "dns_failure" else failure
    on_the_way = "tunnel error" in text or ("(Connect)" in text and failure.reason != "tls_error")
    if proxy is None or failure.ours or not on_the_way:
        return failure
    words = next((said for fragment, said in _IN_TUNNELS if fragment in text), None)
    return of_proxy(proxy, words or f"cannot be asked: {failure.words}")


def of_proxy(name: str, words: str = _REFUSED_LOGIN) -> Failure:
    """A failure of the proxy of that name; the service may be fine."""
    return Failure("proxy", f"the proxy {name} {words}", answered=False)


def _failure_in(text: str, error: PyreqwestError) -> Failure:
    numbers = [int(number) for number in _OS_ERROR.findall(text)]
    if "dns error" in text and numbers:
        # The resolver passes on what stopped it here: files, memory. Names have no such numbers.
        return OS_ERRORS.get(numbers[-1], OS_ERRORS[errno.EMFILE])
    if _TRUST in text:
        return _NO_TRUST
    if expired := _EXPIRED.search(text):
        return _tls(f"the certificate expired {rough(timedelta(seconds=int(expired[1])))} ago")
    for fragment, failure in _IN_MESSAGES:
        if fragment in text:
            return failure
    for number in numbers:
        if number in OS_ERRORS:
            return OS_ERRORS[number]
    if "response body error" in text:
        return _BROKEN_BODY
    if "(Connect)" in text:
        return UNKNOWN_CONNECTION
    return next((why for kind, why in _CLASSES if isinstance(error, kind)), UNKNOWN_CONNECTION)


def _causes(error: PyreqwestError) -> list[dict[str, object]]:
    if not isinstance(error, DetailedPyreqwestError):
        return []
    return [dict(cause) for cause in error.details.get("causes") or []]
