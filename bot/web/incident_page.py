"""One incident: what is known of it, and the forms that act on it."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from bot.core.deployment import Deployment
from bot.core.events import (
    Acknowledged,
    Actor,
    CauseDecided,
    Escalated,
    Event,
    FollowUpAnswered,
    Resolved,
    Silenced,
    SilenceEnded,
)
from bot.core.follow_up import TEXT_AT_MOST
from bot.core.following_up import may_answer
from bot.core.incident import Incident, TrackState
from bot.core.link import Link
from bot.core.nights import woke
from bot.core.wording.history import from_where
from bot.core.wording.outside import several_lines
from bot.core.wording.texts import zone_of
from bot.engine import Engine
from bot.ports import IncidentView, StoreUnavailable
from bot.web.forms import check_token, read_form
from bot.web.pages import Pages, plain
from bot.web.report import markdown, shipped_around

LONGEST_QUIET_MINUTES = 7 * 24 * 60
TOLD = {
    "yours": "You have it. Your team is no longer paged.",
    "already": "Your team had it already, so nothing was changed.",
    "not_yours": "Nothing was changed: you are in none of this incident's teams.",
    "escalated": "Escalated: the next people are being paged now.",
    "resolved": "Resolved. Whoever was paged is told.",
    "still_down": "It stays open: it is still down. It resolves by itself when it is up. "
    "Ask for quiet if the pages disturb you.",
    "quiet": "Quiet. Nobody is paged for it until then; it stays open.",
    "loud": "No longer quiet. What is down is paged again.",
    "cause": "Noted. It can be changed at any time.",
    "which": "Nothing was changed: choose one of the answers in the list.",
    "follow_up": "Noted. The thread shows it, and it can be changed at any time.",
    "not_asked": "Nothing was changed: your team is not asked, or the answer said nothing or was "
    "longer than 3000 characters.",
    "over": "It is over already, so there was nothing to do.",
    "later": "Noted, and not yet acted on: look again in a moment.",
}


def router(engine: Engine, pages: Pages) -> APIRouter:
    """`GET /incidents/{n}`, its timeline as a file, and the forms below it."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/incidents/{number}")
    async def incident_page(request: Request, number: str, told: str = "") -> Response:
        session = await pages.session(request)
        if session is None:
            return pages.to_login(request)
        view = await _view(engine, number)
        if view.incident.merged_into:
            return RedirectResponse(f"/incidents/{view.incident.merged_into}", 303)
        others = await _deployments(engine, view.incident)
        return pages.render(
            request,
            "incident.html",
            session,
            follows=True,
            view=view,
            incident=view.incident,
            choices=choices(view.incident.link, others),
            mine=may_answer(view.incident, session.person, engine.policy),
            woke=woke,
            from_where=from_where,
            told=TOLD.get(told, ""),
        )

    @routes.get("/incidents/{number}/timeline.md")
    async def timeline(request: Request, number: str) -> Response:
        session = await pages.session(request)
        if session is None:
            return pages.to_login(request)
        view = await _view(engine, number)
        zone = zone_of(session.person, engine.policy)
        now = engine.clock.now()
        shipped = await shipped_around(engine.store, view.incident, engine.policy, now)
        told = markdown(view, engine.policy, zone, now, shipped)
        name = f'inline; filename="incident-{view.incident.number}.md"'
        return Response(
            told, media_type="text/markdown; charset=utf-8", headers={"Content-Disposition": name}
        )

    @routes.post("/incidents/{number}/{action}")
    async def act(request: Request, number: str, action: str) -> Response:
        session = await pages.session(request)
        if session is None:
            return pages.to_login(request)
        form = await read_form(request)
        check_token(request, form, session)
        before = (await _view(engine, number, follow=True)).incident
        event = event_of(action, before.number, session.person, engine.clock.now(), form)
        told = await _decide(engine, event, before, session.person)
        return RedirectResponse(f"/incidents/{before.number}?told={told}", 303)

    return routes


async def _view(engine: Engine, number: str, *, follow: bool = False) -> IncidentView:
    """The incident; `follow`: the one that it was merged into. Raises HTTPException 404."""
    view = await engine.store.incident(int(number)) if _is_number(number) else None
    if view is None:
        raise HTTPException(404, f"There is no incident #{plain(number, 30)}.")
    if follow and view.incident.merged_into:
        return await _view(engine, str(view.incident.merged_into))
    return view


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18


