"""What Bolt and the SDK write down: no token, no address, nothing that people said."""

import logging

import pytest

from bot.ports import StoreUnavailable, Transient
from bot.sandbox import Sandbox
from bot.sandbox.faults import Fault
from bot.slack.bolt_log import bolt_logger
from bot.slack.listeners import build_app
from tests.contracts.slack.conftest import BOT_TOKEN, Midwatch


async def test_nothing_secret_is_logged_even_where_everything_is(
    midwatch: Midwatch, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await sandbox.slack.command("Ana", "/midwatch open checkout the-customers-secret", "#general")
    await sandbox.slack.message("Ana", "U0ANA", "the-customers-secret")
    await midwatch.listeners.background.settled()
    sandbox.slack.faults.set(Fault.DOWN)
    with pytest.raises(Transient):
        await midwatch.chat.post("post:1", "support", "the-customers-secret")
    ours = [r.getMessage() for r in caplog.records if r.name.startswith(("bot.slack", "slack"))]
    for secret in (BOT_TOKEN, "the-customers-secret", "/actions/"):
        assert not any(secret in line for line in ours)


def test_bolt_s_long_advice_becomes_its_first_line(caplog: pytest.LogCaptureFixture) -> None:
    bolt_logger().warning("Unhandled %s at https://hooks.example/secret xoxb-1-a\n{'body'}", "it")
    (record,) = caplog.records
    assert record.getMessage() == "Unhandled it at [secret] [secret]"


async def test_a_broken_background_task_is_logged_not_lost(
    midwatch: Midwatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails() -> None:
        raise StoreUnavailable("disk full")

    midwatch.listeners.background.start(fails(), "form")
    await midwatch.listeners.background.settled()
    assert "form (disk full)" in caplog.text


async def test_a_token_in_the_environment_is_nothing_to_warn_about(
    midwatch: Midwatch, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", BOT_TOKEN)
    engine = midwatch.engine
    client = midwatch.messages.client
    build_app(engine, midwatch.chat, client, "a-signing-secret", engine.counted)
    assert caplog.records == []
