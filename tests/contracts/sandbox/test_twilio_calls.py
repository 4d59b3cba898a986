"""Calls through the real twilio SDK."""

import pytest
from starlette.responses import Response
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallInstance
from twilio.twiml.voice_response import Gather, VoiceResponse

from bot.sandbox import Sandbox
from tests.contracts.sandbox.conftest import BO, NUMBER, TOKEN, Bot, Clock

EVENTS = ["initiated", "ringing", "answered", "completed"]


async def ring(client: Client, bot: Bot, **more: str) -> CallInstance:
    return await client.calls.create_async(
        to=BO,
        from_=NUMBER,
        url=f"{bot.url}/twilio/voice",
        status_callback=f"{bot.url}/twilio/voice/status",
        status_callback_event=EVENTS,
        **more,
    )


def question() -> Response:
    response = VoiceResponse()
    gather = Gather(num_digits=1, action="/twilio/voice/key")
    gather.say("Incident twelve. Press four to say you have it.")
    response.append(gather)
    return Response(str(response), media_type="application/xml")


def goodbye() -> Response:
    response = VoiceResponse()
    response.say("Thank you.")
    return Response(str(response), media_type="application/xml")


async def test_a_call_is_answered_a_key_pressed_and_it_ends(
    twilio: Client, sandbox: Sandbox, bot: Bot, clock: Clock
) -> None:
    bot.will_answer("/twilio/voice", question())
    bot.will_answer("/twilio/voice/key", goodbye())
    call = await ring(twilio, bot)
    assert (call.status, call.direction) == ("queued", "outbound-api")
    await sandbox.settled()
    assert sandbox.twilio.phone("Bo").call is not None
    heard = await sandbox.twilio.answer("Bo")
    assert heard.said == ["Incident twelve. Press four to say you have it."]
    clock.forward(seconds=12)
    await sandbox.twilio.press("Bo", "4")
    assert bot.at("/twilio/voice/key")[0].form["Digits"] == "4"
    ended = await twilio.calls(call.sid).fetch_async()
    assert (ended.status, ended.duration) == ("completed", "12")
    assert heard.said[-1] == "Thank you."


async def test_progress_is_signed_and_numbered(twilio: Client, sandbox: Sandbox, bot: Bot) -> None:
    bot.will_answer("/twilio/voice", goodbye())
    await ring(twilio, bot)
    await sandbox.settled()
    await sandbox.twilio.answer("Bo")
    progress = bot.at("/twilio/voice/status")
    states = [p.form["CallStatus"] for p in progress]
    assert states == ["queued", "ringing", "in-progress", "completed"]
    assert [p.form["SequenceNumber"] for p in progress] == ["0", "1", "2", "3"]
    for seen in bot.seen:
        signed = seen.headers["x-twilio-signature"]
        assert RequestValidator(TOKEN).validate(seen.url, seen.form, signed)


@pytest.mark.parametrize(
    ("answering", "status"), [("busy", "busy"), ("failed", "failed"), ("no-answer", "no-answer")]
)
async def test_a_call_that_nobody_takes(
    twilio: Client, sandbox: Sandbox, bot: Bot, answering: str, status: str
) -> None:
    sandbox.twilio.set_phone("Bo", answering=answering)
    call = await ring(twilio, bot)
    await sandbox.settled()
    assert (await twilio.calls(call.sid).fetch_async()).status == status
    assert bot.at("/twilio/voice") == []


async def test_a_phone_rings_no_longer_than_asked(
    twilio: Client, sandbox: Sandbox, bot: Bot
) -> None:
    call = await ring(twilio, bot, timeout="0")
    record = sandbox.twilio.voice.find(call.sid)
    await sandbox.journal.until(lambda: record.over)
    assert record.status == "no-answer"


async def test_a_voicemail_says_that_it_is_a_machine(
    twilio: Client, sandbox: Sandbox, bot: Bot
) -> None:
    sandbox.twilio.set_phone("Bo", answering="voicemail")
    bot.will_answer("/twilio/voice", goodbye())
    await ring(twilio, bot, machine_detection="Enable")
    await sandbox.settled()
    assert bot.at("/twilio/voice")[0].form["AnsweredBy"] == "machine_start"


async def test_a_call_can_be_listed_and_ended_by_the_account(
    twilio: Client, sandbox: Sandbox, bot: Bot
) -> None:
    call = await ring(twilio, bot)
    await sandbox.settled()
    assert [c.sid for c in await twilio.calls.list_async(to=BO, status="ringing")] == [call.sid]
    ended = await twilio.calls(call.sid).update_async(status="canceled")
    assert ended.status == "canceled"
    with pytest.raises(LookupError):
        await sandbox.twilio.answer("Bo")


@pytest.mark.parametrize(
    ("change", "code"),
    [({"to": "12"}, 21211), ({"url": "nothing"}, 21205), ({"from_": "+15005550007"}, 21210)],
)
async def test_a_wrong_call_is_refused(twilio: Client, change: dict[str, str], code: int) -> None:
    order = {"to": BO, "from_": NUMBER, "url": "http://127.0.0.1:9/voice"} | change
    with pytest.raises(TwilioRestException) as refusal:
        await twilio.calls.create_async(**order)
    assert refusal.value.code == code
