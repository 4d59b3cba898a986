"""Socket Mode: Slack's requests over a connection that we open, so no public URL is needed."""

import asyncio
import contextlib
import logging
from time import time

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

log = logging.getLogger(__name__)


class SlackSocket:
    """One connection, kept up. The SDK reconnects; when it does not manage, it is begun anew."""

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        client: AsyncWebClient,
        *,
        poll_seconds: float = 2.0,
        patience_seconds: float = 30.0,
        ping_seconds: float = 5.0,
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._client = client
        self._poll_seconds = poll_seconds
        self._patience_seconds = patience_seconds
        self._ping_seconds = ping_seconds
        self.connected = False

    async def run(self) -> None:
        """Until cancelled."""
        wait = 0.5
        while True:
            try:
                if await self._once():
                    wait = 0.5
            except (aiohttp.ClientError, SlackClientError, OSError) as error:
                log.warning("slack_socket_failed: %s", type(error).__name__)
            await asyncio.sleep(min(wait, self._patience_seconds))
            wait *= 2

    async def _once(self) -> bool:
        """One life of the SDK's client; True if it ever was connected."""
        ever, down = False, 0.0
        socket = self._new_socket()
        connecting = asyncio.create_task(socket.connect())  # type: ignore[no-untyped-call]
        try:
            while down < self._patience_seconds:
                await asyncio.sleep(self._poll_seconds)
                up = connecting.done() and await socket.is_connected()
                self._note(up)
                ever, down = ever or up, 0.0 if up else down + self._poll_seconds
        finally:
            self._note(False)
            connecting.cancel()
            with contextlib.suppress(Exception, asyncio.CancelledError):
                await connecting
            await socket.close()  # type: ignore[no-untyped-call]
        return ever

    def _new_socket(self) -> SocketModeClient:
        # The SDK writes the connection's address, which is a ticket, into its log.
        silent = logging.getLogger("bot.slack.socket_sdk")
        silent.setLevel(logging.CRITICAL)
        socket = SocketModeClient(
            app_token=self._app_token,
            web_client=self._client,
            logger=silent,
            ping_interval=self._ping_seconds,
        )
        socket.proxy = self._client.proxy
        socket.socket_mode_request_listeners.append(self._handle)
        return socket

    async def _handle(self, socket: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """An answer that is not 200 is not sent: then Slack tries again."""
        answer = await run_async_bolt_app(self._app, request)
        await send_async_response(socket, request, answer, time())

    def _note(self, up: bool) -> None:
        if up != self.connected:
            self.connected = up
            log.warning("slack_socket_%s", "connected" if up else "disconnected")


async def run_socket(app: AsyncApp, app_token: str, client: AsyncWebClient) -> None:
    """Serve until cancelled; for whoever needs no health flag."""
    await SlackSocket(app, app_token, client).run()
