"""Socket Mode: Slack's requests over a connection that we open, so no public URL is needed."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from time import time

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.ports import DeliveryError, Permanent
from bot.slack.refusals import asked

log = logging.getLogger(__name__)


Tell = Callable[[str | None], Awaitable[None]]
"""Hears None when it is connected, and why not (in words) when it cannot be."""


class SlackSocket:
    """One connection, kept up. The SDK reconnects; when it does not manage, it is begun anew.

    Its first address is asked for here: the SDK would ask for ever, and tell nobody why.
    """

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        client: AsyncWebClient,
        tell: Tell,
        *,
        poll_seconds: float = 2.0,
        patience_seconds: float = 30.0,
        ping_seconds: float = 5.0,
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._client = client
        self._tell = tell
        self._poll_seconds = poll_seconds
        self._patience_seconds = patience_seconds
        self._ping_seconds = ping_seconds
        self.connected = False

    async def run(self) -> None:
        """Until cancelled."""
        wait = 0.5
        while True:
            why = f"no connection for {self._patience_seconds:.0f} s"
            try:
                if await self._once():
                    wait = 0.5
            except DeliveryError as error:
                why = str(error)
            except (aiohttp.ClientError, SlackClientError, OSError) as error:
                why = f"{type(error).__name__}"
            log.warning("slack_socket_failed: %s", why)
            await self._tell(why)
            await asyncio.sleep(min(wait, self._patience_seconds))
            wait *= 2

    async def _once(self) -> bool:
        """One life of the SDK's client; True if it ever was connected."""
        ever, down = False, 0.0
        address = await self._address()
        socket = self._new_socket()
        socket.wss_uri = address
        connecting = asyncio.create_task(socket.connect())  # type: ignore[no-untyped-call]
        try:
            while down < self._patience_seconds:
                await asyncio.sleep(self._poll_seconds)
                up = connecting.done() and await socket.is_connected()
                await self._note(up)
                ever, down = ever or up, 0.0 if up else down + self._poll_seconds
        finally:
            self.connected = False
            connecting.cancel()
            with contextlib.suppress(Exception, asyncio.CancelledError):
                await connecting
            await socket.close()  # type: ignore[no-untyped-call]
        return ever

    async def _address(self) -> str:
        """Where to connect to, once. Raises Transient or Permanent."""
        try:
            opened = await asked(self._client.apps_connections_open(app_token=self._app_token))
        except Permanent as error:
            words = (
                f"Slack refuses SLACK_APP_TOKEN ({error.code}): midwatch doctor says how to mend it"
            )
            raise Permanent(words, code=error.code) from None
        return str(opened["url"])

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

    async def _note(self, up: bool) -> None:
        if up == self.connected:
            return
        self.connected = up
        log.warning("slack_socket_%s", "connected" if up else "disconnected")
        if up:
            await self._tell(None)


async def run_socket(app: AsyncApp, app_token: str, client: AsyncWebClient, tell: Tell) -> None:
    """Serve until cancelled."""
    await SlackSocket(app, app_token, client, tell).run()
