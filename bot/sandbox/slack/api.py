"""Slack's Web API: tokens, scopes, limits, and the answers around every method."""

import hmac
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.sandbox.faults import FaultGate
from bot.sandbox.slack import chat, conversations, files, people, views
from bot.sandbox.slack.arguments import Arguments, read
from bot.sandbox.slack.method import Method
from bot.sandbox.slack.refusals import RateLimited, SlackRefusal, fault_answer
from bot.sandbox.slack.response_url import response_url_routes
from bot.sandbox.slack.world import Slack


def slack_app(slack: Slack) -> ASGIApp:
    """Everything under `/api`, the upload URLs and the response URLs."""
    caller = _Caller(slack)
    routes = [
        Route("/api/{method}", caller.call, methods=["GET", "POST"]),
        Route("/upload/v1/{file}", _upload(slack), methods=["POST", "PUT"]),
        *response_url_routes(slack.response_urls),
    ]
    return FaultGate(Starlette(routes=routes), slack.faults, fault_answer)


class _Caller:
    """Finds the method, checks the token and the scope, wraps the answer."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        workspace = slack.workspace
        self._methods: dict[str, Method] = {
            **chat.methods(workspace),
            **conversations.methods(workspace),
            **files.methods(workspace),
            **people.methods(workspace),
            **views.methods(workspace),
            "apps.connections.open": Method(self._open_connection, takes="app"),
        }

    async def call(self, request: Request) -> Response:
        """One call of the Web API."""
        try:
            arguments = await read(request)
            method = self._method(request.path_params["method"])
            self._check_token(request, arguments, method)
            self._check_scope(method)
            answer = {"ok": True, **await method.run(arguments)}
        except RateLimited as limited:
            return limited.answer()
        except SlackRefusal as refusal:
            answer = refusal.body()
            self._slack.context.journal.note(
                "refused", provider="slack", method=request.path_params["method"], **answer
            )
        return JSONResponse(answer, headers=self._headers())

    def _method(self, name: str) -> Method:
        if name not in self._methods:
            raise SlackRefusal("unknown_method", req_method=name)
        return self._methods[name]

    def _check_token(self, request: Request, arguments: Arguments, method: Method) -> None:
        settings = self._slack.context.settings
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        given = bearer if scheme.lower() == "bearer" else str(arguments.pop("token", ""))
        if not given:
            raise SlackRefusal("not_authed")
        known = {"bot": settings.slack_bot_token, "app": settings.slack_app_token}
        if _same(given, known[method.takes]):
            return
        other = known["app" if method.takes == "bot" else "bot"]
        raise SlackRefusal("not_allowed_token_type" if _same(given, other) else "invalid_auth")

    def _check_scope(self, method: Method) -> None:
        if method.scope is not None:
            self._slack.workspace.require(method.scope)

    def _headers(self) -> dict[str, str]:
        return {"X-OAuth-Scopes": ",".join(sorted(self._slack.context.settings.slack_scopes))}

    async def _open_connection(self, arguments: Arguments) -> dict[str, object]:
        """apps.connections.open: the address of a WebSocket, good for one connection."""
        return {"url": await self._slack.socket.address()}


def _same(given: str, wanted: str) -> bool:
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())


def _upload(slack: Slack) -> Callable[[Request], Awaitable[Response]]:
    async def upload(request: Request) -> Response:
        """The bytes of a file, raw or as a form's first file."""
        pending = slack.workspace.uploads.get(request.path_params["file"])
        if pending is None:
            return PlainTextResponse("not found", 404)
        kind = request.headers.get("content-type", "")
        if kind.startswith("multipart/form-data"):
            form = await request.form()
            first = next(iter(form.values()))
            pending.content = first.encode() if isinstance(first, str) else await first.read()
        else:
            pending.content = await request.body()
        return PlainTextResponse(f"OK - {len(pending.content)}")

    return upload
