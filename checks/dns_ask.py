"""Ask DNS servers over UDP, and over TCP where an answer does not fit (RFC 1035, 4.2; RFC 7766)."""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.resolver

from checks import datagrams, lookup
from checks.datagrams import TRIES
from checks.dns_answers import refers
from checks.failures import NO_NAME, NO_RESOLVER, Failed, Failure, of_os_error

RESOLV_CONF = Path("/etc/resolv.conf")
SHARE = 2.5
"""Seconds that a server has before the next one is asked, where there are several."""
PASSED_ON = frozenset({dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.NOTIMP})
"""What one server says and another may not."""
Server = tuple[str, int]


def system_servers() -> tuple[Server, ...]:
    """This machine's name servers, read anew when they change. Raises Failed: there are none."""
    try:
        now = RESOLV_CONF.stat()
        found = _servers((now.st_mtime_ns, now.st_size, now.st_ino))
    except (OSError, dns.exception.DNSException):
        found = ()
    if not found:
        words = "this machine has no name server in /etc/resolv.conf"
        raise Failed(Failure("own_resolver", words, ours=True))
    return found


@lru_cache(maxsize=1)
def _servers(_version: tuple[int, ...]) -> tuple[Server, ...]:
    read = dns.resolver.Resolver(str(RESOLV_CONF))
    return tuple((str(address), 53) for address in read.nameservers)


async def addresses_of(host: str, port: int) -> tuple[Server, ...]:
    """The addresses of a server that was named. Raises OSError and Failed."""
    with suppress(ValueError):
        lookup.literal(host, port)
        return ((host, port),)
    try:
        found = await lookup.addresses(host, port, 0)
    except (socket.gaierror, UnicodeError) as error:
        failure = of_os_error(error) if isinstance(error, OSError) else NO_NAME
        words = f"the DNS server's own name: {failure.words}"
        raise Failed(failure if failure.ours else replace(failure, words=words)) from None
    return tuple((str(address[0]), port) for _, address in found)


async def ask(
    query: dns.message.Message, servers: Sequence[Server], seconds: float
) -> dns.message.Message:
    """The first answer that says something; each server is asked in turn.

    Packets that are no answer to this question are not believed, whoever sent them. Raises
    TimeoutError, OSError, and Failed for an answer that cannot be had over TCP.
    """
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + seconds
    kept: dns.message.Message | Exception = Failed(NO_RESOLVER)
    for index, server in enumerate(servers):
        left = ends_at - loop.time()
        last = index == len(servers) - 1
        try:
            answer = await _once(query, server, left if last else min(left, SHARE))
        except (OSError, Failed) as error:
            kept = kept if isinstance(kept, dns.message.Message) else error
        else:
            if answer.rcode() not in PASSED_ON and not refers(answer):
                return answer
            kept = kept if isinstance(kept, dns.message.Message) else answer
        if ends_at <= loop.time():
            break
    if isinstance(kept, dns.message.Message):
        return kept
    raise kept


async def _once(query: dns.message.Message, server: Server, seconds: float) -> dns.message.Message:
    async with asyncio.timeout(max(seconds, 0.0)):
        answer = await _by_udp(query, server, seconds)
        return await _by_tcp(query, server) if answer.flags & dns.flags.TC else answer


async def _by_udp(
    query: dns.message.Message, server: Server, seconds: float
) -> dns.message.Message:
    family, address = lookup.literal(*server)
    with socket.socket(family, socket.SOCK_DGRAM) as connection:
        datagrams.connect(connection, address)
        packets = [query.to_wire()] * TRIES
        return await datagrams.reply(
            connection, packets, lambda packet: answer_to(query, packet), seconds / TRIES
        )


async def _by_tcp(query: dns.message.Message, server: Server) -> dns.message.Message:
    address, port = server
    try:
        return await dns.asyncquery.tcp(query, address, port=port)
    except (dns.exception.DNSException, EOFError, ValueError):
        raise Failed(Failure("bad_answer", "the answer over TCP makes no sense")) from None
    except OSError as error:
        failure = of_os_error(error)
        words = f"the answer can be had over TCP only: {failure.words}"
        told = replace(failure, words=words, answered=True)  # by UDP it did answer
        raise Failed(failure if failure.ours else told) from None


def answer_to(query: dns.message.Message, packet: bytes) -> dns.message.Message | None:
    """None for what is no answer to this question, or no DNS message."""
    try:
        answer = dns.message.from_wire(packet, raise_on_truncation=False, ignore_trailing=True)
    except (dns.exception.DNSException, ValueError):
        return None
    return answer if query.is_response(answer) else None
