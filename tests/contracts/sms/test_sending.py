"""Texts through the real SDK: what arrives, what is refused, and with which of our two words."""

import asyncio
import logging
import socket
from datetime import UTC, datetime

import pytest
from starlette.responses import Response

from bot.channels import channels
from bot.channels.sms import NAME, Sms
from bot.channels.twilio_channel import TwilioSettings
from bot.core.page import PageState
from bot.ports import Channel, DeliveryError, Permanent, Transient
from bot.sandbox import Fault, Sandbox
from tests.contracts.hooks.world import serving
from tests.contracts.sms.conftest import ANA, BO, PHONES, TOKEN, Channels

SECRETS = (TOKEN, *(number for number in PHONES.values() if number))


def assert_tells_nothing(error: BaseException) -> None:
    seen: BaseException | None = error
    while seen is not None:
        assert not [s for s in SECRETS if len(s) > 4 and s in f"{seen!s} {seen!r}"]
        seen = seen.__cause__ or seen.__context__


async def refusal(sms: Sms, person: str = "ana", text: str = "#12 DOWN checkout") -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await sms.send("p:1", person, text)
    assert_tells_nothing(caught.value)
    return caught.value


async def test_a_text_arrives_with_its_validity_and_a_callback_that_names_the_page(
    sandbox: Sandbox, channel: Channels
) -> None:
    sms = channel(public_url="http://127.0.0.1:9/")
    sent = await sms.send("page:12:it:ana/1 & more", "ana", "#12 DOWN checkout")
    message = sandbox.twilio.messages[0]
    assert (message.to, message.body, message.sid) == (ANA, "#12 DOWN checkout", sent.provider_id)
    assert message.validity_seconds == 600
    assert message.status_callback == (
        "http://127.0.0.1:9/twilio/status?key=page%3A12%3Ait%3Aana%2F1%20%26%20more"
    )
    assert sent.state is PageState.SENDING


async def test_without_a_public_url_twilio_is_given_no_callback(
    sandbox: Sandbox, channel: Channels
) -> None:
    await channel().send("p:1", "ana", "hello")
    assert sandbox.twilio.messages[0].status_callback is None


async def test_a_messaging_service_can_be_the_sender(sandbox: Sandbox, channel: Channels) -> None:
    service = sandbox.settings.messaging_service_sid
    await channel(sender=service).send("p:1", "ana", "hello")
    assert sandbox.twilio.messages[0].messaging_service_sid == service


async def test_a_public_url_that_twilio_cannot_use_does_not_keep_a_page_from_going_out(
    sandbox: Sandbox, channel: Channels
) -> None:
    await channel(public_url="ftp://example.com").send("p:1", "ana", "hello")
    assert [m.body for m in sandbox.twilio.messages] == ["hello"]


@pytest.mark.parametrize(
    ("person", "changes", "text", "code", "mark"),
    [
        ("nobody", {}, "hi", "no_phone", None),
        ("broken", {}, "hi", "21211", None),
        ("far", {}, "hi", "21408", None),
        ("ana", {"sender": "+15005550199"}, "hi", "21606", None),
        ("ana", {"sender": "MG" + "0" * 32}, "hi", "21701", None),
        ("ana", {"sender": ""}, "hi", "21603", None),
        ("ana", {}, "x" * 1601, "21617", None),
        ("ana", {}, "", "21602", None),
        ("ana", {"auth_tokens": ("wrong",)}, "hi", "20003", None),
        ("ana", {"auth_tokens": ()}, "hi", "20003", None),
        ("ana", {"account_sid": "AC" + "b" * 32}, "hi", "20003", None),
    ],
)
async def test_what_will_never_work_is_permanent(
    channel: Channels, person: str, changes: dict[str, object], text: str, code: str, mark: object
) -> None:
    error = await refusal(channel(**changes), person, text)
    assert isinstance(error, Permanent)
    assert (error.code, error.mark) == (code, mark)


