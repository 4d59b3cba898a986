"""The pages for people who signed in: now, an incident, deployments; with forms that act."""

import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates

from bot.core import recipients
from bot.core.events import Acknowledged, Actor, CauseDecided, Escalated, Event, Resolved, Silenced
from bot.core.signal import Level
from bot.core.wording import texts, words
from bot.engine import Engine
from bot.web import present
from bot.web.mrkdwn import to_html
from bot.web.sessions import COOKIE, SESSION_LASTS, Session, Sessions

HERE = Path(__file__).parent
Action = Literal["acknowledge", "escalate", "resolve", "silence", "cause"]


class Pages:
    """What every page needs."""

    def __init__(self, engine: Engine, sessions: Sessions) -> None:
        self.engine, self.sessions = engine, sessions
        self.templates = Jinja2Templates(HERE / "templates")
        self.templates.env.filters.update(age=words.age, when=texts.when)

    def session(self, request: Request) -> Session | None:
        """Who is signed in; nobody when the person has left the configuration."""
        session = self.sessions.read_cookie(request.cookies.get(COOKIE))
        return session if session and session.person in self.engine.policy.people else None

    def render(
        self, request: Request, name: str, session: Session | None, /, **values: Any
    ) -> HTMLResponse:
        """A page, in the reader's zone."""
        policy = self.engine.policy
        zone = texts.zone_of(session.person, policy) if session else policy.timezone
        now = self.engine.clock.now()

        def clock(at: datetime) -> str:
            return words.day_and_clock(at, now, zone)

        return self.templates.TemplateResponse(
            request,
            name,
            {
                "session": session,
                "policy": policy,
                "now": now,
                "zone": zone,
                "zone_name": now.astimezone(ZoneInfo(zone)).strftime("%Z"),
                "clock": clock,
                "mrkdwn": lambda text: to_html(text, zone),
                **values,
            },
        )

    def to_login(self, request: Request) -> RedirectResponse:
        """303 to the page that says how to sign in."""
        path = request.url.path
        return RedirectResponse("/login" if path == "/" else f"/login?next={quote(path)}", 303)


def router(engine: Engine, sessions: Sessions) -> APIRouter:
    """All pages."""
    routes, pages = APIRouter(include_in_schema=False), Pages(engine, sessions)
    _now_page(routes, pages)
    _incident_page(routes, pages)
    _deployments_page(routes, pages)
    _login_pages(routes, pages)
    return routes


def _now_page(routes: APIRouter, pages: Pages) -> None:
    @routes.get("/")
    async def now_page(request: Request) -> Response:
        session = pages.session(request)
        if session is None:
            return pages.to_login(request)
        store, policy = pages.engine.store, pages.engine.policy
        now = pages.engine.clock.now()
        signals = await store.signals()
        on_call = [
            (team.name, [policy.name_of(key) for key in recipients.on_call(team, policy, now)])
            for team in policy.teams.values()
        ]
        return pages.render(
            request,
            "now.html",
            session,
            open_incidents=await store.incidents(state="open", limit=100),
            recent=await store.incidents(state="resolved", limit=10),
            services=[(key, present.state_of(key, signals)) for key in policy.services],
            bad=[signal for signal in signals if signal.level is not Level.UP],
            silences=await store.silences(now),
            deployments=await store.deployments(limit=5),
            on_call=on_call,
        )


def _incident_page(routes: APIRouter, pages: Pages) -> None:
    @routes.get("/incidents/{number}")
    async def incident_page(request: Request, number: int, told: str = "") -> Response:
        session = pages.session(request)
        if session is None:
            return pages.to_login(request)
        view = await pages.engine.store.incident(number)
        if view is None:
            raise HTTPException(404, f"There is no incident #{number}.")
        if view.incident.merged_into:
            return RedirectResponse(f"/incidents/{view.incident.merged_into}", 303)
        others = await pages.engine.store.deployments(service=view.incident.service, limit=10)
        return pages.render(
            request,
            "incident.html",
            session,
            view=view,
            incident=view.incident,
            others=others,
            mine=pages.engine.policy.teams_of(session.person),
            told=_TOLD.get(told, ""),
        )

    @routes.post("/incidents/{number}/{action}")
    async def act(
        request: Request,
        number: int,
        action: Action,
        csrf: Annotated[str, Form()] = "",
        deployment: Annotated[str, Form()] = "",
        note: Annotated[str, Form()] = "",
        minutes: Annotated[int, Form(ge=1, le=10080)] = 30,
    ) -> Response:
        session = pages.session(request)
        if session is None:
            return pages.to_login(request)
        if not secrets.compare_digest(csrf.encode(), session.csrf.encode()):
            raise HTTPException(403, "This form is out of date. Go back, reload and try again.")
        event = _event(action, number, session, pages.engine.clock.now(), deployment, note, minutes)
        await pages.engine.receive_and_decide(f"web:{secrets.token_hex(12)}", event)
        told = await _what_came_of_it(pages, session, number, action)
        return RedirectResponse(f"/incidents/{number}?told={told}", 303)


