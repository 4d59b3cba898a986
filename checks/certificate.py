"""X.509 certificates as a server sends them: whose they are, who issued them, when they end. Pure.

A chain is what the server sent, its own certificate first. What stands in it is read without
believing any of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

NAMES_AT_MOST = 1000
Kind = TypeVar("Kind", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate. `names`: hosts and addresses it is for; times are aware UTC.

    `subject` and `issuer` are for people; `subject_key` and `issuer_key` tell who issued whom.
    `tells_its_issuer`: it holds the address of its issuer's certificate, as those of public
    authorities do (caIssuers; RFC 5280, 4.2.2.1).
    """

    names: tuple[str, ...]
    subject: str
    issuer: str
    subject_key: bytes
    issuer_key: bytes
    begins_at: datetime
    ends_at: datetime
    tells_its_issuer: bool = False

    @property
    def self_issued(self) -> bool:
        """Whether it is its own issuer, as roots and self-signed certificates are."""
        return self.subject_key == self.issuer_key


def read(der: bytes) -> Certificate:
    """A certificate from its bytes. Raises ValueError, whatever they are."""
    try:
        found = x509.load_der_x509_certificate(der)
        return Certificate(
            names=_names(found),
            subject=_called(found.subject),
            issuer=_called(found.issuer),
            subject_key=found.subject.public_bytes(),
            issuer_key=found.issuer.public_bytes(),
            begins_at=found.not_valid_before_utc,
            ends_at=found.not_valid_after_utc,
            tells_its_issuer=_tells_its_issuer(found),
        )
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise ValueError(f"not a certificate: {error}") from None


def path(chain: Sequence[Certificate]) -> list[Certificate]:
    """The server's own certificate, its issuer, and so on, as far as they were sent.

    What else was sent (leftovers, other chains) matters to nobody. Of several certificates of one
    issuer, cross-signed ones, the first counts, as it does for most clients.
    """
    found = list(chain[:1])
    while found and not found[-1].self_issued and len(found) < len(chain):
        wanted = found[-1].issuer_key
        issuer = next((it for it in chain if it.subject_key == wanted and it not in found), None)
        if issuer is None:
            break
        found.append(issuer)
    return found


def ends_first(chain: Sequence[Certificate], now: datetime) -> Certificate:
    """The certificate that must be renewed first: the server's own, or one that vouches for it.

    One of the others that has ended already does not count: it either makes the verification fail,
    or clients found a way around it (an old cross-signed certificate that is still sent along).
    `chain` is not empty.
    """
    own, *others = path(chain)
    return min([own, *(it for it in others if it.ends_at > now)], key=lambda it: it.ends_at)


def _names(found: x509.Certificate) -> tuple[str, ...]:
    """Host names as they are asked for (punycode), then addresses."""
    names = _extension(found, x509.SubjectAlternativeName)
    if names is None:
        return ()
    hosts = names.get_values_for_type(x509.DNSName)
    addresses = names.get_values_for_type(x509.IPAddress)
    return tuple(map(str, [*hosts, *addresses]))[:NAMES_AT_MOST]


def _tells_its_issuer(found: x509.Certificate) -> bool:
    access = _extension(found, x509.AuthorityInformationAccess)
    issuers = AuthorityInformationAccessOID.CA_ISSUERS
    return access is not None and any(it.access_method == issuers for it in access)


def _extension(found: x509.Certificate, kind: type[Kind]) -> Kind | None:
    """An extension, None without it. One that cannot be read is as good as none."""
    try:
        return found.extensions.get_extension_for_class(kind).value
    except (ValueError, TypeError, x509.ExtensionNotFound, x509.DuplicateExtension):
        return None
    except x509.UnsupportedGeneralNameType:
        return None


def _called(name: x509.Name) -> str:
    """What people call it: the common name, else organization, else all of it."""
    for part in (NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in name.get_attributes_for_oid(part):
            if attribute.value:
                return str(attribute.value)
    return name.rfc4514_string()
