"""Small servers on loopback that say what a test tells them, byte by byte."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from checks import Context, Result, load, run
from tests.contracts.checks.clock import now

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server that runs the script for each connection. Yields its port on 127.0.0.1."""
    connections: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await script(reader, writer)
        writer.transport.abort() if tls else writer.close()
        connections.discard(task)

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls, limit=1 << 20)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


def says(*parts: bytes, pause: float = 0.0) -> Script:
    """Read the request, write the parts with a pause between them, close."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        if writer.can_write_eof():
            writer.write_eof()
            await reader.read()  # until the other side has taken it all: no reset

    return script


def answers(
    body: bytes | str = b"ok",
    status: int = 200,
    headers: str = "",
    pause: float = 0.0,
) -> Script:
    """A whole answer with its length; `pause` in seconds comes before it."""
    content = body.encode() if isinstance(body, str) else body
    head = f"HTTP/1.1 {status} Words\r\nContent-Length: {len(content)}\r\n{headers}\r\n".encode()
    return says(b"", head + content, pause=pause)


def forever(start: bytes, more: bytes, pause: float = 0.0) -> Script:
    """Says the start, then more and more of the same until the other side goes away."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(start)
        while True:
            writer.write(more)
            await writer.drain()
            await asyncio.sleep(pause)

    return script


def resets(after: bytes = b"") -> Script:
    """Says something and breaks the connection off with a reset instead of an end."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(after)
        await writer.drain()
        await asyncio.sleep(0.02)
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return script


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes the connection and never says a word."""
    await reader.read()


def closed_port() -> int:
    """A port of 127.0.0.1 where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def probe(kind: str, **options: object) -> Result:
    """One probe, its options read as those of a configuration file are."""
    known = load(kind)
    return await run(known, known.options.model_validate(options), Context(now))
