"""Certificates that trustme does not make (intermediate ones that end), and servers with them."""

import datetime
import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from tests.contracts.checks.clock import now

DAY = datetime.timedelta(days=1)
PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Issued:
    """A certificate with its key, and the chain that a server sends with it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    above: tuple[x509.Certificate, ...] = field(default=())

    @property
    def pem(self) -> str:
        """The certificate alone."""
        return self.certificate.public_bytes(PEM).decode()

    def files(self, *, chain: bool = True) -> bytes:
        """Key, certificate and (unless the admin forgot it) the chain, as one PEM file."""
        none = serialization.NoEncryption()
        secret = self.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, none)
        sent = [self.certificate, *(self.above if chain else ())]
        return secret + b"".join(it.public_bytes(PEM) for it in sent)

    def context(self, *, chain: bool = True) -> ssl.SSLContext:
        """A server's side of TLS with it."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile() as file:
            Path(file.name).write_bytes(self.files(chain=chain))
            made.load_cert_chain(file.name)
        return made


def issue(
    name: str,
    by: Issued | None = None,
    *,
    host: str | None = "localhost",
    days: float = 90,
    since: float = -30,
    issuer_url: str = "",
) -> Issued:
    """A certificate called `name`, from `since` until `days` from now; `host` None: an authority.

    `by` None: signed by itself. `issuer_url`: where its issuer's certificate is to be had.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() + since * DAY)
        .not_valid_after(now() + days * DAY)
        .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
    )
    if host:
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        builder = builder.add_extension(names, critical=False)
    if issuer_url:
        access = x509.AccessDescription(
            AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(issuer_url)
        )
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    made = builder.sign(by.key if by else key, hashes.SHA256())
    above = () if by is None or _is_root(by) else (by.certificate, *by.above)
    return Issued(made, key, above)


def _is_root(issued: Issued) -> bool:
    return issued.certificate.issuer == issued.certificate.subject
