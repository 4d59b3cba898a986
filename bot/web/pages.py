"""What every page shares: who reads it, in which zone, and how one gets back to it."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from markupsafe import Markup, escape

from bot.core.age import age
from bot.core.wording import before, held, texts, words
from bot.core.wording.outside import one_line
from bot.engine import Engine
from bot.health import Readiness
from bot.ports import StoreUnavailable
from bot.web import live
from bot.web.mrkdwn import to_html, web_url
from bot.web.sessions import COOKIE, Session, Sessions

HERE = Path(__file__).parent
NEXT_COOKIE = "midwatch_next"
NEXT_LASTS_SECONDS = 600
LONGEST_WAY_BACK = 1500
"""Characters; a cookie holds 4096 bytes, and some of these are three."""
REFRESH_SECONDS = 15
_WORTH_RETURNING_TO = re.compile(
    r"/|/incidents(/[0-9]{1,18})?|/deployments|/stats|/on-call|/maintenance|/audit"
    r"|/releases(/[\w.:~%-]{1,200})?",
    re.ASCII,
)
_QUERY = re.compile(r"[\w.~%!$&'()*+,;=:@/?-]*", re.ASCII)
Readable = Callable[[], Awaitable[Readiness]]


class Pages:
    """What every page needs."""

    def __init__(
        self, engine: Engine, sessions: Sessions, readiness: Readable | None = None
    ) -> None:
        self.engine, self.sessions, self.readiness = engine, sessions, readiness
        self.templates = Jinja2Templates(HERE / "templates")
        self.templates.env.filters.update(age=age, when=before.when, plain=plain, web_url=web_url)
        self.templates.env.filters["keyed"] = lambda keys: [(key, key) for key in keys]
        self.templates.env.globals.update(held=held, shipped=shipped)

    async def session(self, request: Request) -> Session | None:
        """Who is signed in; nobody when they signed out, or have left the configuration.

        Raises StoreUnavailable.
        """
        session = self.sessions.read_cookie(request.cookies.get(COOKIE))
        if session is None or session.person not in self.engine.policy.people:
            return None
        return session if await self.sessions.lasts(session) else None

    async def session_if_known(self, request: Request) -> Session | None:
        """The same for pages that everybody may see; nobody while the database does not answer."""
        try:
            return await self.session(request)
        except StoreUnavailable:
            return None

    def render(
        self,
        request: Request,
        name: str,
        session: Session | None,
        /,
        *,
        follows: bool = False,
        **values: Any,
    ) -> Response:
        """A page, in the reader's zone. `follows`: it keeps itself up to date (`bot.web.live`)."""
        policy = self.engine.policy
        zone = texts.zone_of(session.person, policy) if session else policy.timezone
        now = self.engine.clock.now()
        here = now.astimezone(ZoneInfo(zone))
        asked_again = follows and live.is_poll(request)
        seconds = here.strftime("%H:%M:%S")
        shared: dict[str, Any] = {
            "layout": "fragment.html" if asked_again else "layout.html",
            "live": live.address(request) if follows else None,
            "poll": live.POLL_SECONDS,
            "refresh": REFRESH_SECONDS,
            "reloads": False,
            "session": session,
            "policy": policy,
            "now": now,
            "zone": zone,
            "zone_name": here.strftime("%Z"),
            "clock_with_seconds": seconds,
            "clock": lambda at: words.day_and_clock(at, now, zone),
            "moment": lambda at: moment(at, now, zone),
            "tries": words.tries,
            "mrkdwn": lambda text: to_html(text, now, zone),
        }
        page = self.templates.TemplateResponse(request, name, {**shared, **values})
        return live.answer(request, page, seconds) if asked_again else page

    def to_login(self, request: Request) -> Response:
        """303 to the page that says how to sign in; the link that comes leads back here.

        401 to a page that asks what is new: it says so itself, and keeps what was typed into it.
        """
        if live.is_poll(request):
            return Response(status_code=401)
        answer = RedirectResponse("/login", 303)
        back = way_back(request)
        if back is not None:
            answer.set_cookie(
                NEXT_COOKIE,
                quote(back, safe=""),
                max_age=NEXT_LASTS_SECONDS,
                httponly=True,
                samesite="lax",
                secure=self.sessions.secure,
            )
        return answer


def way_back(request: Request) -> str | None:
    """Where somebody who signs in now wanted to go: the page, and what of it they asked for.

    A form's own address is none, its page is. `told` is what came of a form, long ago by then.
    """
    path = "/".join(request.scope["raw_path"].decode("latin-1").split("/")[:3])
    asked = request.url.query if request.method == "GET" else ""
    kept = "&".join(it for it in asked.split("&") if it and not it.startswith("told="))
    both = f"{path}?{kept}" if kept else path
    if worth_returning_to(both):
        return both
    return path if worth_returning_to(path) else None


def worth_returning_to(address: str) -> bool:
    """Whether it is the address of a page of ours: a cookie must not lead anywhere else."""
    path, _, query = address.partition("?")
    known = _WORTH_RETURNING_TO.fullmatch(path) and _QUERY.fullmatch(query)
    return known is not None and len(address) <= LONGEST_WAY_BACK


@lru_cache
def shipped(name: str) -> str:
    """The address of a static file, which changes with its content: it may be kept for ever."""
    content = (HERE / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


def plain(text: object, limit: int = 300) -> str:
    """Text from outside on one line, without marks that hide or turn what follows."""
    return one_line(str(text or ""), limit)


def moment(at: datetime, now: datetime, zone: str) -> Markup:
    """A time in the reader's zone; its full form is there for machines and on hover."""
    local = at.astimezone(ZoneInfo(zone))
    full = local.strftime("%a %-d %b %Y %H:%M:%S %Z")
    long_ago = local.year != now.astimezone(ZoneInfo(zone)).year
    shown = local.strftime("%-d %b %Y %H:%M") if long_ago else words.day_and_clock(at, now, zone)
    tag = '<time datetime="{}" title="{}">{}</time>'
    return Markup(tag).format(at.isoformat(), escape(full), shown)  # noqa: S704 - format escapes
