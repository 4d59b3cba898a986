"""Ask DNS servers over UDP, and over TCP where an answer does not fit (RFC 1035, 4.2; RFC 7766)."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.resolver

from checks import lookup
from checks.failures import NO_RESOLVER, Failed, Failure

RESOLV_CONF = Path("/etc/resolv.conf")
LARGEST = 65_535
SHARE = 2.5
"""Seconds that a server has before the next one is asked, where there are several."""
PASSED_ON = frozenset({dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.NOTIMP})
"""What one server says and another may not."""
Server = tuple[str, int]


def system_servers() -> tuple[Server, ...]:
    """This machine's name servers, read anew when they change. Raises Failed: there are none."""
    try:
        found = _servers(RESOLV_CONF.stat().st_mtime_ns)
    except (OSError, dns.exception.DNSException):
        found = ()
    if not found:
        words = "this machine has no name server in /etc/resolv.conf"
        raise Failed(Failure("own_resolver", words, ours=True))
    return found


@lru_cache(maxsize=1)
def _servers(_changed_at: int) -> tuple[Server, ...]:
    read = dns.resolver.Resolver(str(RESOLV_CONF))
    return tuple((str(address), 53) for address in read.nameservers)


async def addresses_of(host: str, port: int) -> tuple[Server, ...]:
    """The addresses of a server that was named. Raises OSError and UnicodeError."""
    try:
        return ((str(ipaddress.ip_address(host)), port),)
    except ValueError:
        found = await lookup.addresses(host, port, 0)
        return tuple((str(address[0]), port) for _, address in found)


async def ask(
    query: dns.message.Message, servers: Sequence[Server], seconds: float
) -> dns.message.Message:
    """The first answer that says something; each server is asked once, in turn.

    Packets that are no answer to this question are not believed, whoever sent them. Raises
    TimeoutError, OSError, and Failed for an answer over TCP that makes no sense.
    """
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + seconds
    kept: dns.message.Message | OSError | TimeoutError | None = None
    for index, (address, port) in enumerate(servers):
        left = ends_at - loop.time()
        last = index == len(servers) - 1
        try:
            answer = await _once(query, address, port, left if last else min(left, SHARE))
        except TimeoutError as silence:
            kept = kept if isinstance(kept, dns.message.Message) else silence
        except OSError as error:
            kept = kept if isinstance(kept, dns.message.Message) else error
        else:
            if answer.rcode() not in PASSED_ON:
                return answer
            kept = kept if isinstance(kept, dns.message.Message) else answer
        if ends_at <= loop.time():
            break
    if isinstance(kept, dns.message.Message):
        return kept
    raise kept or Failed(NO_RESOLVER)


async def _once(
    query: dns.message.Message, address: str, port: int, seconds: float
) -> dns.message.Message:
    async with asyncio.timeout(max(seconds, 0.0)):
        answer = await _by_udp(query, address, port)
        if not answer.flags & dns.flags.TC:
            return answer
        try:
            return await dns.asyncquery.tcp(query, address, port=port)
        except (dns.exception.DNSException, EOFError, ValueError):
            raise Failed(Failure("bad_answer", "the answer makes no sense")) from None


async def _by_udp(query: dns.message.Message, address: str, port: int) -> dns.message.Message:
    """A connected socket: others' packets do not reach it, and a closed port is told of."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    loop = asyncio.get_running_loop()
    with socket.socket(family, socket.SOCK_DGRAM) as connection:
        connection.setblocking(False)
        connection.connect((address, port))
        connection.send(query.to_wire())
        while True:
            answer = _read(await loop.sock_recv(connection, LARGEST))
            if answer is not None and query.is_response(answer):
                return answer
            await asyncio.sleep(0)  # a flood of nonsense must not hold up the others


def _read(packet: bytes) -> dns.message.Message | None:
    """None for what is no DNS message."""
    try:
        return dns.message.from_wire(packet, raise_on_truncation=False, ignore_trailing=True)
    except (dns.exception.DNSException, ValueError):
        return None
