"""The web application: hooks, Slack, Twilio, JSON, pages, health. Put together from routers."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import structlog
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as StarletteHTTPException

from bot.ports import StoreUnavailable
from bot.web.pages import Pages

log = structlog.get_logger(__name__)

HERE = Path(__file__).parent
PROGRAMS = ("/api/", "/hooks/", "/twilio/", "/slack/", "/healthz", "/readyz", "/metrics")
SECURITY = {
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'; form-action 'self'; "
    "base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(
    routers: Sequence[APIRouter], pages: Pages, lifespan: Lifespan | None = None
) -> FastAPI:
    """The whole application. What it serves is decided by whoever wires it."""
    app = FastAPI(
        title="Midwatch",
        docs_url="/docs",
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=lifespan,
    )
    for router in routers:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.middleware("http")(_security)
    _errors(app, pages)
    return app


async def _security(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    answer = await call_next(request)
    if not request.url.path.startswith("/docs"):
        for name, value in SECURITY.items():
            answer.headers.setdefault(name, value)
    if not request.url.path.startswith("/static/"):
        answer.headers.setdefault("cache-control", "no-store")
    return answer


def _errors(app: FastAPI, pages: Pages) -> None:
    """People get a page, programs get JSON; neither gets a traceback."""

    def answer(request: Request, status: int, detail: str, headers: dict[str, str]) -> Response:
        if request.url.path.startswith(PROGRAMS):
            return JSONResponse({"error": detail}, status, headers)
        page = pages.render(
            request,
            "error.html",
            pages.session(request),
            status=status,
            title=_TITLES.get(status, "That did not work"),
            detail=detail,
        )
        page.status_code = status
        return page

    @app.exception_handler(StarletteHTTPException)
    async def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException | StarletteHTTPException)
        return answer(request, error.status_code, str(error.detail), dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        return answer(request, 422, f"{where}: {first['msg']}", {})

    @app.exception_handler(StoreUnavailable)
    async def no_database(request: Request, error: Exception) -> Response:
        log.warning("answered_without_database", path=request.url.path)
        detail = "The database does not answer, so nothing was kept. Please try again."
        return answer(request, 503, detail, {"Retry-After": "5"})


_TITLES = {
    403: "Not allowed",
    404: "Not found",
    405: "Not allowed",
    422: "Something in the form is not right",
    503: "Not now",
}
