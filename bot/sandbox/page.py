"""The page and its small API: the state, a stream of changes, and what people do on it.

Everything that acts wants JSON and the header `X-Sandbox`, which another site's page cannot send
unasked, and a loopback `Host`, which DNS rebinding cannot have.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.sandbox.deeds import deed_routes
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack.refusals import SlackRefusal

HERE = Path(__file__).parent
POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self'; frame-ancestors 'none'"
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")


def page_routes(sandbox: Sandbox) -> list[BaseRoute]:
    """`/`, its files, `/sandbox/state`, `/sandbox/stream` and everything that acts."""
    return [
        Route("/", _only_here(_index)),
        Route("/archives/{channel}/{message}", _only_here(_index)),
        Route("/sandbox/state", _only_here(_state(sandbox))),
        Route("/sandbox/status", _only_here(_status(sandbox))),
        Route("/sandbox/stream", _only_here(_stream(sandbox))),
        Route("/sandbox/files/{file}", _only_here(_file(sandbox))),
        *(
            Route(path, _only_here(_asked_for(act)), methods=["POST"])
            for path, act in deed_routes(sandbox).items()
        ),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]


Handler = Callable[[Request], Awaitable[Response]]


def _only_here(handler: Handler) -> Handler:
    """Refuse requests that name another host."""

    async def guarded(request: Request) -> Response:
        name = urlsplit(f"//{request.headers.get('host', '')}").hostname
        if name not in LOOPBACK_NAMES:
            return Response("the sandbox is for this machine only", 403)
        return await handler(request)

    return guarded


def _asked_for(act: Callable[[Request, dict[str, Any]], Awaitable[Any]]) -> Handler:
    """Parse the JSON, act, answer; what was wrong is said with 400 or 404."""

    async def handler(request: Request) -> Response:
        if "x-sandbox" not in request.headers:
            return Response("header X-Sandbox is missing", 403)
        try:
            body = json.loads(await request.body() or b"{}")
            return JSONResponse(await act(request, body))
        except LookupError as missing:
            return JSONResponse({"error": f"not found: {missing}"}, 404)
        except SlackRefusal as refusal:
            return JSONResponse({"error": refusal.error}, 400)
        except (TypeError, ValueError) as wrong:
            return JSONResponse({"error": str(wrong)}, 400)

    return handler


async def _index(request: Request) -> Response:
    return FileResponse(
        HERE / "templates" / "page.html", headers={"Content-Security-Policy": POLICY}
    )


def _state(sandbox: Sandbox) -> Handler:
    async def state(request: Request) -> Response:
        return JSONResponse(sandbox.view())

    return state


def _status(sandbox: Sandbox) -> Handler:
    async def status(request: Request) -> Response:
        return JSONResponse({"status": sandbox.controls.status()})

    return status


def _stream(sandbox: Sandbox) -> Handler:
    async def stream(request: Request) -> Response:
        since = _since(request)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(
            _lines(sandbox, since), media_type="text/event-stream", headers=headers
        )

    return stream


def _since(request: Request) -> int:
    """The last entry that the page has seen; a browser repeats it when it connects again."""
    given = request.headers.get("last-event-id") or request.query_params.get("since") or "0"
    return int(given) if given.isdecimal() else 0


async def _lines(sandbox: Sandbox, since: int) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    async for entry in sandbox.journal.follow(since):
        data = json.dumps({"kind": entry.kind, "data": entry.data})
        yield f"id: {entry.number}\ndata: {data}\n\n"


def _file(sandbox: Sandbox) -> Handler:
    async def file(request: Request) -> Response:
        upload = sandbox.slack.workspace.uploads.get(request.path_params["file"])
        if upload is None or upload.content is None:
            return Response("not found", 404)
        safe = upload.content_type if upload.content_type.startswith("image/") else "text/plain"
        return Response(
            upload.content,
            media_type=safe,
            headers={"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"},
        )

    return file
