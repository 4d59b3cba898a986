"""Socket Mode: the same listeners over a connection that we open."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from bot.core.events import Acknowledged
from bot.sandbox import Sandbox
from bot.slack.listeners import build_app
from bot.slack.socket_mode import SlackSocket
from tests.contracts.slack.conftest import APP_TOKEN, Midwatch


async def until(true: Callable[[], bool], seconds: float = 8) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


@pytest.fixture
def told() -> list[str | None]:
    """What it said about itself."""
    return []


@asynccontextmanager
async def running(
    midwatch: Midwatch, told: list[str | None], app_token: str = APP_TOKEN
) -> AsyncIterator[SlackSocket]:
    async def tell(why: str | None) -> None:
        told.append(why)

    client = midwatch.messages.client
    app, _ = build_app(midwatch.engine, midwatch.chat, client, "unused", midwatch.engine.counted)
    socket = SlackSocket(app, app_token, client, tell, poll_seconds=0.02, ping_seconds=0.2)
    task = asyncio.create_task(socket.run())
    yield socket
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert not socket.connected


@pytest.fixture
async def socket(
    midwatch: Midwatch, sandbox: Sandbox, told: list[str | None]
) -> AsyncIterator[SlackSocket]:
    async with running(midwatch, told) as socket:
        await until(lambda: socket.connected and sandbox.slack.socket.connected > 0)
        yield socket


async def test_a_token_that_slack_refuses_is_told_of_and_tried_again(
    midwatch: Midwatch, sandbox: Sandbox, told: list[str | None]
) -> None:
    sandbox.context.settings.slack_app_token = "xapp-another"
    async with running(midwatch, told) as socket:
        await until(lambda: len(told) > 0)
        assert "Slack refuses SLACK_APP_TOKEN (invalid_auth)" in str(told[0])
        assert "xapp" not in str(told)
        assert not socket.connected
        sandbox.context.settings.slack_app_token = APP_TOKEN
        await until(lambda: socket.connected)
        assert told[-1] is None


async def test_a_command_over_the_socket_is_an_event_and_a_question_is_answered(
    midwatch: Midwatch, sandbox: Sandbox, socket: SlackSocket
) -> None:
    assert (await sandbox.slack.command("Ana", "/midwatch ack 12", "#general")).ok
    (event,) = midwatch.engine.events
    assert isinstance(event, Acknowledged)
    await sandbox.slack.command("Ana", "/midwatch on-call", "#general")
    assert "On call for IT" in sandbox.slack.ephemerals("Ana", "#general")[-1].text


async def test_what_was_not_committed_is_not_acknowledged(
    midwatch: Midwatch, sandbox: Sandbox, socket: SlackSocket
) -> None:
    sandbox.context.settings.slack_timeout_seconds = 0.3
    midwatch.engine.things.down = True
    sent = asyncio.create_task(sandbox.slack.message("Ana", "U0ANA", "12"))
    await sent
    midwatch.engine.things.down = False
    await until(lambda: len(midwatch.engine.events) == 1)


async def test_it_connects_again_when_slack_asks_it_to(
    midwatch: Midwatch, sandbox: Sandbox, socket: SlackSocket
) -> None:
    before = list(sandbox.slack.socket._sockets)
    await sandbox.slack.socket.disconnect()
    await until(
        lambda: any(one not in before and not one.closed for one in sandbox.slack.socket._sockets)
    )
    await until(lambda: socket.connected)
    assert (await sandbox.slack.command("Bo", "/midwatch ack 12", "#general")).ok
