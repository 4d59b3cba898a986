"""Texts through the real twilio SDK."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from starlette.responses import Response
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from bot.sandbox import Fault, Sandbox
from bot.sandbox.twilio import BEHAVIOURS, undelivered
from tests.contracts.sandbox.conftest import ACCOUNT, ANA, BO, NUMBER, TOKEN, Bot, Clock


async def test_a_text_is_accepted_with_the_fields_of_a_real_one(
    twilio: Client, sandbox: Sandbox
) -> None:
    sent = await twilio.messages.create_async(to=ANA, from_=NUMBER, body="#12 DOWN")
    assert sent.sid.startswith("SM")
    assert len(sent.sid) == 34
    assert (sent.status, sent.error_code, sent.num_segments) == ("queued", None, "1")
    assert sent.direction == "outbound-api"
    assert sent.date_created == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert sent.uri == f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sent.sid}.json"
    await sandbox.settled()
    assert sandbox.twilio.phone("ana").bodies == ["#12 DOWN"]
    assert (await twilio.messages(sent.sid).fetch_async()).status == "delivered"


async def test_a_messaging_service_accepts_before_it_queues(
    twilio: Client, sandbox: Sandbox
) -> None:
    service = sandbox.settings.messaging_service_sid
    sent = await twilio.messages.create_async(to=ANA, messaging_service_sid=service, body="hi")
    assert sent.status == "accepted"
    assert sent.messaging_service_sid == service


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to": "12"}, 21211),
        ({"to": ""}, 21604),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"from_": "+15005550007"}, 21606),
        ({"from_": "nobody"}, 21212),
        ({"from_": ""}, 21603),
        ({"to": "+447700900123"}, 21408),
        ({"status_callback": "not a url"}, 21609),
        ({"validity_period": 0}, 20001),
    ],
)
async def test_a_wrong_text_is_refused_with_twilios_code(
    twilio: Client, sandbox: Sandbox, change: dict[str, Any], code: int
) -> None:
    sandbox.settings.blocked_prefixes = ("+44",)
    with pytest.raises(TwilioRestException) as refusal:
        await twilio.messages.create_async(**{"to": ANA, "from_": NUMBER, "body": "hi"} | change)
    assert (refusal.value.status, refusal.value.code) == (400, code)
    assert sandbox.twilio.messages == []


async def test_a_landline_an_opted_out_phone_and_a_trial_account_are_refused(
    twilio: Client, sandbox: Sandbox
) -> None:
    sandbox.twilio.phone("Ana").landline = True
    sandbox.twilio.phone("Bo").opted_out = True
    sandbox.settings.trial = True
    for number, code in ((ANA, 21614), (BO, 21610), ("+15005550999", 21608)):
        with pytest.raises(TwilioRestException) as refusal:
            await twilio.messages.create_async(to=number, from_=NUMBER, body="hi")
        assert refusal.value.code == code


async def test_a_wrong_auth_token_is_401_and_code_20003(sandbox: Sandbox, twilio: Client) -> None:
    stranger = Client(ACCOUNT, "wrong", http_client=twilio.http_client)
    stranger.api.base_url = sandbox.base_url
    with pytest.raises(TwilioRestException) as refusal:
        await stranger.messages.create_async(to=ANA, from_=NUMBER, body="hi")
    assert (refusal.value.status, refusal.value.code) == (401, 20003)


async def test_an_unknown_message_is_404_and_code_20404(twilio: Client) -> None:
    with pytest.raises(TwilioRestException) as refusal:
        await twilio.messages("SM" + "0" * 32).fetch_async()
    assert (refusal.value.status, refusal.value.code) == (404, 20404)


async def test_receipts_are_signed_as_the_validator_expects(
    twilio: Client, sandbox: Sandbox, bot: Bot
) -> None:
    url = f"{bot.url}/twilio/status?page=7"
    sent = await twilio.messages.create_async(to=ANA, from_=NUMBER, body="hi", status_callback=url)
    await sandbox.settled()
    receipts = bot.at("/twilio/status")
    assert [r.form["MessageStatus"] for r in receipts] == ["queued", "sent", "delivered"]
    for receipt in receipts:
        assert receipt.form["MessageSid"] == receipt.form["SmsSid"] == sent.sid
        signed = receipt.headers["x-twilio-signature"]
        assert RequestValidator(TOKEN).validate(url, receipt.form, signed)
        assert not RequestValidator("other").validate(url, receipt.form, signed)


@pytest.mark.parametrize(
    ("behaviour", "reported", "final", "arrived"),
    [
        ("delivered", "queued sent delivered", "delivered", True),
        ("undelivered", "queued sent undelivered:30003", "undelivered", False),
        ("filtered", "queued sent undelivered:30007", "undelivered", False),
        ("unregistered", "queued sent undelivered:30034", "undelivered", False),
        ("failed", "queued failed:30008", "failed", False),
        ("no callbacks", "", "delivered", True),
        ("sent only", "queued sent", "sent", True),
        ("stuck in the queue", "", "queued", False),
        ("out of order", "delivered sent queued", "delivered", True),
        ("repeated", "queued queued sent sent delivered delivered", "delivered", True),
    ],
)
async def test_a_phone_behaves_as_told(
    twilio: Client,
    sandbox: Sandbox,
    bot: Bot,
    behaviour: str,
    reported: str,
    final: str,
    arrived: bool,
) -> None:
    sandbox.twilio.set_phone("Bo", receipts=behaviour)
    await twilio.messages.create_async(
        to=BO, from_=NUMBER, body="hi", status_callback=f"{bot.url}/twilio/status"
    )
    await sandbox.settled()
    said = [
        ":".join(filter(None, (r.form["MessageStatus"], r.form.get("ErrorCode"))))
        for r in bot.at("/twilio/status")
    ]
    assert " ".join(said) == reported
    (listed,) = await twilio.messages.list_async(to=BO)
    assert listed.status == final
    assert sandbox.twilio.phone("Bo").bodies == (["hi"] if arrived else [])


async def test_early_receipts_come_before_the_answer_to_create(
    twilio: Client, sandbox: Sandbox, bot: Bot
) -> None:
    sandbox.twilio.phone("Bo").receipts = BEHAVIOURS["early"]
    sent = await twilio.messages.create_async(
        to=BO, from_=NUMBER, body="hi", status_callback=f"{bot.url}/twilio/status"
    )
    assert [r.form["MessageStatus"] for r in bot.seen] == ["queued", "sent", "delivered"]
    assert sent.status == "queued"


async def test_a_phone_that_is_off_gets_nothing(twilio: Client, sandbox: Sandbox) -> None:
    sandbox.twilio.set_phone("Bo", on=False)
    sent = await twilio.messages.create_async(to=BO, from_=NUMBER, body="hi")
    await sandbox.settled()
    assert sandbox.twilio.phone("Bo").bodies == []
    assert [m.body for m in sandbox.twilio.phone("Bo").accepted] == ["hi"]
    fetched = await twilio.messages(sent.sid).fetch_async()
    assert (fetched.status, fetched.error_code) == ("undelivered", 30003)
    assert fetched.error_message == "Unreachable destination handset"


async def test_a_chosen_code_for_one_phone(twilio: Client, sandbox: Sandbox) -> None:
    sandbox.twilio.phone("Bo").receipts = undelivered(30005)
    sent = await twilio.messages.create_async(to=BO, from_=NUMBER, body="hi")
    await sandbox.settled()
    assert (await twilio.messages(sent.sid).fetch_async()).error_code == 30005


async def test_the_list_filters_by_number_and_time_and_pages(
    twilio: Client, sandbox: Sandbox, clock: Clock
) -> None:
    for number in range(5):
        await twilio.messages.create_async(to=ANA, from_=NUMBER, body=f"text {number}")
        await sandbox.settled()  # sent before the next minute
        clock.forward(minutes=1)
    await twilio.messages.create_async(to=BO, from_=NUMBER, body="other")
    await sandbox.settled()
    found = await twilio.messages.list_async(to=ANA, page_size=2)
    assert [m.body for m in found] == ["text 4", "text 3", "text 2", "text 1", "text 0"]
    since = datetime(2026, 11, 23, 9, 3, tzinfo=UTC)
    later = await twilio.messages.list_async(to=ANA, from_=NUMBER, date_sent_after=since)
    assert [m.body for m in later] == ["text 4", "text 3"]
    before = await twilio.messages.list_async(to=ANA, date_sent_before=since)
    assert [m.body for m in before] == ["text 3", "text 2", "text 1", "text 0"]
    assert len(await twilio.messages.list_async(date_sent=since.replace(hour=0, minute=0))) == 0
    assert len(await twilio.messages.list_async(limit=3)) == 3


async def test_a_queued_text_can_be_cancelled_and_a_delivered_one_not(
    twilio: Client, sandbox: Sandbox
) -> None:
    sandbox.twilio.set_phone("Bo", receipts="stuck in the queue")
    stuck = await twilio.messages.create_async(to=BO, from_=NUMBER, body="hi")
    gone = await twilio.messages(stuck.sid).update_async(status="canceled")
    assert gone.status == "canceled"
    sent = await twilio.messages.create_async(to=ANA, from_=NUMBER, body="hi")
    await sandbox.settled()
    with pytest.raises(TwilioRestException):
        await twilio.messages(sent.sid).update_async(status="canceled")


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [(Fault.RATE_LIMITED, 429, 20429), (Fault.ERROR, 500, 20500), (Fault.DOWN, 503, 503)],
)
async def test_faults_that_answer(
    twilio: Client, sandbox: Sandbox, fault: Fault, status: int, code: int
) -> None:
    sandbox.twilio.faults.set(fault, times=1)
    with pytest.raises(TwilioRestException) as refusal:
        await twilio.messages.create_async(to=ANA, from_=NUMBER, body="hi")
    assert (refusal.value.status, refusal.value.code) == (status, code)
    assert sandbox.twilio.messages == []
    await twilio.messages.create_async(to=ANA, from_=NUMBER, body="hi")
    assert len(sandbox.twilio.messages) == 1


async def test_a_refused_connection_leaves_no_message(twilio: Client, sandbox: Sandbox) -> None:
    sandbox.twilio.faults.set(Fault.REFUSED)
    with pytest.raises(aiohttp.ClientConnectionError):
        await twilio.messages.create_async(to=ANA, from_=NUMBER, body="hi")
    assert sandbox.twilio.messages == []


async def test_a_dropped_answer_leaves_a_message_that_the_list_shows(
    twilio: Client, sandbox: Sandbox
) -> None:
    sandbox.twilio.faults.set(Fault.DROP_AFTER_ACCEPT, times=1, match="POST")
    with pytest.raises(aiohttp.ClientConnectionError):
        await twilio.messages.create_async(to=ANA, from_=NUMBER, body="hi")
    assert [m.body for m in await twilio.messages.list_async(to=ANA)] == ["hi"]


async def test_a_hanging_request_ends_when_the_caller_gives_up(
    twilio: Client, sandbox: Sandbox
) -> None:
    sandbox.twilio.faults.set(Fault.HANG_AFTER_ACCEPT)
    twilio.http_client.timeout = 0.05
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await twilio.messages.create_async(to=ANA, from_=NUMBER, body="hi")
    assert len(sandbox.twilio.messages) == 1


async def test_a_receipt_that_midwatch_does_not_take_is_an_alert_and_not_sent_again(
    twilio: Client, sandbox: Sandbox, bot: Bot
) -> None:
    bot.will_answer("/twilio/status", Response(status_code=503))
    await twilio.messages.create_async(
        to=ANA, from_=NUMBER, body="hi", status_callback=f"{bot.url}/twilio/status"
    )
    await sandbox.settled()
    assert len(bot.at("/twilio/status")) == 3
    assert [alert.code for alert in sandbox.twilio.alerts] == [11200]


async def test_doctor_finds_account_number_and_service(twilio: Client, sandbox: Sandbox) -> None:
    assert (await twilio.api.accounts(ACCOUNT).fetch_async()).status == "active"
    (number,) = await twilio.incoming_phone_numbers.list_async(phone_number=NUMBER)
    assert number.sms_url == f"{sandbox.settings.bot_url}/twilio/sms"
    changed = await twilio.incoming_phone_numbers(number.sid).update_async(
        sms_fallback_url="http://127.0.0.1:9/fallback"
    )
    assert changed.sms_fallback_url == "http://127.0.0.1:9/fallback"
    assert await twilio.incoming_phone_numbers.list_async(phone_number="+15005550007") == []
    service = sandbox.settings.messaging_service_sid
    assert (await twilio.messaging.v1.services(service).fetch_async()).sid == service
    (member,) = await twilio.messaging.v1.services(service).phone_numbers.list_async()
    assert member.phone_number == NUMBER
