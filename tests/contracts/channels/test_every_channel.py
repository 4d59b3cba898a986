"""What every channel promises the outbox, asked of all that are wired, whatever they are.

The whole Midwatch runs against the sandbox, so each channel's real SDK and provider answer.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.beside import switched_on
from bot.channels import channels
from bot.core.page import PageState
from bot.ports import Channel, Permanent, Transient
from bot.sandbox import Fault
from tests.contracts.channels.mail_server import MailServer, mail_server
from tests.stories.setting import CONFIG
from tests.stories.world import World, world

NAMES = sorted(channels())
PERSON, TEXT = "bo", "#12 DOWN checkout 03:12: HTTP 503. Reply 12 to ack"


@pytest.fixture
async def post() -> AsyncIterator[MailServer]:
    async with mail_server() as it:
        yield it


@pytest.fixture
async def running(tmp_path: Path, post: MailServer) -> AsyncIterator[World]:
    more = 'github: bo-dev, email: bo@example.com, webhook: "WEBHOOKS/bo"'
    config = CONFIG.replace("github: bo-dev", more)
    mail = {"SMTP_URL": post.url(), "MAIL_FROM": "midwatch@example.com"}
    async with world(tmp_path, config, **mail) as it:
        yield it


def channel(it: World, name: str) -> Channel:
    found = it.midwatch.channels[name]
    assert found.name == name
    return found


async def test_a_channel_is_built_exactly_when_its_variables_are_set(running: World) -> None:
    assert set(running.midwatch.channels) == set(NAMES)
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"):
        del running.installed.env[name]
    await running.restarts()
    left = switched_on(running.midwatch.settings)
    assert set(running.midwatch.channels) == set(left) == {"slack", "email", "webhook"}


@pytest.mark.parametrize("name", NAMES)
async def test_what_was_sent_is_found_again_and_what_was_not_is_not(
    running: World, name: str
) -> None:
    found, before = channel(running, name), running.clock.now() - timedelta(minutes=2)
    assert await found.find("page-1", PERSON, TEXT, before) is None
    sent = await found.send("page-1", PERSON, TEXT)
    again = await found.find("page-1", PERSON, TEXT, before)
    assert (again is not None) is found.can_find
    assert again is None or again.provider_id == sent.provider_id
    assert await found.find("page-2", PERSON, "another text", before) is None


@pytest.mark.parametrize("name", NAMES)
async def test_a_channel_with_receipts_tells_what_became_of_it_when_asked(
    running: World, name: str
) -> None:
    found = channel(running, name)
    sent = await found.send("page-1", PERSON, TEXT)
    await running.sandbox.settled()
    receipt = await found.ask(sent.provider_id)
    if found.gives_receipts:
        assert receipt is not None
        # A phone that rings has been told nothing yet: only a key delivers a call.
        rings = name == "call"
        assert receipt.state is (PageState.SENDING if rings else PageState.DELIVERED)
    assert await found.ask("never-sent") is None


@pytest.mark.parametrize("name", NAMES)
async def test_somebody_without_an_address_is_a_permanent_refusal_in_words(
    running: World, name: str
) -> None:
    with pytest.raises(Permanent) as refused:
        await channel(running, name).send("page-1", "nobody", TEXT)
    assert str(refused.value)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.REFUSED, Fault.RATE_LIMITED])
async def test_a_provider_that_is_away_is_transient_and_nothing_secret_is_said(
    running: World, post: MailServer, name: str, fault: Fault
) -> None:
    post.fault = fault
    running.sandbox.twilio.faults.set(fault)
    running.sandbox.slack.faults.set(fault)
    running.sandbox.webhooks.faults.set(fault)
    with pytest.raises(Transient) as away:
        await channel(running, name).send("page-1", PERSON, TEXT)
    said = str(away.value)
    assert said
    env = running.installed.env
    secrets = [value for key, value in env.items() if "TOKEN" in key or "SECRET" in key]
    assert not any(secret in said for secret in [*secrets, "+15005550102", "15005550102"])


@pytest.mark.parametrize("name", NAMES)
async def test_what_the_provider_took_although_we_saw_an_error_is_found(
    running: World, post: MailServer, name: str
) -> None:
    post.fault = Fault.DROP_AFTER_ACCEPT
    found, before = channel(running, name), running.clock.now() - timedelta(minutes=2)
    lost = "Calls.json" if name == "call" else "Messages.json"
    running.sandbox.twilio.faults.set(Fault.DROP_AFTER_ACCEPT, times=1, match=lost)
    running.sandbox.slack.faults.set(Fault.DROP_AFTER_ACCEPT, times=1, match="chat.postMessage")
    running.sandbox.webhooks.faults.set(Fault.DROP_AFTER_ACCEPT, times=1)
    with pytest.raises(Transient) as doubtful:
        await found.send("page-1", PERSON, TEXT)
    assert doubtful.value.may_have_happened
    assert (await found.find("page-1", PERSON, TEXT, before) is not None) is found.can_find
