"""The certificates that a server sends: read on a connection of their own, trusted or only read."""

import asyncio
import contextlib
import socket
import ssl
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from checks import certificate, handshake
from checks.certificate import Certificate
from checks.failures import Failed, Failure, of_os_error
from checks.phases import Taken, Where, connect, shaken_hands
from checks.starttls import Protocol, Talk, ask_for_tls
from checks.trust import why_untrusted
from checks.tunnel import ask_for_tunnel, proxy_where

READ_EVERY = timedelta(hours=1)
CHAINS_AT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where TLS is spoken, and how one gets there.

    `name`: asked for in the handshake (SNI) and looked for in the certificate, a host name or an
    address. `starttls`: what is spoken before TLS. `cert`: a PEM file with ours, for servers that
    ask for one. `proxy`: the http:// address of the proxy in between.
    """

    where: Where
    name: str
    starttls: Protocol | None = None
    cert: Path | None = None
    proxy: str | None = None


@dataclass(slots=True)
class Progress:
    """How far a reading got, for the reason when time runs out.

    `refusal`: the certificate is known to be wrong, and was being read to say more.
    """

    started: float = field(default_factory=time.monotonic)
    taken: Taken = field(default_factory=Taken)
    talk: Talk | None = None
    refusal: Failure | None = None

    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started


async def trusted(
    endpoint: Endpoint, ca: Path | None, progress: Progress, now: datetime
) -> list[Certificate]:
    """The chain of a server that is trusted by the system's authorities or those in `ca`.

    Raises Failed, and OSError before the handshake. A certificate that is refused is read a second
    time without trust, because OpenSSL shows none of those that it refuses.
    """
    try:
        return await sent(endpoint, handshake.trusting(ca, endpoint.cert), progress)
    except ssl.SSLCertVerificationError as error:
        progress.refusal = why_untrusted(error, [], endpoint.name, now)
        found: Sequence[Certificate] = []
        with contextlib.suppress(Failed, OSError):
            found = await untrusted(endpoint, progress)
        raise Failed(why_untrusted(error, found, endpoint.name, now)) from None


async def untrusted(endpoint: Endpoint, progress: Progress) -> list[Certificate]:
    """The chain, whoever sends it. Raises Failed, and OSError before the handshake."""
    return await sent(endpoint, handshake.only_reading(endpoint.cert), progress)


async def sent(
    endpoint: Endpoint, context: ssl.SSLContext, progress: Progress
) -> list[Certificate]:
    """The chain, the server's own certificate first; never empty.

    Raises Failed; ssl.SSLCertVerificationError where the context does not trust it; OSError before
    the handshake.
    """
    connection = await _opened(endpoint, progress)
    started = time.monotonic()
    try:
        async with shaken_hands(connection, endpoint.name, context) as tls:
            progress.taken.tls = time.monotonic() - started
            return _read(handshake.sent_chain(tls))
    except ssl.SSLCertVerificationError:
        raise
    except OSError as error:
        raise Failed(handshake.failure_of(error) or of_os_error(error)) from None


async def _opened(endpoint: Endpoint, progress: Progress) -> socket.socket:
    """A connection on which the handshake is next."""
    first = proxy_where(endpoint.proxy) if endpoint.proxy else endpoint.where
    connection = await connect(first, progress.taken)
    progress.talk = Talk(connection, "TLS handshake")
    try:
        if endpoint.proxy:
            await ask_for_tunnel(progress.talk, endpoint.proxy, endpoint.where)
        if endpoint.starttls is not None:
            await ask_for_tls(endpoint.starttls, progress.talk)
    except BaseException:
        connection.close()
        raise
    progress.talk.awaiting = "TLS handshake"
    return connection


def _read(chain: Sequence[bytes]) -> list[Certificate]:
    """One beside the server's own that cannot be read is as good as not sent."""
    try:
        found = [certificate.read(chain[0])]
    except (ValueError, IndexError):
        raise Failed(Failure("untrusted", "the certificate cannot be read")) from None
    for der in chain[1:]:
        with contextlib.suppress(ValueError):
            found.append(certificate.read(der))
    return found


class Chains:
    """Remembers the chain of each server for an hour."""

    def __init__(self) -> None:
        self._known: OrderedDict[Endpoint, tuple[datetime, list[Certificate]]] = OrderedDict()

    async def of(self, endpoint: Endpoint, now: datetime, within: float) -> list[Certificate]:
        """The chain, read without trust; [] when it cannot be read `within` so many seconds."""
        read_at, known = self._known.get(endpoint, (None, []))
        if read_at is not None and timedelta() <= now - read_at < READ_EVERY:
            return known
        with contextlib.suppress(Failed, OSError, ValueError, TimeoutError):
            async with asyncio.timeout(within):
                found = await untrusted(endpoint, Progress())
            self._known[endpoint] = (now, found)
            self._known.move_to_end(endpoint)
            if len(self._known) > CHAINS_AT_MOST:
                self._known.popitem(last=False)
            return found
        return []
