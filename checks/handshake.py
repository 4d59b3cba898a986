"""TLS handshakes: with trust as clients have it, or without, only to read what the server sends."""

import re
import ssl
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import certifi

from checks.failures import RESET, TLS, Failed, Failure

CONTEXTS_AT_MOST = 256


def trusting(ca: Path | None, cert: Path | None) -> ssl.SSLContext:
    """Trusts the system's authorities and those in `ca`. Raises Failed when a file has gone bad."""
    return _made(ca, cert, verify=True)


def only_reading(cert: Path | None = None) -> ssl.SSLContext:
    """Trusts nobody and takes any cipher and key: nothing secret is sent on such a connection."""
    return _made(None, cert, verify=False)


def _made(ca: Path | None, cert: Path | None, *, verify: bool) -> ssl.SSLContext:
    try:
        return _context(ca, cert, verify, _age(ca), _age(cert))
    except OSError as error:  # ssl.SSLError is one too
        name = Path(error.filename or ca or cert or "a certificate file").name
        raise Failed(Failure("own_files", f"cannot read {name}", ours=True)) from None
    except ValueError:
        raise Failed(Failure("own_files", "a certificate file is not good", ours=True)) from None


def _age(path: Path | None) -> int | None:
    """When a file was changed: a renewed one is taken up by the next probe."""
    return path.stat().st_mtime_ns if path else None


@lru_cache(maxsize=CONTEXTS_AT_MOST)
def _context(
    ca: Path | None, cert: Path | None, verify: bool, _ca_age: int | None, _cert_age: int | None
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # A host name that is only the common name is refused by every browser and by rustls.
    context.hostname_checks_common_name = False
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    else:
        _trust(context, ca)
    if cert is not None:
        context.load_cert_chain(cert, password="")
    return context


def _trust(context: ssl.SSLContext, ca: Path | None) -> None:
    """The system's authorities, else Mozilla's by certifi (a slim container has none)."""
    context.load_default_certs()
    paths = ssl.get_default_verify_paths()
    folder = Path(paths.capath) if paths.capath else None
    if not context.cert_store_stats()["x509_ca"] and not (folder and any(folder.glob("*.0"))):
        context.load_verify_locations(cafile=certifi.where())
    if ca is not None:
        context.load_verify_locations(cadata=ca.read_text())


def sent_chain(tls: Any) -> list[bytes]:
    """The certificates that the server sent, DER, its own first.

    `tls` is an ssl.SSLObject. Before Python 3.13 only its inner object knows more than the first.
    """
    if sys.version_info >= (3, 13):
        return list(tls.get_unverified_chain())
    found: Sequence[Any] = tls._sslobj.get_unverified_chain() or ()
    return [ssl.PEM_cert_to_DER_cert(it.public_bytes()) for it in found]


_ALERT = re.compile(r"(?:SSLV3|TLSV1|TLSV13)_ALERT_(\w+)|TLSV1_(UN\w+)")
_NOT_TLS = Failure("tls_error", "the answer to the TLS handshake is not TLS (starttls?)")
_NO_VERSION = Failure("tls_error", "no common version of TLS (Midwatch speaks 1.2 and 1.3)")
_WANTS_CERT = Failure("tls_error", "the server wants a client certificate (cert)")
_HUNG_UP = Failure("tls_error", "the connection was closed in the TLS handshake")
_REASONS: dict[str, Failure] = {
    "WRONG_VERSION_NUMBER": _NOT_TLS,
    "HTTP_REQUEST": _NOT_TLS,
    "RECORD_LAYER_FAILURE": _NOT_TLS,
    "PACKET_LENGTH_TOO_LONG": _NOT_TLS,
    "ENCRYPTED_LENGTH_TOO_LONG": _NOT_TLS,
    "UNSUPPORTED_PROTOCOL": _NO_VERSION,
    "NO_PROTOCOLS_AVAILABLE": _NO_VERSION,
    "TLSV1_ALERT_PROTOCOL_VERSION": _NO_VERSION,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": _WANTS_CERT,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": Failure(
        "tls_error",
        "the server refused the TLS handshake: no common cipher, or it wants a client certificate",
    ),
    "TLSV1_UNRECOGNIZED_NAME": Failure(
        "tls_error", "the server refused the TLS handshake: it does not know this host name"
    ),
    "UNEXPECTED_EOF_WHILE_READING": _HUNG_UP,
}
"""OpenSSL's names for what ended a handshake."""


def failure_of(error: OSError) -> Failure | None:
    """What ended a handshake, in words; None for an error that is not of TLS."""
    if isinstance(error, ConnectionError):
        return _HUNG_UP if not error.errno else Failure("reset", f"{RESET.words} in the handshake")
    if isinstance(error, ssl.SSLEOFError):
        return _HUNG_UP
    if not isinstance(error, ssl.SSLError):
        return None
    reason = error.reason or ""
    if reason in _REASONS:
        return _REASONS[reason]
    if alert := _ALERT.fullmatch(reason):
        words = (alert[1] or alert[2]).replace("_", " ").lower()
        return Failure("tls_error", f"the server refused the TLS handshake: {words}")
    return (
        Failure("tls_error", f"{TLS.words}: {reason.replace('_', ' ').lower()}") if reason else TLS
    )
