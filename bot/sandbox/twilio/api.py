"""Twilio's REST API: paths, forms, basic authentication, JSON answers, paging."""

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.sandbox.faults import FaultGate
from bot.sandbox.twilio.account import account_routes
from bot.sandbox.twilio.listing import call_page, message_page
from bot.sandbox.twilio.records import API_VERSION, Message
from bot.sandbox.twilio.refusals import Refusal, fault_answer, not_found
from bot.sandbox.twilio.world import Twilio

Handler = Callable[[Request], Awaitable[Response]]


def twilio_app(twilio: Twilio) -> ASGIApp:
    """Everything under `/2010-04-01` and `/v1` (Messaging Services)."""
    guarded = Starlette(
        routes=[
            *_message_routes(twilio),
            *_call_routes(twilio),
            *account_routes(twilio),
            Route("/{path:path}", _nowhere, methods=["GET", "POST", "DELETE"]),
        ],
        exception_handlers={Refusal: _refuse},
    )
    return FaultGate(_Authenticated(guarded, twilio), twilio.faults, fault_answer)


async def _refuse(request: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        raise error
    return error.answer()


async def _nowhere(request: Request) -> Response:
    raise not_found(request.url.path)


class _Authenticated:
    """Basic authentication with account SID and token: 401 and code 20003 otherwise."""

    def __init__(self, app: ASGIApp, twilio: Twilio) -> None:
        self._app = app
        self._twilio = twilio

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope)
        app = self._app if self._knows(request) else Refusal(20003, "Authenticate", 401).answer()
        await app(scope, receive, send)

    def _knows(self, request: Request) -> bool:
        settings = self._twilio.context.settings
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        try:
            given = base64.b64decode(value, validate=True) if scheme.lower() == "basic" else b""
        except (binascii.Error, ValueError):
            return False
        wanted = f"{settings.account_sid}:{settings.auth_token}".encode()
        parts = request.url.path.split("/Accounts/")
        own = parts[-1].split("/")[0].removesuffix(".json") if len(parts) > 1 else None
        return hmac.compare_digest(given, wanted) and own in (None, settings.account_sid)


def _plain(form: FormData) -> dict[str, str]:
    """One value a field, as text."""
    return {name: str(value) for name, value in form.items()}


def _message_routes(twilio: Twilio) -> list[Route]:
    base = f"/{API_VERSION}/Accounts/{{account}}/Messages"

    async def create(request: Request) -> Response:
        message = await twilio.outbound.create(_plain(await request.form()))
        # What the sender sees is the state at acceptance, however fast the network was.
        status = "accepted" if message.messaging_service_sid else "queued"
        return JSONResponse({**message.to_json(), "status": status}, status_code=201)

    async def listing(request: Request) -> Response:
        return JSONResponse(message_page(twilio.messages, request.url))

    async def fetch(request: Request) -> Response:
        return JSONResponse(_message(twilio, request).to_json())

    async def update(request: Request) -> Response:
        message = _message(twilio, request)
        form = _plain(await request.form())
        if form.get("Status") == "canceled":
            twilio.outbound.cancel(message)
        if form.get("Body") == "":
            message.body = ""
        return JSONResponse(message.to_json())

    async def delete(request: Request) -> Response:
        twilio.messages.remove(_message(twilio, request))
        return Response(status_code=204)

    return [
        Route(f"{base}.json", create, methods=["POST"]),
        Route(f"{base}.json", listing, methods=["GET"]),
        Route(f"{base}/{{sid}}.json", fetch, methods=["GET"]),
        Route(f"{base}/{{sid}}.json", update, methods=["POST"]),
        Route(f"{base}/{{sid}}.json", delete, methods=["DELETE"]),
    ]


def _message(twilio: Twilio, request: Request) -> Message:
    sid = request.path_params["sid"]
    message = next((m for m in twilio.messages if m.sid == sid), None)
    if message is None:
        raise not_found(request.url.path)
    return message


def _call_routes(twilio: Twilio) -> list[Route]:
    base = f"/{API_VERSION}/Accounts/{{account}}/Calls"

    async def create(request: Request) -> Response:
        form = await request.form()
        events = [str(value) for value in form.getlist("StatusCallbackEvent")]
        call = twilio.voice.create(_plain(form), [e for v in events for e in v.split()])
        return JSONResponse(call.to_json(), status_code=201)

    async def listing(request: Request) -> Response:
        return JSONResponse(call_page(twilio.calls, request.url))

    async def fetch(request: Request) -> Response:
        return JSONResponse(twilio.voice.find(request.path_params["sid"]).to_json())

    async def update(request: Request) -> Response:
        call = twilio.voice.find(request.path_params["sid"])
        await twilio.voice.update(call, _plain(await request.form()))
        return JSONResponse(call.to_json())

    return [
        Route(f"{base}.json", create, methods=["POST"]),
        Route(f"{base}.json", listing, methods=["GET"]),
        Route(f"{base}/{{sid}}.json", fetch, methods=["GET"]),
        Route(f"{base}/{{sid}}.json", update, methods=["POST"]),
    ]
