"""Texts from phones: forms, TwiML, STOP and START, fallbacks."""

import pytest
from starlette.responses import Response
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.twiml.messaging_response import MessagingResponse

from bot.sandbox import Sandbox
from tests.contracts.sandbox.conftest import ANA, NUMBER, TOKEN, Bot


def twiml(*messages: str) -> Response:
    response = MessagingResponse()
    for message in messages:
        response.message(message)
    return Response(str(response), media_type="application/xml")


async def test_a_text_reaches_the_webhook_signed_and_with_every_field(
    sandbox: Sandbox, bot: Bot
) -> None:
    texted = await sandbox.twilio.text("Ana", "12")
    (seen,) = bot.at("/twilio/sms")
    assert (seen.form["From"], seen.form["To"], seen.form["Body"]) == (ANA, NUMBER, "12")
    assert seen.form["MessageSid"] == seen.form["SmsMessageSid"] == texted.message.sid
    signed = seen.headers["x-twilio-signature"]
    assert RequestValidator(TOKEN).validate(f"{bot.url}/twilio/sms", seen.form, signed)
    assert texted.ok


async def test_a_twiml_answer_is_a_text_to_the_phone(sandbox: Sandbox, bot: Bot) -> None:
    bot.will_answer("/twilio/sms", twiml("#12 is yours <b> & all"))
    texted = await sandbox.twilio.text("Ana", "12")
    assert texted.replies == ["#12 is yours <b> & all"]
    assert sandbox.twilio.phone("Ana").bodies == ["#12 is yours <b> & all"]


async def test_a_stranger_can_text_too(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.twilio.text("+15005550999", "12")
    assert bot.seen[0].form["From"] == "+15005550999"


@pytest.mark.parametrize("word", ["STOP", "stop ", "Revoke", "CANCEL"])
async def test_stop_closes_the_number_and_start_opens_it(
    sandbox: Sandbox, bot: Bot, twilio: Client, word: str
) -> None:
    await sandbox.twilio.text("Ana", word)
    assert bot.seen[0].form["OptOutType"] == "STOP"
    assert "unsubscribed" in sandbox.twilio.phone("Ana").bodies[0]
    with pytest.raises(TwilioRestException) as refusal:
        await twilio.messages.create_async(to=ANA, from_=NUMBER, body="hi")
    assert refusal.value.code == 21610
    await sandbox.twilio.text("Ana", "START")
    assert bot.seen[1].form["OptOutType"] == "START"
    await twilio.messages.create_async(to=ANA, from_=NUMBER, body="hi")
    await sandbox.settled()
    assert sandbox.twilio.phone("Ana").bodies[-1] == "hi"


async def test_a_sentence_with_stop_in_it_is_no_opt_out(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.twilio.text("Ana", "stop it please")
    assert "OptOutType" not in bot.seen[0].form
    assert not sandbox.twilio.phone("Ana").opted_out


async def test_an_answer_to_someone_who_just_opted_out_is_dropped_with_an_alert(
    sandbox: Sandbox, bot: Bot
) -> None:
    bot.will_answer("/twilio/sms", twiml("sorry to see you go"))
    texted = await sandbox.twilio.text("Ana", "STOP")
    assert texted.replies == []
    assert [alert.code for alert in sandbox.twilio.alerts] == [21610]


async def test_without_a_fallback_a_failing_webhook_loses_the_text(
    sandbox: Sandbox, bot: Bot
) -> None:
    bot.will_answer("/twilio/sms", Response(status_code=503))
    texted = await sandbox.twilio.text("Ana", "12")
    assert texted.status == 503
    assert [alert.code for alert in sandbox.twilio.alerts] == [11200]
    assert len(bot.seen) == 1


async def test_with_a_fallback_the_text_goes_there_with_the_reason(
    sandbox: Sandbox, bot: Bot
) -> None:
    sandbox.twilio.inbound.fallback_url = f"{bot.url}/fallback"
    bot.will_answer("/twilio/sms", Response(status_code=500))
    bot.will_answer("/fallback", twiml("got it"))
    texted = await sandbox.twilio.text("Ana", "12")
    (seen,) = bot.at("/fallback")
    assert seen.form["ErrorCode"] == "11200"
    assert seen.form["ErrorUrl"] == f"{bot.url}/twilio/sms"
    assert texted.replies == ["got it"]


async def test_nobody_listening_is_a_connection_failure(sandbox: Sandbox) -> None:
    sandbox.settings.bot_url = "http://127.0.0.1:9"
    texted = await sandbox.twilio.text("Ana", "12")
    assert texted.status is None
    assert [alert.code for alert in sandbox.twilio.alerts] == [11205]


async def test_an_answer_that_is_not_twiml_is_an_alert(sandbox: Sandbox, bot: Bot) -> None:
    bot.will_answer("/twilio/sms", Response("<html>", media_type="text/html"))
    await sandbox.twilio.text("Ana", "12")
    assert [alert.code for alert in sandbox.twilio.alerts] == [12100]


async def test_the_same_webhook_can_come_twice(sandbox: Sandbox, bot: Bot) -> None:
    first = await sandbox.twilio.text("Ana", "12")
    await sandbox.twilio.text("Ana", "12", sid=first.message.sid)
    assert [seen.form["MessageSid"] for seen in bot.seen] == [first.message.sid] * 2
    assert len(sandbox.twilio.messages) == 1
