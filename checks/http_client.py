"""pyreqwest's clients: one for all checks that connect alike, a new one when its files change.

Each probe makes a connection of its own: an idle one of a minute ago would hide a server that no
longer takes new ones.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import certifi
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import BuilderError
from pyreqwest.proxy import ProxyBuilder

from checks.failures import Failed, Failure

USER_AGENT = "Midwatch"
CLIENTS_AT_MOST = 256
_ANY_ADDRESS = {4: "0.0.0.0", 6: "::"}  # noqa: S104 -- the local end of outgoing connections


@dataclass(frozen=True, slots=True)
class Way:
    """How to connect. `ip`: 4 or 6, None for either."""

    http2: bool = False
    ip: int | None = None
    ca: Path | None = None
    cert: Path | None = None
    verify: bool = True
    proxy: str | None = None


def client_for(way: Way) -> Client:
    """The client for a way to connect. Raises Failed when a file has gone or is no longer good."""
    try:
        return _client(way, _age(way.ca), _age(way.cert))
    except OSError as error:
        name = Path(error.filename or "").name
        raise Failed(Failure("own_files", f"cannot read {name}", ours=True)) from None
    except ValueError:
        raise Failed(Failure("own_files", "a certificate file is not good", ours=True)) from None


def _age(path: Path | None) -> int | None:
    """When a file was changed: a renewed certificate is taken up by the next probe."""
    return path.stat().st_mtime_ns if path else None


@lru_cache(maxsize=CLIENTS_AT_MOST)
def _client(way: Way, _ca_age: int | None, _cert_age: int | None) -> Client:
    try:
        return _builder(way).build()
    except BuilderError:
        # A slim container may have no CA certificates at all; then those of Mozilla, by certifi.
        roots = Path(certifi.where()).read_bytes()
        return _builder(way).add_root_certificate_pem(roots).build()


def _builder(way: Way) -> ClientBuilder:
    builder = (
        ClientBuilder()
        .no_proxy()
        .user_agent(USER_AGENT)
        .follow_redirects(False)
        .referer(False)
        .http2(way.http2)
        .pool_max_idle_per_host(0)
    )
    if way.proxy:
        builder = builder.proxy(ProxyBuilder.all(way.proxy))
    if way.ip:
        builder = builder.local_address(_ANY_ADDRESS[way.ip])
    if way.ca:
        builder = builder.add_root_certificate_pem(way.ca.read_bytes())
    if way.cert:
        builder = builder.identity_pem(way.cert.read_bytes())
    return builder.danger_accept_invalid_certs(not way.verify)
