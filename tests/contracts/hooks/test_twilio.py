"""Twilio's door, called by a local Twilio that signs as the real one does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator

from bot.channels.sms import Sms
from bot.channels.twilio_channel import TwilioSettings
from bot.channels.twilio_words import receipt
from bot.core.events import NumberMarked, ReceiptReceived, TextReceived
from bot.core.page import PageState
from bot.sandbox import Sandbox, SandboxSettings, running
from bot.web.twilio import TwilioDoor, router
from tests.contracts.hooks.world import NOW, Inbox, serving

SID, TOKEN, OURS, ANA = "AC" + "a" * 32, "token-of-the-test", "+15005550100", "+15005550101"
PUBLIC = "https://midwatch.example.com"
DOOR = TwilioDoor((TOKEN,), PUBLIC, {ANA: "ana"}.get, receipt)
STATUS = f"{PUBLIC}/twilio/status?key=page%3A12%2Fana"

# Field names after Twilio's "Guide to webhook requests"; unknown ones come without notice.
TEXT = {
    "ToCountry": "US",
    "SmsMessageSid": "SM0",
    "NumMedia": "0",
    "SmsSid": "SM0",
    "SmsStatus": "received",
    "Body": "12",
    "To": OURS,
    "NumSegments": "1",
    "MessageSid": "SM0",
    "AccountSid": SID,
    "From": ANA,
    "ApiVersion": "2010-04-01",
    "SomethingNew": "",
}
RECEIPT = {
    "SmsSid": "SM1",
    "SmsStatus": "delivered",
    "MessageStatus": "delivered",
    "To": ANA,
    "MessageSid": "SM1",
    "AccountSid": SID,
    "From": OURS,
    "ApiVersion": "2010-04-01",
    "RawDlrDoneDate": "2611230902",
}


def app(inbox: Inbox, door: TwilioDoor = DOOR) -> FastAPI:
    application = FastAPI()
    application.include_router(router(inbox, door))
    return application


async def post(
    inbox: Inbox,
    url: str,
    form: dict[str, str] | list[tuple[str, str]],
    *,
    token: str = TOKEN,
    door: TwilioDoor = DOOR,
    **headers: str,
) -> httpx.Response:
    """Sign for PUBLIC_URL and send over plain HTTP, as a proxy that ends TLS does."""
    pairs = list(form.items()) if isinstance(form, dict) else form
    signature = RequestValidator(token).compute_signature(url, ImmutableMultiDict(pairs))
    return await send(inbox, url, urlencode(pairs), door, x_twilio_signature=signature, **headers)


async def send(
    inbox: Inbox, url: str, body: str | bytes, door: TwilioDoor = DOOR, **headers: str
) -> httpx.Response:
    transport = httpx.ASGITransport(app(inbox, door))
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named.setdefault("content-type", "application/x-www-form-urlencoded")
    async with httpx.AsyncClient(transport=transport, base_url="http://10.0.0.7:8000") as client:
        path = url.removeprefix(PUBLIC)
        content = body.encode() if isinstance(body, str) else body
        return await client.post(path, content=content, headers=named)


async def test_a_text_of_a_known_person_is_kept_before_twilio_is_answered() -> None:
    inbox = Inbox()
    answer = await post(inbox, f"{PUBLIC}/twilio/sms", TEXT)
    assert (answer.status_code, answer.text) == (200, "<Response/>")
    assert answer.headers["content-type"].startswith("text/xml")
    event = inbox.events["sms:SM0"]
    assert isinstance(event, TextReceived)
    assert (event.actor.person, event.actor.via, event.actor.name) == ("ana", "sms", "Ana")
    assert (event.body, event.sid, event.at) == ("12", "SM0", NOW)


async def test_the_same_text_delivered_twice_is_one_event() -> None:
    inbox = Inbox()
    for _ in range(2):
        await post(inbox, f"{PUBLIC}/twilio/sms", TEXT)
    assert list(inbox.events) == ["sms:SM0"]


async def test_a_stranger_gets_an_empty_answer_and_leaves_no_trace() -> None:
    inbox = Inbox()
    answer = await post(inbox, f"{PUBLIC}/twilio/sms", TEXT | {"From": "+15559999999"})
    assert (answer.status_code, answer.text) == (200, "<Response/>")
    assert inbox.events == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"Body": ""},
        {"Body": "", "NumMedia": "2", "MediaUrl0": "https://api.twilio.com/x"},
        {"Body": "ack 12 ✓ 日本\x00\ud83d".encode("utf-8", "replace").decode()},
        {"Body": "x" * 9000},
        {"NumMedia": "not a number"},
    ],
)
async def test_pictures_blanks_long_and_strange_texts_are_taken(changes: dict[str, str]) -> None:
    inbox = Inbox()
    answer = await post(inbox, f"{PUBLIC}/twilio/sms", TEXT | changes)
    assert answer.status_code == 200
    event = inbox.only()
    assert isinstance(event, TextReceived)
    assert len(event.body) <= 1600
    assert "\x00" not in event.body


@pytest.mark.parametrize(
    ("changes", "mark"),
    [
        ({"Body": "STOP", "OptOutType": "STOP"}, "opted_out"),
        ({"Body": " unsubscribe "}, "opted_out"),
        ({"Body": "arrêt", "OptOutType": "STOP"}, "opted_out"),
        ({"Body": "Start"}, None),
        ({"Body": "UNSTOP", "OptOutType": "START"}, None),
    ],
)
async def test_the_words_that_twilio_acts_on_mark_the_number(
    changes: dict[str, str], mark: str | None
) -> None:
    inbox = Inbox()
    await post(inbox, f"{PUBLIC}/twilio/sms", TEXT | changes)
    assert inbox.only() == NumberMarked("ana", "sms", mark, NOW)


@pytest.mark.parametrize("body", ["please stop paging me", "stop it", "12 ok", "help"])
async def test_a_sentence_with_such_a_word_is_a_text_like_any_other(body: str) -> None:
    inbox = Inbox()
    await post(inbox, f"{PUBLIC}/twilio/sms", TEXT | {"Body": body})
    assert isinstance(inbox.only(), TextReceived)


async def test_a_receipt_names_its_page() -> None:
    inbox = Inbox()
    answer = await post(inbox, STATUS, RECEIPT)
    assert answer.status_code == 200
    assert inbox.events == {
        "receipt:SM1:delivered": ReceiptReceived(
            "page:12/ana", PageState.DELIVERED, NOW, provider_id="SM1"
        )
    }


async def test_an_error_is_told_in_words_and_repeating_it_is_harmless() -> None:
    inbox = Inbox()
    lost = RECEIPT | {"MessageStatus": "undelivered", "ErrorCode": "30003"}
    for _ in range(3):
        await post(inbox, STATUS, lost)
    event = inbox.events["receipt:SM1:undelivered:30003"]
    assert isinstance(event, ReceiptReceived)
    assert event.error == "the phone is switched off or out of reach (30003)"
    assert len(inbox.events) == 1


async def test_an_opt_out_or_landline_that_comes_with_the_receipt_marks_the_number_too() -> None:
    inbox = Inbox()
    await post(inbox, STATUS, RECEIPT | {"MessageStatus": "failed", "ErrorCode": "21610"})
    assert NumberMarked("ana", "sms", "opted_out", NOW) in inbox.events.values()
    assert len(inbox.events) == 2


@pytest.mark.parametrize(
    ("url", "changes"),
    [
        (f"{PUBLIC}/twilio/status", {}),
        (f"{PUBLIC}/twilio/status?key=", {}),
        (f"{PUBLIC}/twilio/status?key=" + "k" * 600, {}),
        (STATUS, {"MessageStatus": "teleported"}),
        (STATUS, {"MessageStatus": "received"}),
        (STATUS, {"MessageSid": "", "SmsSid": "../../x"}),
    ],
)
async def test_receipts_that_mean_nothing_to_us_are_answered_and_dropped(
    url: str, changes: dict[str, str]
) -> None:
    inbox = Inbox()
    assert (await post(inbox, url, RECEIPT | changes)).status_code == 200
    assert inbox.events == {}


async def test_an_error_code_that_is_no_number_does_not_lose_the_receipt() -> None:
    inbox = Inbox()
    await post(inbox, STATUS, RECEIPT | {"MessageStatus": "failed", "ErrorCode": "٣x"})
    assert list(inbox.events) == ["receipt:SM1:failed"]


async def test_fields_that_come_twice_are_signed_twice() -> None:
    inbox = Inbox()
    answer = await post(
        inbox, f"{PUBLIC}/twilio/sms", [*TEXT.items(), ("Extra", "b"), ("Extra", "a")]
    )
    assert answer.status_code == 200
    assert len(inbox.events) == 1


async def test_what_twilio_did_not_sign_is_refused() -> None:
    inbox = Inbox()
    url = f"{PUBLIC}/twilio/sms"
    good = RequestValidator(TOKEN).compute_signature(url, TEXT)
    forged = [
        await send(inbox, url, urlencode(TEXT)),
        await send(inbox, url, urlencode(TEXT), x_twilio_signature=""),
        await send(inbox, url, urlencode(TEXT | {"Body": "all"}), x_twilio_signature=good),
        await send(inbox, f"{url}?x=1", urlencode(TEXT), x_twilio_signature=good),
        await send(inbox, f"{PUBLIC}/twilio/status", urlencode(TEXT), x_twilio_signature=good),
        await post(inbox, url, TEXT, token="another"),
        await post(inbox, url, TEXT, x_twilio_webhooks_signature_settings="algorithm=NONE"),
        await post(inbox, url.replace(PUBLIC, "http://10.0.0.7:8000"), TEXT),
    ]
    assert [answer.status_code for answer in forged[:-1]] == [401] * 7
    assert forged[-1].status_code == 401  # signed for the address behind the proxy
    assert inbox.events == {}


@pytest.mark.parametrize(
    ("public_url", "signed_for"),
    [
        ("https://example.com/midwatch", "https://example.com/midwatch/twilio/status?key=p1"),
        ("https://example.com/midwatch/", "https://example.com/midwatch/twilio/status?key=p1"),
        ("https://example.com:8443", "https://example.com:8443/twilio/status?key=p1"),
        ("https://example.com:8443", "https://example.com/twilio/status?key=p1"),  # or without
        ("https://example.com", "https://example.com:443/twilio/status?key=p1"),
    ],
)
async def test_a_public_url_may_have_a_path_that_the_proxy_takes_off_and_a_port(
    public_url: str, signed_for: str
) -> None:
    inbox = Inbox()
    signature = RequestValidator(TOKEN).compute_signature(signed_for, RECEIPT)
    answer = await send(
        inbox,
        "/twilio/status?key=p1",
        urlencode(RECEIPT),
        replace(DOOR, public_url=public_url),
        x_twilio_signature=signature,
    )
    assert answer.status_code == 200
    assert len(inbox.events) == 1


async def test_while_tokens_are_rotated_both_are_good() -> None:
    door = replace(DOOR, auth_tokens=("old", "new"))
    for token, status in (("old", 200), ("new", 200), ("", 401)):
        inbox = Inbox()
        answer = await post(inbox, f"{PUBLIC}/twilio/sms", TEXT, token=token, door=door)
        assert answer.status_code == status
        assert len(inbox.events) == (status == 200)


@pytest.mark.parametrize(
    "changes", [{"auth_tokens": ()}, {"auth_tokens": ("",)}, {"public_url": ""}]
)
async def test_without_its_secrets_the_door_is_shut_and_says_so(changes: dict[str, object]) -> None:
    inbox = Inbox()
    door = replace(DOOR, **changes)  # type: ignore[arg-type]
    answer = await post(inbox, f"{PUBLIC}/twilio/sms", TEXT, token="", door=door)
    assert answer.status_code == 503
    assert "must be set" in answer.text
    assert inbox.events == {}


async def test_without_a_database_twilio_is_told_to_come_again() -> None:
    inbox = Inbox()
    inbox.store.away = True
    assert (await post(inbox, f"{PUBLIC}/twilio/sms", TEXT)).status_code == 503
    assert (await post(inbox, STATUS, RECEIPT)).status_code == 503


async def test_a_form_of_the_wrong_size_or_method_is_refused() -> None:
    inbox = Inbox()
    big = await send(inbox, f"{PUBLIC}/twilio/sms", "Body=" + "x" * 70_000, x_twilio_signature="x")
    assert big.status_code == 413
    many = await send(inbox, f"{PUBLIC}/twilio/sms", "a=1&" * 400, x_twilio_signature="x")
    assert many.status_code == 401


@given(st.binary(max_size=300), st.text(max_size=40), st.text(max_size=40))
async def test_garbage_is_refused_and_never_an_error(
    body: bytes, signature: str, query: str
) -> None:
    inbox = Inbox()
    url = f"{PUBLIC}/twilio/status?{urlencode({'key': query})}"
    shown = signature.encode("ascii", "replace").decode().replace("\n", " ")
    shown = "".join(c if c.isprintable() else "?" for c in shown)
    answer = await send(inbox, url, body, x_twilio_signature=shown)
    assert answer.status_code == 401
    assert inbox.events == {}


@asynccontextmanager
async def a_real_round(inbox: Inbox) -> AsyncIterator[tuple[Sandbox, Sms]]:
    """The bot's door on a real server, called back by the sandbox about real sends."""
    application = FastAPI()
    async with serving(application) as url:
        application.include_router(router(inbox, replace(DOOR, public_url=url)))
        world = Sandbox(
            SandboxSettings(
                account_sid=SID,
                auth_token=TOKEN,
                from_number=OURS,
                slack_bot_token="xoxb-t",
                slack_signing_secret="s",
                slack_app_token="xapp-t",
                bot_url=url,
                phones=[("Ana", "IT", ANA, "U1")],
            )
        )
        async with running(world) as twilio_url:
            settings = TwilioSettings(SID, (TOKEN,), OURS, public_url=url, api_url=twilio_url)
            sms = Sms(settings, {"ana": ANA}.get)
            yield world, sms
            await sms.close()


@pytest.mark.parametrize("behaviour", ["delivered", "out of order", "repeated", "early"])
async def test_receipts_come_in_any_order_and_number(behaviour: str) -> None:
    inbox = Inbox()
    async with a_real_round(inbox) as (world, sms):
        world.twilio.set_phone("ana", receipts=behaviour)
        sent = await sms.send("page:1/ana & co", "ana", "#1 DOWN checkout")
        await world.settled()
        assert world.twilio.alerts == []
    states = {e.state for e in inbox.events.values() if isinstance(e, ReceiptReceived)}
    assert states == {PageState.SENDING, PageState.SENT, PageState.DELIVERED}
    assert {e.page for e in inbox.events.values() if isinstance(e, ReceiptReceived)} == {
        "page:1/ana & co"
    }
    assert f"receipt:{sent.provider_id}:delivered" in inbox.events


async def test_a_phone_answers_stops_and_starts() -> None:
    inbox = Inbox()
    async with a_real_round(inbox) as (world, _):
        for body in ("12", "STOP", "START"):
            texted = await world.twilio.text("ana", body)
            assert texted.ok
            assert texted.replies == []
    kinds = [event.kind for event in inbox.events.values()]
    assert kinds == ["text_received", "number_marked", "number_marked"]
