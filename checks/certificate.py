"""How long a server's certificate is still good, read on a TLS connection of its own.

The HTTP library does not show the certificate. It is read without verifying it (the probe itself
does that, with the check's own CA), so that self-signed ones have an end too.
"""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from checks.phases import Taken, Where, connect, shaken_hands

READ_EVERY = timedelta(hours=1)
HOSTS_AT_MOST = 10_000


class Certificates:
    """Remembers for an hour when the certificate of each host ends."""

    def __init__(self) -> None:
        self._ends: OrderedDict[tuple[str, int], tuple[datetime, datetime | None]] = OrderedDict()

    async def ends_at(self, where: Where, now: datetime, within: float) -> datetime | None:
        """When it ends (aware UTC); None when it could not be read `within` so many seconds."""
        key = (where.host, where.port)
        read_at, ends_at = self._ends.get(key, (None, None))
        if read_at is not None and timedelta() <= now - read_at < READ_EVERY:
            return ends_at
        ends_at = await _read(where, within)
        if ends_at is None:
            return None
        self._ends[key] = (now, ends_at)
        self._ends.move_to_end(key)
        if len(self._ends) > HOSTS_AT_MOST:
            self._ends.popitem(last=False)
        return ends_at


async def _read(where: Where, within: float) -> datetime | None:
    with contextlib.suppress(OSError, ValueError, TimeoutError):
        async with asyncio.timeout(within):
            connection = await connect(where, Taken())
            async with shaken_hands(connection, where.host) as tls:
                return not_after(tls.getpeercert(binary_form=True) or b"")
    return None


def not_after(der: bytes) -> datetime:
    """The end of validity of an X.509 certificate (RFC 5280, 4.1). Raises ValueError.

    Certificate = { { [0] version, serial, algorithm, issuer, { notBefore, notAfter }, … }, … }
    """
    (_, certificate), *_ = _items(der)
    (_, signed), *_ = _items(certificate)
    fields = [item for item in _items(signed) if item[0] != _VERSION]
    if len(fields) < 4:
        raise ValueError("not a certificate")
    times = list(_items(fields[3][1]))
    if len(times) < 2:
        raise ValueError("a certificate without validity")
    tag, text = times[1]
    return _time(tag, text.decode("ascii"))


_VERSION, _UTC_TIME, _GENERALIZED_TIME = 0xA0, 0x17, 0x18


def _items(der: bytes) -> Iterator[tuple[int, bytes]]:
    """The tagged values inside a DER value."""
    at = 0
    while at < len(der):
        if at + 2 > len(der):
            raise ValueError("DER ends early")
        tag, size, at = der[at], der[at + 1], at + 2
        if size & 0x80:
            width = size & 0x7F
            size, at = int.from_bytes(der[at : at + width], "big"), at + width
        if at + size > len(der):
            raise ValueError("DER ends early")
        yield tag, der[at : at + size]
        at += size


def _time(tag: int, text: str) -> datetime:
    if tag == _UTC_TIME:  # two digits of the year: 50 to 99 are 1950 to 1999
        text = ("19" if text[:2] >= "50" else "20") + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError("a time of an unknown kind")
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
