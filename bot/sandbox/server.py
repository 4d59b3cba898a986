"""Serving the sandbox, on loopback only: it knows every secret and believes everyone."""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.sandbox.app import create_app
from bot.sandbox.faults import DROP_EXTENSION
from bot.sandbox.sandbox import Sandbox

LONGEST_GOODBYE_SECONDS = 1.0


class NotLoopback(ValueError):
    """The sandbox was asked to listen where others could reach it."""


def require_loopback(host: str) -> str:
    """Return the address to bind; raises NotLoopback for anything but this machine itself."""
    address = "127.0.0.1" if host == "localhost" else host
    try:
        good = ipaddress.ip_address(address).is_loopback
    except ValueError:
        good = False
    if not good:
        raise NotLoopback(
            f"the sandbox listens on 127.0.0.1 only, not on {host}: it has no sign-in"
        )
    return address


class _DroppingProtocol(H11Protocol):
    """HTTP that can also hang up in the middle, for faults."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.app = _WithDrop(self.app, transport)


class _WithDrop:
    """ASGI: offers the application a way to cut the connection."""

    def __init__(self, app: Any, transport: Any) -> None:
        self._app: ASGIApp = app
        self._transport = transport

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("extensions", {})[DROP_EXTENSION] = self._transport.abort
        await self._app(scope, receive, send)


@asynccontextmanager
async def running(sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve the sandbox in this event loop; yields its base URL, without a slash at the end.

    Port 0 takes a free one. Leaving closes the sandbox. Raises NotLoopback.
    """
    async with listening(create_app(sandbox), host, port) as url:
        sandbox.context.base_url = url
        try:
            yield url
        finally:
            await sandbox.aclose()


@asynccontextmanager
async def listening(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve any ASGI application on loopback in this event loop; yields its base URL."""
    address = require_loopback(host)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # Named TCP, or asyncio leaves out TCP_NODELAY and each answer waits 40 ms for an ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    server = _server(app)
    await server.startup(sockets=[listener])
    shown = f"[{address}]" if ":" in address else address
    try:
        yield f"http://{shown}:{listener.getsockname()[1]}"
    finally:
        await server.stop()


class _Server(uvicorn.Server):
    """A uvicorn server that is started and stopped by hand, without its signals and ticks."""

    async def stop(self) -> None:
        """Stop at once: uvicorn's own way takes two tenths of a second, once a test."""
        connections = self.server_state.connections
        for server in self.servers:
            server.close()
        for connection in list(connections):
            connection.shutdown()
        if tasks := list(self.server_state.tasks):
            _, late = await asyncio.wait(tasks, timeout=LONGEST_GOODBYE_SECONDS)
            for task in late:
                task.cancel()
        for connection in list(connections):
            connection.transport.abort()


def _server(app: ASGIApp) -> _Server:
    """The server for an application; `startup` before use."""
    config = uvicorn.Config(
        app,
        http=_DroppingProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="critical",
        log_config=None,
    )
    config.load()
    server = _Server(config)
    server.lifespan = config.lifespan_class(config)
    return server
