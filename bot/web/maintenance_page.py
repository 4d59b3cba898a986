"""Silences and maintenance: what is quiet now and later, and what happened under what is over."""

import secrets
from datetime import datetime, timedelta

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from bot.core import moments
from bot.core.actor import Actor
from bot.core.policy import Policy
from bot.core.quiet import spans_of
from bot.core.quiet_events import Silenced, SilenceEnded, SilenceExtended
from bot.core.silencing import why_not
from bot.core.wording.texts import zone_of
from bot.engine import Engine
from bot.ports import StoreUnavailable
from bot.web.forms import check_token, read_form
from bot.web.pages import Pages, plain

OVER_AT_MOST = 30
LONGER = timedelta(hours=1)
TOLD = {
    "begun": "Noted. Nobody is paged meanwhile; probes go on.",
    "ended": "Ended. What is down is paged again.",
    "longer": "Lengthened by an hour.",
    "same": "Nothing was changed: it is over, or longer than is allowed.",
    "later": "Noted, and not yet acted on: look again in a moment.",
}


def router(engine: Engine, pages: Pages) -> APIRouter:
    """`GET /maintenance`, and the forms on it."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/maintenance")
    async def maintenance_page(request: Request, told: str = "") -> Response:
        session = await pages.session(request)
        if session is None:
            return pages.to_login(request)
        now, policy = engine.clock.now(), engine.policy
        spans = spans_of(await engine.store.silences(now), policy.windows)
        return pages.render(
            request,
            "maintenance.html",
            session,
            spans=[span for span in spans if span.until > now],
            over=await engine.store.ended_quiets(OVER_AT_MOST),
            services=list(policy.services),
            told=TOLD.get(told, ""),
        )

    @routes.post("/maintenance")
    async def begin(request: Request) -> Response:
        session = await pages.session(request)
        if session is None:
            return pages.to_login(request)
        form = await read_form(request)
        check_token(request, form, session)
        now = engine.clock.now()
        event = asked(form, session.person, engine.policy, now)
        refused = why_not(event, None, engine.policy, now)
        if refused is not None:
            raise HTTPException(422, refused)
        return await _decided(engine, event, "begun")

    @routes.post("/maintenance/{number}/{action}")
    async def change(request: Request, number: str, action: str) -> Response:
        session = await pages.session(request)
        if session is None:
            return pages.to_login(request)
        form = await read_form(request)
        check_token(request, form, session)
        if not (number.isascii() and number.isdecimal() and len(number) < 10):
            raise HTTPException(404, f"There is no silence or maintenance {plain(number, 30)}.")
        actor, now = Actor(session.person, "web"), engine.clock.now()
        match action:
            case "end":
                return await _decided(engine, SilenceEnded(actor, now, quiet=int(number)), "ended")
            case "extend":
                longer = SilenceExtended(int(number), LONGER, actor, now)
                return await _decided(engine, longer, "longer")
        raise HTTPException(404)

    return routes


def asked(form: dict[str, str], person: str, policy: Policy, now: datetime) -> Silenced:
    """What the form asks for, on its reader's clock. Raises HTTPException 422 with the field."""
    since, lasts = _span(form, zone_of(person, policy), now)
    return Silenced(
        Actor(person, "web"),
        now,
        lasts,
        service=form.get("service") or None,
        reason=plain(form.get("reason")),
        maintenance=True,
        since=since,
    )


def _span(form: dict[str, str], zone: str, now: datetime) -> tuple[datetime | None, timedelta]:
    """Since when (None: now) and how long: `until` is a time, or a length such as 2h."""
    start, until = form.get("from", "").strip() or "now", form.get("until", "").strip()
    begins = _moment(start, "from")
    lasts = moments.duration(until)
    if lasts is not None and not lasts[1]:
        return (None if begins is None else moments.at(begins, zone, now)), lasts[0]
    since, end = moments.span_with_now(begins, _moment(until, "until"), zone, now)
    return since, end - since


def _moment(text: str, field: str) -> moments.Moment:
    try:
        return moments.read(text)
    except ValueError:
        how = "write now, 22:00, tomorrow 22:00 or 2026-12-01 22:00"
        how += ", or how long: 2h" if field == "until" else ""
        raise HTTPException(422, f"{field}: {plain(text, 40)!r} is not a time: {how}.") from None


async def _decided(
    engine: Engine, event: Silenced | SilenceEnded | SilenceExtended, done: str
) -> Response:
    """Commit it, decide it, and say what came of it."""
    before = set(await engine.store.silences(engine.clock.now()))
    key = f"web:{secrets.token_hex(12)}"
    await engine.receive(key, event)
    told = "later"
    try:
        await engine.work()
        if not await engine.store.undecided([key]):
            changed = before != set(await engine.store.silences(engine.clock.now()))
            told = done if changed else "same"
    except StoreUnavailable:
        told = "later"
    return RedirectResponse(f"/maintenance?told={told}", 303)
