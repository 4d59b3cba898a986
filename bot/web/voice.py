"""Twilio's door for calls: a key that was pressed, and what became of a call; both signed.

A key is committed to the inbox before it is answered, and the answer says what came of it. Without
a database the call itself says so: Twilio would only say "an application error has occurred".
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from fastapi import APIRouter, Request, Response

from bot.core.events import Acknowledged, Actor, Escalated, Event, ReceiptReceived, Resolved
from bot.core.page import Page, PageState
from bot.core.wording import voice_answers as say
from bot.engine import Engine
from bot.ports import IncidentView, StoreUnavailable
from bot.web.twilio import LONGEST_KEY, SID, Form, Reading, TwilioDoor, error_code, signed_form

ACKNOWLEDGE, ESCALATE, RESOLVE, AGAIN = "4", "5", "6", "*"
DECIDED_WITHIN_SECONDS = 8.0
"""Twilio waits 15 s for an answer, and somebody stands there with the phone at the ear."""
MOST_ANSWERS = 3
MOST_TURNS = 50
JUST_NOW = timedelta(seconds=5)


class Speaker(Protocol):
    """Says things in TwiML (`bot.channels.twiml.Speech`)."""

    def asking(self, text: str, key: str, turn: int = 0) -> str:
        """Say it and wait for a key."""
        ...

    def closing(self, text: str) -> str:
        """Say it and hang up."""
        ...


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key. `turn`: how many were pressed in this call before; with `sid` it names the key."""

    page: str
    sid: str
    turn: int
    digit: str


def router(engine: Engine, door: TwilioDoor, speech: Speaker, reading: Reading) -> APIRouter:
    """`POST /twilio/voice/key` and `POST /twilio/voice/status`; refusals as in `bot.web.twilio`."""
    routes = APIRouter(prefix="/twilio/voice", include_in_schema=False)

    @routes.post("/key")
    async def key(request: Request) -> Response:
        form = await signed_form(request, door)
        if isinstance(form, Response):
            return form
        return Response(await _answer(_pressed(request, form), engine, speech), media_type=_XML)

    @routes.post("/status")
    async def status(request: Request) -> Response:
        form = await signed_form(request, door)
        if isinstance(form, Response):
            return form
        try:
            await engine.receive_all(_receipt(form, _page_key(request), engine, reading))
        except StoreUnavailable:
            return Response(status_code=503, headers={"Retry-After": "5"})
        return Response("<Response/>", media_type=_XML)

    return routes


_XML = "text/xml"


def _page_key(request: Request) -> str:
    return request.query_params.get("key", "").replace("\x00", "")[:LONGEST_KEY]


def _pressed(request: Request, form: Form) -> Pressed:
    turn = request.query_params.get("turn", "")
    counted = int(turn) if turn.isascii() and turn.isdecimal() and len(turn) < 4 else 0
    sid = form.get("CallSid") or ""
    return Pressed(
        _page_key(request), sid if SID.fullmatch(sid) else "", counted, form.get("Digits") or ""
    )


async def _answer(pressed: Pressed, engine: Engine, speech: Speaker) -> str:
    """What is said to a key, in TwiML."""
    try:
        pages = await engine.store.pages_in(pressed.page)
        page = next((page for page in pages if page.key == pressed.page), None)
        if page is None or not pressed.sid or pressed.turn >= MOST_TURNS:
            return speech.closing(say.UNKNOWN)
        numbers = sorted({one.incident for one in pages if one.incident})
        events = _events(pressed, page, numbers, engine)
        await engine.receive_all(events)
    except StoreUnavailable:
        return speech.closing(say.NOT_RECORDED)
    if page.incident == 0:
        return speech.closing(say.THANKS)
    following = pressed.turn + 1
    if pressed.digit == AGAIN:
        return speech.asking(page.text, page.key, following)
    if len(events) == 1:
        return speech.asking(f"{say.NOT_UNDERSTOOD} {say.CHOICES}", page.key, following)
    told, still_down = await _told(pressed, page, numbers, [key for key, _ in events], engine)
    if still_down:
        return speech.asking(f"{told} {say.CHOICES}", page.key, following)
    return speech.closing(f"{told} {say.GOODBYE}")


def _events(
    pressed: Pressed, page: Page, numbers: Sequence[int], engine: Engine
) -> list[tuple[str, Event]]:
    """Whatever the key, somebody is there; and what it asks for, of each incident of the call."""
    now = engine.clock.now()
    heard = ReceiptReceived(page.key, PageState.DELIVERED, now, provider_id=pressed.sid)
    found: list[tuple[str, Event]] = [(f"receipt:{pressed.sid}:key", heard)]
    actor = Actor(page.person, via="call", name=engine.policy.name_of(page.person))
    for number in numbers:
        event: Event
        match pressed.digit:
            case "4":
                event = Acknowledged(number, actor, now)
            case "5":
                event = Escalated(number, actor, now)
            case "6":
                event = Resolved(number, actor, now)
            case _:
                continue
        found.append((f"key:{pressed.sid}:{pressed.turn}:{number}", event))
    return found


async def _told(
    pressed: Pressed, page: Page, numbers: Sequence[int], keys: list[str], engine: Engine
) -> tuple[str, bool]:
    """What came of it, and whether something that was to be resolved is still down."""
    views = await _decided(numbers, keys, engine)
    if not views:
        return say.LATER.removesuffix(f" {say.GOODBYE}"), False
    told = [
        say.about(view.incident, _words(pressed.digit, view, page.person, engine), len(views) > 1)
        for view in views[:MOST_ANSWERS]
    ]
    open_ones = any(view.incident.open for view in views)
    return " ".join(told), pressed.digit == RESOLVE and open_ones


async def _decided(numbers: Sequence[int], keys: list[str], engine: Engine) -> list[IncidentView]:
    """The incidents as they are once the key was acted on; none while that takes too long."""
    deciding = asyncio.create_task(engine.work())
    done, _late = await asyncio.wait({deciding}, timeout=DECIDED_WITHIN_SECONDS)
    try:
        for task in done:
            task.result()
        if not done or await engine.store.undecided(keys):
            return []
        found = [await _view(number, engine) for number in numbers]
    except StoreUnavailable:
        return []
    return list({view.incident.number: view for view in found if view is not None}.values())


async def _view(number: int, engine: Engine) -> IncidentView | None:
    """The incident; of a merged one, that which remains."""
    view = await engine.store.incident(number)
    if view is not None and view.incident.merged_into:
        return await _view(view.incident.merged_into, engine)
    return view


def _words(digit: str, view: IncidentView, person: str, engine: Engine) -> str:
    incident, policy = view.incident, engine.policy
    if digit == ACKNOWLEDGE:
        return say.acknowledged(incident, person, policy)
    if digit == RESOLVE:
        return say.resolved(incident, person, policy)
    since = engine.clock.now() - JUST_NOW
    new = [page for page in view.pages if page.created_at >= since]
    return say.escalated(incident, new, person, policy)


def _receipt(form: Form, page: str, engine: Engine, reading: Reading) -> list[tuple[str, Event]]:
    """What became of a call. Without a key nobody was reached, whoever or whatever took it."""
    sid, word = form.get("CallSid") or "", (form.get("CallStatus") or "").strip().lower()
    code = error_code(form.get("ErrorCode"))
    read = reading(word, code)
    if read is None or not page or not SID.fullmatch(sid):
        return []
    state, error, _mark = read
    told = ReceiptReceived(page, state, engine.clock.now(), provider_id=sid, error=error)
    return [(f"receipt:{sid}:{word}", told)]
