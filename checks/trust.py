"""Why a certificate is not trusted, in words that say how to mend it. Pure.

OpenSSL says what broke the verification by a number, and the first thing only; the certificates
that were sent, read without trust, say the rest.
"""

import ssl
from collections.abc import Sequence
from datetime import datetime

from checks.certificate import Certificate, path
from checks.durations import rough
from checks.failures import Failure

SHOWN_NAMES = 3
OF_TRUST = frozenset({"incomplete_chain", "self_signed", "untrusted", "wrong_name"})
"""Reasons that are about whom to trust; the others are about dates."""
_NO_ISSUER = {2, 20, 21}
_SELF_SIGNED, _UNKNOWN_ROOT = 18, 19
_NOT_YET, _EXPIRED = 9, 10
_WRONG_NAME = {62, 64}
"""X509_V_ERR_… of openssl/x509_vfy.h."""


def why_untrusted(
    error: ssl.SSLCertVerificationError, chain: Sequence[Certificate], host: str, now: datetime
) -> Failure:
    """The failure behind a refused certificate. `chain` is empty where it could not be read."""
    sent = path(chain)
    if not sent:
        return Failure("untrusted", f"the certificate is not accepted: {error.verify_message}")
    code = error.verify_code
    wrong = _dates(sent[:1] if code not in (_NOT_YET, _EXPIRED) else sent, host, now)
    if wrong is not None:
        return wrong
    if code in _WRONG_NAME:
        return Failure("wrong_name", f"the certificate is {_names(sent[0])}, not for {host}")
    if code == _SELF_SIGNED:
        words = f"the certificate for {host} is self-signed: if that is meant, name it in ca"
        return Failure("self_signed", words)
    if code == _UNKNOWN_ROOT:
        return Failure(
            "untrusted", f"the certificate's root {_said(sent[-1].subject)} is not trusted here"
        )
    if code in _NO_ISSUER:
        return _without_issuer(sent)
    return Failure("untrusted", f"the certificate is not accepted: {error.verify_message}")


def expired(certificate: Certificate, host: str, now: datetime, *, own: bool = True) -> Failure:
    """The failure of a certificate that has ended."""
    ended = certificate.ends_at
    since = f"{rough(now - ended)} ago ({ended:%Y-%m-%d})"
    return Failure(
        "certificate_expired", f"the {whose(certificate, host, own=own)} expired {since}"
    )


def ending(certificate: Certificate, host: str, now: datetime, *, own: bool) -> str:
    """`certificate for mail.example.com ends in 71 days (2027-02-06)`."""
    ends = certificate.ends_at
    return f"{whose(certificate, host, own=own)} ends in {rough(ends - now)} ({ends:%Y-%m-%d})"


def whose(certificate: Certificate, host: str, *, own: bool) -> str:
    """What a certificate is called in a sentence. `own`: the server's, not one of its issuers."""
    if own:
        return f"certificate for {host}"
    kind = "root" if certificate.self_issued else "intermediate"
    return f"{kind} certificate {_said(certificate.subject)}"


def _dates(sent: Sequence[Certificate], host: str, now: datetime) -> Failure | None:
    for position, certificate in enumerate(sent):
        if certificate.ends_at <= now:
            return expired(certificate, host, now, own=position == 0)
        if certificate.begins_at > now:
            begins = f"{certificate.begins_at:%Y-%m-%d %H:%M} UTC"
            words = (
                f"the {whose(certificate, host, own=position == 0)} is not valid before {begins}"
            )
            return Failure("certificate_not_yet_valid", words)
    return None


def _without_issuer(sent: Sequence[Certificate]) -> Failure:
    """An issuer was neither sent nor is trusted. The commonest cause: the server sends its own
    certificate only, and browsers that know the intermediate one hide it."""
    last = sent[-1]
    issuer = _said(last.issuer)
    if len(sent) == 1 and last.tells_its_issuer:
        words = f"incomplete chain: the server does not send the intermediate certificate {issuer}"
        return Failure("incomplete_chain", words)
    if len(sent) == 1:
        return Failure(
            "untrusted",
            f"the certificate's issuer {issuer} is not trusted here: the server should send the"
            " intermediate certificate, or ca should name the root",
        )
    words = f"the chain ends at {_said(last.subject)}, whose issuer {issuer} is not trusted here"
    return Failure("untrusted", words)


def _names(certificate: Certificate) -> str:
    """`for a.example, b.example and 4 more`."""
    names = certificate.names
    if not names:
        return f"for no host name at all (only called {_said(certificate.subject)})"
    shown = ", ".join(name[:60] for name in names[:SHOWN_NAMES])
    more = len(names) - SHOWN_NAMES
    return f"for {shown}" + (f" and {more} more" if more > 0 else "")


def _said(name: str) -> str:
    return f'"{name if len(name) <= 40 else name[:39] + "…"}"'
