"""`/hooks/…`: one route for every source. What a delivery means is the source's business.

The events are in the inbox before the sender has its answer. 400 names the field, 401 tells
nothing, 413 over 1 MiB, 503 without its secret or without a database (the sender should retry).
"""

from collections.abc import Callable, Mapping

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from bot.hook import BadRequest, Hook, Incoming, Known, NotConfigured, Parsed, Secrets, Unauthorized
from bot.ports import StoreUnavailable
from bot.web.hook_notes import HookNotes
from bot.web.limits import HOOK_BYTES, ClientDisconnect, TooLarge, read_body
from bot.web.receiver import Receiver

log = structlog.get_logger(__name__)

ALL_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
Names = Callable[[], frozenset[str]]


def router(
    engine: Receiver,
    hooks: Mapping[str, Hook],
    secrets: Callable[[], Secrets],
    heartbeats: Names,
) -> APIRouter:
    """Every hook. `secrets` and `heartbeats` give what the configuration has at the moment."""
    routes = APIRouter(prefix="/hooks", tags=["hooks"])
    notes = HookNotes(engine)

    async def handle(request: Request, name: str, rest: str = "") -> Response:
        hook = hooks.get(name)
        if hook is None or (rest and not hook.paths):
            return _error(404, f"there is no hook {name[:50]!r}")
        if request.method not in hook.methods:
            allowed = ", ".join(hook.methods)
            return _error(405, f"use {allowed}", {"Allow": allowed})
        try:
            return await _deliver(request, rest, hook, engine, notes, secrets(), heartbeats)
        except StoreUnavailable:
            log.warning("hook_without_database", hook=hook.name)
            return _error(503, "the database does not answer: try again", {"Retry-After": "5"})

    for path in ("/{name}", "/{name}/{rest:path}"):
        routes.add_api_route(path, handle, methods=ALL_METHODS, include_in_schema=False)
    return routes


async def _deliver(
    request: Request,
    rest: str,
    hook: Hook,
    engine: Receiver,
    notes: HookNotes,
    secrets: Secrets,
    heartbeats: Names,
) -> Response:
    sender: str | None = None
    try:
        incoming = await _incoming(request, rest)
        sender = hook.authenticate(incoming, secrets)
        parsed = hook.parse(incoming, Known(engine.policy, engine.clock.now(), heartbeats()))
    except TooLarge:
        return _error(413, "the body is larger than 1 MiB")
    except ClientDisconnect:
        return _error(400, "the connection was closed")
    except Unauthorized as refused:
        await notes.refused(hook, str(refused))
        return _error(401, "unauthorized", {"WWW-Authenticate": "Bearer"})
    except NotConfigured as missing:
        await notes.refused(hook, str(missing))
        return _error(503, str(missing))
    except BadRequest as bad:
        await notes.heard(hook, sender, f"{bad.field}: {bad.message}".removeprefix(": "))
        return JSONResponse({"error": bad.message, "field": bad.field}, 400)
    answer = await _accept(engine, parsed)
    await notes.heard(hook, sender, parsed.note)
    return answer


async def _incoming(request: Request, rest: str) -> Incoming:
    body = await read_body(request, HOOK_BYTES)
    return Incoming(
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        query=dict(request.query_params),
        path=rest,
        method=request.method,
    )


async def _accept(engine: Receiver, parsed: Parsed) -> Response:
    """Commit first, answer then. Repeating the delivery after a 503 does no harm."""
    await engine.receive_all(parsed.events)
    now = engine.clock.now()
    for beat in parsed.beats:
        await engine.store.beat(beat.name, beat.what, now, beat.message)
    if parsed.status == 204:
        return Response(status_code=204)
    return JSONResponse(dict(parsed.answer), parsed.status)


def _error(status: int, words: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": words}, status, headers)
