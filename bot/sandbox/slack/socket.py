"""Socket Mode: WebSockets that apps open to receive what else would come by HTTP.

Served by aiohttp on a loopback port of its own, opened when an app first asks for an address.
"""

import asyncio
import uuid
from typing import Any

from aiohttp import WSMsgType, web

from bot.sandbox.context import Context
from bot.sandbox.slack.records import Json

MOST_CONNECTIONS = 10


class SocketMode:
    """The open sockets and the envelopes that wait for their acknowledgement."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._tickets: set[str] = set()
        self._sockets: list[web.WebSocketResponse] = []
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._turn = 0

    @property
    def connected(self) -> int:
        """How many sockets are open."""
        return len(self._sockets)

    async def address(self) -> str:
        """A fresh `ws://` address, good for one connection."""
        if self._runner is None:
            await self._listen()
        ticket = uuid.uuid4().hex
        self._tickets.add(ticket)
        app_id = self._context.settings.slack_app_id
        return f"ws://127.0.0.1:{self._port}/link/?ticket={ticket}&app_id={app_id}"

    async def send(self, kind: str, payload: Json, extra: Json) -> Json:
        """Send an envelope to one of the sockets, in turns; return the acknowledged payload.

        Raises ConnectionError if no socket is open or it closes before the answer.
        """
        if not self._sockets:
            raise ConnectionError("no socket is open")
        self._turn += 1
        socket = self._sockets[self._turn % len(self._sockets)]
        name = str(uuid.uuid4())
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[name] = answer
        try:
            await socket.send_json({"envelope_id": name, "type": kind, "payload": payload, **extra})
            return await answer
        finally:
            del self._waiting[name]

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Tell every app to connect again, and close its socket, as Slack does now and then."""
        for socket in list(self._sockets):
            await socket.send_json(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}}
            )
            await socket.close()

    async def aclose(self) -> None:
        """Close the sockets and the port."""
        for socket in list(self._sockets):
            await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _listen(self) -> None:
        app = web.Application()
        app.router.add_get("/link/", self._connect)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self._runner = runner
        self._port = int(runner.addresses[0][1])

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets or len(self._sockets) >= MOST_CONNECTIONS:
            return web.Response(status=403, text="invalid ticket")
        self._tickets.remove(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append(socket)
        self._context.journal.note("socket", connected=self.connected)
        try:
            await self._serve(socket)
        finally:
            self._sockets.remove(socket)
            self._context.journal.note("socket", connected=self.connected)
        return socket

    async def _serve(self, socket: web.WebSocketResponse) -> None:
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": self.connected,
                "debug_info": {
                    "host": "applink-1",
                    "build_number": 10,
                    "approximate_connection_time": 18060,
                },
                "connection_info": {"app_id": self._context.settings.slack_app_id},
            }
        )
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self._acknowledge(message.json())

    def _acknowledge(self, message: Any) -> None:
        if not isinstance(message, dict):
            return
        waiting = self._waiting.get(str(message.get("envelope_id")))
        if waiting is not None and not waiting.done():
            payload = message.get("payload")
            waiting.set_result(payload if isinstance(payload, dict) else {})