async def _deployments(engine: Engine, incident: Incident) -> list[Deployment]:
    """The last ones of its service, where users are."""
    service = engine.policy.services.get(incident.service)
    environment = service.environment if service else None
    return await engine.store.deployments(
        service=incident.service, environment=environment, limit=10
    )


def choices(link: Link, others: Iterable[Deployment]) -> list[Deployment]:
    """What may have been the cause: the strongest suspects first, each once."""
    weighed = [link.named, link.second, *link.candidates, link.most_recent]
    known = [candidate.deployment for candidate in weighed if candidate is not None]
    return list({item.id: item for item in [*known, *others]}.values())


def event_of(action: str, number: int, person: str, now: datetime, form: dict[str, str]) -> Event:
    """What a form asks for. Raises HTTPException: 404 for an unknown one, 422 with the field."""
    actor = Actor(person, "web")
    match action:
        case "acknowledge":
            return Acknowledged(number, actor, now)
        case "escalate":
            return Escalated(number, actor, now)
        case "resolve":
            return Resolved(number, actor, now)
        case "silence":
            reason = plain(form.get("note"))
            return Silenced(actor, now, _minutes(form), number=number, reason=reason)
        case "unsilence":
            return SilenceEnded(actor, now, number=number)
        case "cause":
            chosen, note = form.get("deployment", ""), plain(form.get("note"), 1000)
            if chosen == "other":
                return CauseDecided(number, "other", actor, now, None, note)
            deployment = chosen.removeprefix("deployment:")
            return CauseDecided(number, "another", actor, now, deployment, note)
        case "follow-up":
            text, customers = form.get("text", ""), form.get("customers", "")
            return FollowUpAnswered(number, text, actor, now, form.get("team"), customers)
    raise HTTPException(404)


def _minutes(form: dict[str, str]) -> timedelta:
    given = form.get("minutes", "").strip()
    if _is_number(given) and 1 <= int(given) <= LONGEST_QUIET_MINUTES:
        return timedelta(minutes=int(given))
    raise HTTPException(
        422, f"minutes: a whole number from 1 to {LONGEST_QUIET_MINUTES} is needed."
    )


async def _decide(engine: Engine, event: Event, before: Incident, person: str) -> str:
    """Commit it, decide it, and find the words for what came of it (a key of TOLD).

    Raises StoreUnavailable only while nothing was kept: from then on it is noted, whatever comes.
    """
    key = f"web:{secrets.token_hex(12)}"
    await engine.receive(key, event)
    try:
        await engine.work()
        if await engine.store.undecided([key]):
            return "later"
        view = await engine.store.incident(before.number)
    except StoreUnavailable:
        return "later"
    mine = set(engine.policy.teams_of(person))
    return what_came_of_it(event, before, view.incident, mine) if view else "later"


def what_came_of_it(event: Event, before: Incident, after: Incident, mine: set[str]) -> str:
    """The key of the sentence that the next page shows."""
    match event:
        case CauseDecided():
            same = after.cause is not None and after.cause.deployment == event.deployment
            return "cause" if same else "which"
        case FollowUpAnswered():
            return "follow_up" if _stands(event, after) else "not_asked"
        case _ if not before.open:
            return "over"
        case Acknowledged():
            return _acknowledged(before, after, mine, event.actor.person)
        case Escalated():
            return "escalated"
        case Silenced():
            return "quiet"
        case SilenceEnded():
            return "loud"
        case _:
            return "still_down" if after.open else "resolved"


def _stands(event: FollowUpAnswered, after: Incident) -> bool:
    """The team's answer is this one now."""
    wanted = several_lines(event.text, TEXT_AT_MOST)
    parts = [it for it in after.follow_ups if it.team == event.team and it.at is not None]
    return any(it.asked and it.text == wanted for it in parts)


def _acknowledged(before: Incident, after: Incident, mine: set[str], person: str | None) -> str:
    had = {track.team for track in before.tracks if track.by == person}
    if any(track.by == person and track.team not in had for track in after.tracks):
        return "yours"
    ours = [track for track in before.tracks if track.team in mine]
    if not ours:
        return "not_yours"
    waiting = any(track.state is not TrackState.ACKNOWLEDGED for track in ours)
    return "yours" if waiting else "already"
