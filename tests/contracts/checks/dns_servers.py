"""Name servers on loopback: a real one (dnsmasq), and one that answers whatever a test says."""

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import dns.message
import pytest

from tests.house.ports import kept_port

RECORDS = (
    "--host-record=shop.test,192.0.2.1",
    "--host-record=shop.test,2001:db8::1",
    "--host-record=many.test,192.0.2.1",
    "--host-record=many.test,192.0.2.2",
    "--cname=www.shop.test,shop.test",
    "--mx-host=shop.test,mail.shop.test,10",
    "--mx-host=shop.test,spare.shop.test,20",
    "--txt-record=shop.test,v=spf1 -all",
    "--txt-record=shop.test,site-verification=abc",
    "--txt-record=long.test," + ",".join("x" * 250 for _ in range(8)),
)

LAME = ";AUTHORITY\ntest. 60 IN NS ns.elsewhere.example."
"""Sections of an answer that only names other servers."""


def said(sections: str, query: bytes, head: str = "QR") -> bytes:
    """A packet with these sections that answers the question for an A of shop.test."""
    number = int.from_bytes(query[:2], "big")
    asks = ";QUESTION\nshop.test. IN A"
    return dns.message.from_text(f"id {number}\nflags {head}\n{asks}\n{sections}\n").to_wire()


@contextmanager
def dnsmasq() -> Iterator[int]:
    """A real DNS server with these records. Yields its port on 127.0.0.1, for UDP and TCP."""
    program = shutil.which("dnsmasq") or shutil.which("dnsmasq", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("no dnsmasq on this machine (Debian: apt-get install dnsmasq-base)")
    with kept_port() as port:
        plain = ("--keep-in-foreground", "--conf-file=/dev/null", "--no-hosts", "--no-resolv")
        here = (f"--port={port}", "--listen-address=127.0.0.1", "--bind-interfaces")
        command = [program, *plain, *here, "--pid-file=", "--user=", "--local=/test/", *RECORDS]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port, server)
            yield port
        finally:
            server.kill()
            server.wait()


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up and server.poll() is None:
        with socket.socket() as connection:
            if connection.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise RuntimeError("dnsmasq does not start")


class _Answering(asyncio.DatagramProtocol):
    def __init__(self, says: Callable[[bytes], list[bytes]]) -> None:
        self.says = says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for answer in self.says(data):
            self.transport.sendto(answer, addr)  # type: ignore[attr-defined]


@asynccontextmanager
async def answering(says: Callable[[bytes], list[bytes]], port: int = 0) -> AsyncIterator[int]:
    """A server over UDP that answers a packet with these packets. Yields its port."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Answering(says), local_addr=("127.0.0.1", port)
    )
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()
