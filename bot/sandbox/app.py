"""The sandbox's web application: both providers' APIs, the page, and what the page calls."""

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.sandbox.page import page_routes
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack.api import slack_app
from bot.sandbox.twilio.api import twilio_app
from bot.sandbox.webhooks import webhook_app

TWILIO_PATHS = ("/2010-04-01/", "/v1/Services")
SLACK_PATHS = ("/api/", "/upload/v1/", "/actions/")
WEBHOOK_PATH = "/webhooks"


def create_app(sandbox: Sandbox) -> FastAPI:
    """The application. Serve it with `running`, or behind a server bound to loopback."""
    app = FastAPI(title="Midwatch sandbox", docs_url=None, redoc_url=None, openapi_url=None)
    app.router.routes.extend(page_routes(sandbox))
    app.add_middleware(
        _Providers,
        twilio=twilio_app(sandbox.twilio),
        slack=slack_app(sandbox.slack),
        webhooks=webhook_app(sandbox.webhooks),
    )
    return app


class _Providers:
    """ASGI: sends each provider's paths to its application, everything else on to the page."""

    def __init__(self, app: ASGIApp, twilio: ASGIApp, slack: ASGIApp, webhooks: ASGIApp) -> None:
        self._app = app
        self._webhooks = webhooks
        self._twilio = twilio
        self._slack = slack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "http" and path.startswith(TWILIO_PATHS):
            await self._twilio(scope, receive, send)
        elif scope["type"] == "http" and path.startswith(SLACK_PATHS):
            await self._slack(scope, receive, send)
        elif scope["type"] == "http" and path.startswith(WEBHOOK_PATH):
            await self._webhooks(scope, receive, send)
        else:
            await self._app(scope, receive, send)
