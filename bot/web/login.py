"""Sign-in and sign-out. Opening a link shows a button; pressing it uses the link up."""

from urllib.parse import unquote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from bot.web.forms import check_token, from_our_page, read_form
from bot.web.pages import NEXT_COOKIE, Pages, worth_returning_to
from bot.web.sessions import COOKIE, SESSION_LASTS, Sessions


def router(pages: Pages, sessions: Sessions) -> APIRouter:
    """`/login`, `/login/{token}`, `/logout`."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/login")
    async def login(request: Request) -> Response:
        session = await pages.session_if_known(request)
        return pages.render(request, "login.html", session, link=None)

    @routes.get("/login/{token}")
    async def open_link(request: Request, token: str) -> Response:
        person = sessions.read_link(token)
        known = pages.engine.policy.people.get(person or "")
        if known is None:
            return await _refused(request, pages)
        return pages.render(request, "login.html", None, link=token, name=known.name)

    @routes.post("/login/{token}")
    async def use_link(request: Request, token: str) -> Response:
        from_our_page(request)
        person = await sessions.use_link(token)
        if person is None or person not in pages.engine.policy.people:
            return await _refused(request, pages)
        path = unquote(request.cookies.get(NEXT_COOKIE, ""))
        answer = RedirectResponse(path if worth_returning_to(path) else "/", 303)
        answer.delete_cookie(NEXT_COOKIE)
        answer.set_cookie(
            COOKIE,
            sessions.cookie(person),
            max_age=int(SESSION_LASTS.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=sessions.secure,
        )
        return answer

    @routes.post("/logout")
    async def logout(request: Request) -> Response:
        session = await pages.session(request)
        if session is not None:
            check_token(request, await read_form(request), session)
            await sessions.end(session)
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=sessions.secure)
        return answer

    return routes


async def _refused(request: Request, pages: Pages) -> Response:
    session = await pages.session_if_known(request)
    page = pages.render(request, "login.html", session, link=None, refused=True)
    page.status_code = 403
    return page
