"""Socket Mode with the real client, and slack_bolt on top of it and on HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.routing import Route

from bot.sandbox import Sandbox
from bot.sandbox.server import listening
from tests.contracts.sandbox.conftest import APP_TOKEN, SIGNING_SECRET


@pytest.fixture
def app(slack: AsyncWebClient) -> AsyncApp:
    """A bolt app that answers a click, a command and an event."""
    app = AsyncApp(client=slack, signing_secret=SIGNING_SECRET)

    @app.action("ack")
    async def clicked(ack: Any, respond: Any, body: dict[str, Any]) -> None:
        await ack()
        await respond(f"yours, {body['user']['id']}", replace_original=False)

    @app.command("/midwatch")
    async def typed(ack: Any, command: dict[str, Any]) -> None:
        await ack(f"you said {command['text']}")

    @app.event("app_home_opened")
    async def opened(event: dict[str, Any], client: AsyncWebClient) -> None:
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": []})

    return app


async def exercise(slack: AsyncWebClient, sandbox: Sandbox) -> None:
    """A click, a command and an event, each with its visible answer."""
    ack = {"type": "button", "action_id": "ack", "text": {"type": "plain_text", "text": "Ack"}}
    posted = await slack.chat_postMessage(
        channel="#incidents", text="x", blocks=[{"type": "actions", "elements": [ack]}]
    )
    assert (await sandbox.slack.click("Ana", posted["ts"], "ack")).ok
    await sandbox.slack.command("Bo", "/midwatch stats", "#incidents")
    await sandbox.slack.open_home("Ana")
    await sandbox.journal.until(
        lambda: bool(sandbox.slack.ephemerals("Ana", "#incidents") and sandbox.slack.home("Ana"))
    )
    assert sandbox.slack.ephemerals("Ana", "#incidents")[0].text == "yours, U0ANA"
    assert sandbox.slack.ephemerals("Bo", "#incidents")[0].text == "you said stats"


async def test_a_bolt_app_over_http(app: AsyncApp, slack: AsyncWebClient, sandbox: Sandbox) -> None:
    handler = AsyncSlackRequestHandler(app)
    routes = [Route("/slack/events", handler.handle, methods=["POST"])]
    async with listening(Starlette(routes=routes)) as url:
        sandbox.settings.bot_url = url
        await exercise(slack, sandbox)


@pytest.fixture
async def socket(app: AsyncApp, sandbox: Sandbox) -> AsyncIterator[AsyncSocketModeHandler]:
    handler: Any = AsyncSocketModeHandler(app, APP_TOKEN, ping_interval=0.05)
    await handler.connect_async()
    yield handler
    await handler.close_async()


async def test_a_bolt_app_over_a_socket(
    socket: AsyncSocketModeHandler, slack: AsyncWebClient, sandbox: Sandbox
) -> None:
    sandbox.settings.bot_url = "http://127.0.0.1:9"
    await exercise(slack, sandbox)


async def test_a_refreshed_socket_connects_again(
    socket: AsyncSocketModeHandler, slack: AsyncWebClient, sandbox: Sandbox
) -> None:
    mark = sandbox.journal.number
    await sandbox.slack.socket.disconnect()
    await sandbox.journal.wait_for(
        lambda e: e.kind == "socket" and e.data["connected"] == 1, since=mark
    )
    await exercise(slack, sandbox)


async def test_an_app_that_does_not_acknowledge_is_a_time_out(
    sandbox: Sandbox, slack: AsyncWebClient
) -> None:
    silent: Any = AsyncSocketModeHandler(AsyncApp(client=slack), APP_TOKEN)
    silent.client.socket_mode_request_listeners.clear()
    await silent.connect_async()
    sandbox.settings.slack_timeout_seconds = 0.02
    answer = await sandbox.slack.command("Ana", "/midwatch", "#incidents")
    assert (answer.ok, answer.problem) == (False, "timeout")
    await silent.close_async()