def _event(
    action: Action,
    number: int,
    session: Session,
    now: datetime,
    deployment: str,
    note: str,
    minutes: int,
) -> Event:
    actor = Actor(session.person, "web")
    match action:
        case "acknowledge":
            return Acknowledged(number, actor, now)
        case "escalate":
            return Escalated(number, actor, now)
        case "resolve":
            return Resolved(number, actor, now)
        case "silence":
            lasts = timedelta(minutes=minutes)
            return Silenced(actor, now, lasts, number=number, reason=note[:300])
        case "cause":
            choice = "other" if deployment == "other" else "another"
            known = None if choice == "other" else deployment
            return CauseDecided(
                number, cast(Literal["another", "other"], choice), actor, now, known, note[:1000]
            )


_TOLD = {
    "done": "Done.",
    "still_down": "It stays open: a check still says that it is down. It resolves by itself when "
    "it is up. Ask for quiet instead if the pages disturb you.",
    "not_yours": "Nothing was changed: you are in none of this incident's teams.",
    "over": "It is over already, so there was nothing to do.",
}


async def _what_came_of_it(pages: Pages, session: Session, number: int, action: Action) -> str:
    """Which sentence the next page shows."""
    view = await pages.engine.store.incident(number)
    if view is None:
        return "done"
    mine = set(pages.engine.policy.teams_of(session.person))
    if action == "acknowledge" and not mine & {track.team for track in view.incident.tracks}:
        return "not_yours"
    if action == "resolve" and view.incident.open:
        return "still_down"
    if action in ("acknowledge", "escalate", "silence") and not view.incident.open:
        return "over"
    return "done"


def _deployments_page(routes: APIRouter, pages: Pages) -> None:
    @routes.get("/deployments")
    async def deployments_page(
        request: Request, service: str = "", cursor: str | None = None
    ) -> Response:
        session = pages.session(request)
        if session is None:
            return pages.to_login(request)
        found = await pages.engine.store.deployments(
            service=service or None, before=cursor, limit=51
        )
        incidents = await pages.engine.store.incidents(limit=200)
        linked: dict[str, list[tuple[int, str]]] = {}
        for incident in incidents:
            if incident.link.named:
                label = "confirmed" if _confirmed(incident) else incident.link.label.value
                known = linked.setdefault(incident.link.named.deployment.id, [])
                known.append((incident.number, label))
        return pages.render(
            request,
            "deployments.html",
            session,
            deployments=found[:50],
            next=found[49].id if len(found) > 50 else None,
            service=service,
            linked=linked,
        )


def _confirmed(incident: Any) -> bool:
    named = incident.link.named
    return bool(incident.cause and named and incident.cause.deployment == named.deployment.id)


def _login_pages(routes: APIRouter, pages: Pages) -> None:
    @routes.get("/login")
    async def login(request: Request) -> Response:
        return pages.render(request, "login.html", None, link=None, refused=False)

    @routes.get("/login/{token}")
    async def open_link(request: Request, token: str) -> Response:
        person = pages.sessions.read_link(token)
        known = pages.engine.policy.people.get(person or "")
        return pages.render(
            request,
            "login.html",
            None,
            link=token if known else None,
            name=known and known.name,
            refused=known is None,
        )

    @routes.post("/login/{token}")
    async def use_link(request: Request, token: str) -> Response:
        person = await pages.sessions.use_link(token)
        if person is None or person not in pages.engine.policy.people:
            page = pages.render(request, "login.html", None, link=None, refused=True)
            page.status_code = 403
            return page
        answer = RedirectResponse("/", 303)
        answer.set_cookie(
            COOKIE,
            pages.sessions.cookie(person),
            max_age=int(SESSION_LASTS.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=pages.sessions.secure,
        )
        return answer

    @routes.post("/logout")
    async def logout() -> Response:
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE)
        return answer
