"""Serving the sandbox, on loopback only: it knows every secret and believes everyone."""

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
    address = require_loopback(host)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, port))
    shown = f"[{address}]" if ":" in address else address
    sandbox.context.base_url = f"http://{shown}:{listener.getsockname()[1]}"
    server = _server(sandbox)
    await server.startup(sockets=[listener])
    try:
        yield sandbox.base_url
    finally:
        await sandbox.aclose()
        await server.shutdown(sockets=[listener])


def _server(sandbox: Sandbox) -> uvicorn.Server:
    """A uvicorn server that is started and stopped by hand, without its signals and ticks."""
    config = uvicorn.Config(
        create_app(sandbox),
        http=_DroppingProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="critical",
        log_config=None,
        timeout_graceful_shutdown=1,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    return server
