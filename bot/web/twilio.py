"""Twilio's door: inbound texts and status callbacks, both signed.

What comes in is committed to the inbox before Twilio is answered; answers to texts go out through
the outbox. Without a database the answer is 503: Twilio then tries the number's fallback URL (set
it to the same route, on another replica if there is one; status callbacks are never repeated, so
after 60 s Twilio is asked). Source: https://www.twilio.com/docs/usage/webhooks/webhooks-faq
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

import structlog
from fastapi import APIRouter, Request, Response
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator, get_signature_algorithm

from bot.core.events import Actor, Event, NumberMarked, ReceiptReceived, TextReceived
from bot.core.page import PageState
from bot.ports import StoreUnavailable
from bot.web.limits import FORM_BYTES, ClientDisconnect, TooLarge, read_body
from bot.web.receiver import Receiver

log = structlog.get_logger(__name__)

Form = ImmutableMultiDict[str, str]
Events = list[tuple[str, Event]]
Reading = Callable[[str, int | None], tuple[PageState, str | None, str | None] | None]

LONGEST_TEXT = 1600
"""Twilio joins the parts of a text up to this many characters."""
LONGEST_KEY = 500
MOST_FIELDS = 300
STOP_WORDS = frozenset(
    ("STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT")
)
START_WORDS = frozenset(("START", "YES", "UNSTOP"))
"""Twilio acts on these by itself. Source: twilio.com, "Twilio support for opt-out keywords"."""
SID = re.compile(r"[A-Za-z0-9]{1,64}")


@dataclass(frozen=True, slots=True, repr=False)
class TwilioDoor:
    """What the routes need to know. `auth_tokens`: TWILIO_AUTH_TOKEN and, while rotating, the next.

    `public_url` is what Twilio signs (PUBLIC_URL), whatever a proxy makes of the request.
    `person_of` gives the person whose number (E.164) it is, or None. `read_receipt` turns a status
    word and an error code into (state, sentence, mark of the number), or None for an unknown word.
    """

    auth_tokens: tuple[str, ...]
    public_url: str
    person_of: Callable[[str], str | None]
    read_receipt: Reading


def router(engine: Receiver, door: TwilioDoor) -> APIRouter:
    """`POST /twilio/sms` and `POST /twilio/status`.

    401 without a valid signature, 413 over 64 KiB, 503 without secrets or database.
    """
    routes = APIRouter(prefix="/twilio", include_in_schema=False)

    @routes.post("/sms")
    async def sms(request: Request) -> Response:
        return await _handle(request, engine, door, _inbound)

    @routes.post("/status")
    async def status(request: Request) -> Response:
        return await _handle(request, engine, door, _receipt)

    return routes


Reader = Callable[[Form, str, Receiver, TwilioDoor, datetime], Events]


async def _handle(request: Request, engine: Receiver, door: TwilioDoor, read: Reader) -> Response:
    form = await signed_form(request, door)
    if isinstance(form, Response):
        return form
    key = request.query_params.get("key", "")
    try:
        for name, event in read(form, key, engine, door, engine.clock.now()):
            await engine.receive(name, event)
    except StoreUnavailable:
        return Response(status_code=503, headers={"Retry-After": "5"})
    return Response("<Response/>", media_type="text/xml")


async def signed_form(request: Request, door: TwilioDoor) -> Form | Response:
    """The fields of what Twilio posted, or the refusal of what Twilio did not sign."""
    if not any(door.auth_tokens) or not door.public_url:
        return Response("TWILIO_AUTH_TOKEN and PUBLIC_URL must be set", 503)
    try:
        form = _form(await read_body(request, FORM_BYTES))
    except TooLarge:
        return Response(status_code=413)
    except ClientDisconnect:
        return Response(status_code=400)
    except ValueError:
        return Response(status_code=401)
    if not signed(request, form, door):
        log.warning("twilio_signature_refused", path=request.url.path)
        return Response(status_code=401)
    return form


def signed(request: Request, form: Form, door: TwilioDoor) -> bool:
    """Whether the signature is Twilio's, over PUBLIC_URL, path, query and every field."""
    given = request.headers.get("x-twilio-signature", "")
    query = request.scope.get("query_string", b"").decode("latin-1")
    url = door.public_url.rstrip("/") + request.url.path + (f"?{query}" if query else "")
    algorithm = get_signature_algorithm(
        request.headers.get("x-twilio-webhooks-signature-settings", "")
    )
    if not given or algorithm.upper() not in ("HMAC_SHA1", "HMAC_SHA256"):
        return False
    try:
        return any(
            RequestValidator(token).validate(url, form, given, algorithm)
            for token in door.auth_tokens
            if token
        )
    except ValueError:  # a query that is no URL
        return False


def _form(body: bytes) -> Form:
    """The fields, repeated ones too. Raises ValueError for what is no form."""
    pairs = parse_qsl(
        body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="replace"
    )
    return ImmutableMultiDict(pairs)


def _inbound(form: Form, key: str, engine: Receiver, door: TwilioDoor, now: datetime) -> Events:
    """A text. Unknown numbers leave no trace; STOP and START change what is known of a phone."""
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    person = door.person_of(form.get("From") or "")
    if person is None or not SID.fullmatch(sid):
        return []
    body = (form.get("Body") or "").replace("\x00", "")[:LONGEST_TEXT]
    word = (form.get("OptOutType") or body).strip().upper()
    if word in STOP_WORDS:
        return [(f"mark:{sid}", NumberMarked(person, "sms", "opted_out", now))]
    if word in START_WORDS:
        return [(f"mark:{sid}", NumberMarked(person, "sms", None, now))]
    actor = Actor(person, via="sms", name=engine.policy.name_of(person))
    return [(f"sms:{sid}", TextReceived(actor, body, now, sid))]


def _receipt(form: Form, key: str, engine: Receiver, door: TwilioDoor, now: datetime) -> Events:
    """What became of a text of ours. Repeated and early ones do no harm: the core sorts them."""
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    word = (form.get("MessageStatus") or form.get("SmsStatus") or "").strip().lower()
    code = error_code(form.get("ErrorCode"))
    reading = door.read_receipt(word, code)
    if reading is None or not key or len(key) > LONGEST_KEY or not SID.fullmatch(sid):
        return []
    state, error, mark = reading
    name = f"receipt:{sid}:{word}" + (f":{code}" if code is not None else "")
    page = key.replace("\x00", "")
    events: Events = [(name, ReceiptReceived(page, state, now, provider_id=sid, error=error))]
    person = door.person_of(form.get("To") or "")
    if mark and person:
        events.append((f"mark:{sid}:{code}", NumberMarked(person, "sms", mark, now)))
    return events


def error_code(text: str | None) -> int | None:
    """Twilio's error code as a number; None for anything else."""
    given = (text or "").strip()
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= 9 else None