@pytest.mark.parametrize(
    ("phone", "code", "mark"),
    [({"opted_out": True}, "21610", "opted_out"), ({"landline": True}, "21614", "landline")],
)
async def test_an_unusable_phone_is_marked(
    sandbox: Sandbox, channel: Channels, phone: dict[str, object], code: str, mark: str
) -> None:
    sandbox.twilio.set_phone("ana", **phone)
    error = await refusal(channel())
    assert isinstance(error, Permanent)
    assert (error.code, error.mark) == (code, mark)


@pytest.mark.parametrize(
    ("fault", "may_have_happened"),
    [
        (Fault.RATE_LIMITED, False),  # turned away
        (Fault.DOWN, True),  # a gateway's 503 does not tell what happened behind it
        (Fault.ERROR, True),
        (Fault.REFUSED, True),  # the request was written before the connection broke
        (Fault.HANG, True),
    ],
)
async def test_what_may_work_later_is_transient(
    sandbox: Sandbox, channel: Channels, fault: Fault, may_have_happened: bool
) -> None:
    sms = channel(timeout_seconds=0.3)
    await sms.start()
    sandbox.twilio.faults.set(fault)
    error = await refusal(sms)
    assert isinstance(error, Transient)
    assert error.may_have_happened is may_have_happened
    assert sandbox.twilio.messages == []


async def test_a_busy_twilio_says_how_long_to_wait(sandbox: Sandbox, channel: Channels) -> None:
    sandbox.twilio.faults.set(Fault.RATE_LIMITED, retry_after_seconds=40)
    error = await refusal(channel())
    assert isinstance(error, Transient)
    assert error.retry_after_seconds == 40


async def test_when_nobody_listens_nothing_has_happened(channel: Channels) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        sms = channel(api_url=f"http://127.0.0.1:{taken.getsockname()[1]}")
        error = await refusal(sms)
    assert isinstance(error, Transient)
    assert not error.may_have_happened
    await sms.start()  # warming up never keeps the bot from starting


@pytest.mark.parametrize("body", ["<html>", "[]", "{}", "null", '{"sid": null}', ""])
async def test_an_answer_that_makes_no_sense_may_hide_a_text_that_went(
    channel: Channels, body: str
) -> None:
    async with serving(Response(body, 201, media_type="application/json")) as url:
        sms = channel(api_url=url)
        error = await refusal(sms)
        assert isinstance(error, Transient)
        assert error.may_have_happened
        await sms.close()


async def test_two_texts_at_once_both_find_the_token_that_is_good(
    sandbox: Sandbox, channel: Channels
) -> None:
    """Both teams are texted in the same moment: neither may take the other back to the old one."""
    sms = channel(auth_tokens=("retired", TOKEN))
    await asyncio.gather(sms.send("p:1", "ana", "one"), sms.send("p:2", "bo", "two"))
    assert sorted(m.body for m in sandbox.twilio.messages) == ["one", "two"]


async def test_while_tokens_are_rotated_the_next_one_is_tried(
    sandbox: Sandbox, channel: Channels
) -> None:
    sms = channel(auth_tokens=("retired", TOKEN))
    await sms.send("p:1", "ana", "one")
    await sms.send("p:2", "ana", "two")
    assert [m.body for m in sandbox.twilio.messages] == ["one", "two"]


async def test_checking_tells_whether_the_account_answers(channel: Channels) -> None:
    await channel().check()
    with pytest.raises(Permanent, match="TWILIO_AUTH_TOKEN") as caught:
        await channel(auth_tokens=("wrong",)).check()
    assert caught.value.code == "20003"


async def test_no_number_and_no_token_reaches_a_log(
    channel: Channels, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sms = channel()
    sent = await sms.send("p:1", "ana", "hello")
    await sms.ask(sent.provider_id)
    await sms.find("p:1", "bo", "hello", caplog_since())
    assert not [secret for secret in (ANA, BO, TOKEN) if secret in caplog.text]
    assert TOKEN not in repr(channel.settings)


def caplog_since() -> datetime:
    return datetime(2020, 1, 1, tzinfo=UTC)


def test_the_channel_is_found_by_its_file() -> None:
    module = channels()[NAME]
    built: Channel = module.Sms(TwilioSettings("AC", ("t",), "+1"), PHONES.get)
    assert built.name == NAME
    assert built.gives_receipts
