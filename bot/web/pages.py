"""What every page shares (who reads it, in which zone), and the pages now and deployments."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from markupsafe import Markup, escape

from bot.core import quiet, recipients
from bot.core.age import age
from bot.core.deployment import Deployment, DeploymentState
from bot.core.incident import Incident
from bot.core.release_notes import paper_of, told_of
from bot.core.signal import Level, Signal
from bot.core.wording import held, texts, thread_replies, words
from bot.core.wording.notes import as_text
from bot.core.wording.outside import one_line
from bot.engine import Engine
from bot.health import Readiness
from bot.web import present
from bot.web.mrkdwn import to_html, web_url
from bot.web.sessions import COOKIE, Session, Sessions

HERE = Path(__file__).parent
NEXT_COOKIE = "midwatch_next"
NEXT_LASTS_SECONDS = 600
REFRESH_SECONDS = 15
PAGE_OF_DEPLOYMENTS = 50
_WORTH_RETURNING_TO = re.compile(
    r"/incidents/[0-9]{1,18}|/deployments|/on-call|/maintenance|/audit"
    r"|/releases(/[\w.:~-]{1,200})?"
)
Readable = Callable[[], Awaitable[Readiness]]


class Pages:
    """What every page needs."""

    def __init__(
        self, engine: Engine, sessions: Sessions, readiness: Readable | None = None
    ) -> None:
        self.engine, self.sessions, self.readiness = engine, sessions, readiness
        self.templates = Jinja2Templates(HERE / "templates")
        self.templates.env.filters.update(age=age, when=texts.when, plain=plain, web_url=web_url)
        self.templates.env.globals.update(held=held)

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
        on_now_page = request.url.path == "/" and (session or values.get("status") == 503)
        shared = {
            "session": session,
            "policy": policy,
            "now": now,
            "zone": zone,
            "zone_name": now.astimezone(ZoneInfo(zone)).strftime("%Z"),
            "clock": lambda at: words.day_and_clock(at, now, zone),
            "moment": lambda at: moment(at, now, zone),
            "tries": words.tries,
            "mrkdwn": lambda text: to_html(text, now, zone),
            "refresh": REFRESH_SECONDS if on_now_page else None,
        }
        return self.templates.TemplateResponse(request, name, {**shared, **values})

    def to_login(self, request: Request) -> RedirectResponse:
        """303 to the page that says how to sign in; the link that comes leads back here."""
        answer = RedirectResponse("/login", 303)
        path = "/".join(request.url.path.split("/")[:3])
        if worth_returning_to(path):
            answer.set_cookie(
                NEXT_COOKIE,
                quote(path, safe=""),
                max_age=NEXT_LASTS_SECONDS,
                httponly=True,
                samesite="lax",
                secure=self.sessions.secure,
            )
        return answer


def worth_returning_to(path: str) -> bool:
    """Whether it is the address of a page of ours: a cookie must not lead anywhere else."""
    return _WORTH_RETURNING_TO.fullmatch(path) is not None


def plain(text: object, limit: int = 300) -> str:
    """Text from outside on one line, without marks that hide or turn what follows."""
    return one_line(str(text or ""), limit)


def moment(at: datetime, now: datetime, zone: str) -> Markup:
    """A time in the reader's zone; its full form is there for machines and on hover."""
    full = at.astimezone(ZoneInfo(zone)).strftime("%a %-d %b %Y %H:%M:%S %Z")
    tag = '<time datetime="{}" title="{}">{}</time>'
    return Markup(tag).format(at.isoformat(), escape(full), words.day_and_clock(at, now, zone))  # noqa: S704 - format escapes


def router(engine: Engine, pages: Pages) -> APIRouter:
    """The pages now and deployments."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def now_page(request: Request) -> Response:
        session = pages.session(request)
        if session is None:
            return pages.to_login(request)
        return pages.render(request, "now.html", session, **await _now(engine, pages))

    @routes.get("/deployments")
    async def deployments_page(request: Request, service: str = "", cursor: str = "") -> Response:
        session = pages.session(request)
        if session is None:
            return pages.to_login(request)
        found = await engine.store.deployments(
            service=plain(service) or None,
            before=cursor.replace("\x00", "") or None,
            limit=PAGE_OF_DEPLOYMENTS + 1,
        )
        shown = found[:PAGE_OF_DEPLOYMENTS]
        return pages.render(
            request,
            "deployments.html",
            session,
            deployments=shown,
            next=shown[-1].id if len(found) > PAGE_OF_DEPLOYMENTS else None,
            service=service,
            cursor=cursor,
            linked=linked(await engine.store.incidents(limit=200)),
            notes=await _notes(engine, shown, found),
        )

    return routes


async def _notes(
    engine: Engine, shown: list[Deployment], found: list[Deployment]
) -> dict[str, str]:
    """Release notes by deployment, of those that went live with something to tell."""
    records = await engine.store.notes([it.id for it in shown])
    live = (DeploymentState.SUCCEEDED, DeploymentState.ROLLED_BACK)
    told = [it for it in shown if it.state in live and (it.commits or it.id in records)]
    signed = await engine.store.releases_of([it.id for it in told])
    policy = engine.policy

    def written() -> dict[str, str]:
        return {
            it.id: as_text(
                paper_of(
                    told_of(it, found, expected=False, release=signed.get(it.id)),
                    policy,
                    records.get(it.id),
                )
            )
            for it in told
        }

    return await asyncio.to_thread(written)


async def _now(engine: Engine, pages: Pages) -> dict[str, Any]:
    """Everything that the page now shows."""
    store, policy, now = engine.store, engine.policy, engine.clock.now()
    signals = await store.signals()
    results = await store.last_results()
    opened = await store.incidents(state="open", limit=100)
    spans = quiet.spans_of(await store.silences(now), policy.windows)
    return {
        "open_incidents": opened,
        "recent": await store.incidents(state="resolved", limit=10),
        "follow_ups": await store.waiting_for_follow_ups(20),
        "services": [(key, present.state_of(key, signals, results)) for key in policy.services],
        "bad": unattended(signals, opened),
        "unusable": [
            thread_replies.marked(person, channel, mark, policy)
            for (person, channel), mark in sorted((await store.unusable(now)).items())
            if person in policy.people
        ],
        "quiets": [
            (key, present.state_of(key, signals, results), span)
            for key in policy.services
            if (span := quiet.quiet_now(key, spans, now)) is not None
        ],
        "deployments": await store.deployments(limit=5),
        "readiness": await pages.readiness() if pages.readiness else Readiness(),
        "on_call": [
            (team.name, [policy.name_of(key) for key in recipients.on_call(team, policy, now)])
            for team in policy.teams.values()
        ],
    }


def unattended(signals: Iterable[Signal], opened: Iterable[Incident]) -> list[Signal]:
    """What is not right and part of no open incident: slow, or down while it is quiet."""
    inside = {part.service for incident in opened for part in incident.services}
    return [it for it in signals if it.level is not Level.UP and it.service not in inside]


def linked(incidents: Iterable[Incident]) -> dict[str, list[tuple[int, str]]]:
    """Deployment -> (incident, how strongly): as people decided, else as it was weighed."""
    found: dict[str, list[tuple[int, str]]] = {}
    for incident in incidents:
        named, cause = incident.link.named, incident.cause
        if incident.merged_into is not None:
            continue
        if cause is not None and cause.deployment:
            found.setdefault(cause.deployment, []).append((incident.number, "confirmed"))
        elif cause is None and named is not None:
            label = incident.link.label.value.replace("_", " ")
            found.setdefault(named.deployment.id, []).append((incident.number, label))
    return found
