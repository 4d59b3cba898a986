"""The web application: hooks, Slack, Twilio, JSON, pages, health. Put together from routers."""

from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path

import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.ports import StoreUnavailable
from bot.web import docs
from bot.web.live import is_poll
from bot.web.pages import Pages

log = structlog.get_logger(__name__)

HERE = Path(__file__).parent
PROGRAMS = ("/api", "/hooks", "/twilio", "/slack", "/healthz", "/readyz", "/metrics", "/openapi")
SECURITY = {
    "content-security-policy": "default-src 'self'; object-src 'none'; frame-ancestors 'none'; "
    "form-action 'self'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
"""No script of anybody else, no frame around us, and no address of ours told to others."""


def create_app(routers: Sequence[APIRouter], pages: Pages) -> FastAPI:
    """The whole application. What it serves is decided by whoever wires it."""
    app = FastAPI(
        title="Midwatch",
        description="What is down, who has it, and which deployment it may have been.",
        docs_url=None,  # FastAPI's own page loads its scripts from another host
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    for router in [*routers, docs.router(pages)]:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.add_middleware(Guarded)
    _errors(app, pages)
    return app


class Guarded:
    """Puts the security headers on every answer; only static files may be kept by caches."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI, without touching any body."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                _guard(headers, scope["path"])
                if message["status"] == HTTPStatus.OK and scope["query_string"].startswith(b"v="):
                    _keep(headers, scope["path"])
            await send(message)

        await self.app(scope, receive, guarded if scope["type"] == "http" else send)


def _guard(headers: MutableHeaders, path: str) -> None:
    for name, value in SECURITY.items():
        headers.setdefault(name, value)
    if not path.startswith("/static/"):
        headers.setdefault("cache-control", "no-store")


def _keep(headers: MutableHeaders, path: str) -> None:
    """A static file whose address holds its digest never changes: see `bot.web.pages.shipped`."""
    if path.startswith("/static/"):
        headers["cache-control"] = "public, max-age=31536000, immutable"


def _errors(app: FastAPI, pages: Pages) -> None:
    """People get a page, programs get JSON; neither gets a traceback."""

    async def answer(
        request: Request,
        status: int,
        detail: str,
        headers: dict[str, str] | None = None,
        field: str | None = None,
    ) -> Response:
        if request.url.path.startswith(PROGRAMS):
            named = {"field": field} if field else {}
            return JSONResponse({"error": detail, **named}, status, headers)
        if is_poll(request):
            return Response(status_code=status, headers=headers)
        title = _TITLES.get(status, "That did not work")
        session = await pages.session_if_known(request)
        page = pages.render(
            request, "error.html", session, status=status, title=title, detail=detail
        )
        page.status_code = status
        page.headers.update(headers or {})
        return page

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        detail = str(error.detail)
        if detail == HTTPStatus(error.status_code).phrase:
            detail = _DETAILS.get(error.status_code, detail)
        return await answer(request, error.status_code, detail, dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:])
        return await answer(request, 422, f"{field}: {first['msg']}", field=field)

    @app.exception_handler(StoreUnavailable)
    async def no_database(request: Request, error: StoreUnavailable) -> Response:
        log.warning("answered_without_database", path=request.url.path)
        return await answer(request, 503, NO_DATABASE, {"Retry-After": "5"})

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> Response:
        """The server logs it with its traceback; this answer is outside of `Guarded`."""
        page = await answer(request, 500, "That is a fault of Midwatch; its log says more.")
        _guard(page.headers, request.url.path)
        return page


NO_DATABASE = "The database does not answer, so nothing was kept. Please try again."
_TITLES = {
    400: "That could not be read",
    403: "Not allowed",
    404: "Not found",
    405: "Not allowed",
    413: "Too long",
    422: "Something in the form is not right",
    500: "Something broke",
    503: "Not now",
}
_DETAILS = {
    404: "There is nothing at this address.",
    405: "This address cannot be used like that.",
}
