"""A receiver of webhooks: it checks each signature as anybody's would, and shows what came.

`/webhooks/{name}` takes them, `/webhooks` is the page. A repeated `webhook-id` is shown as one.
"""

import html
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from standardwebhooks.webhooks import Webhook as Signer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.sandbox.context import Context
from bot.sandbox.faults import Fault, FaultGate, Faults, Struck

TOLERANCE = timedelta(minutes=5)
"""How far from now a `webhook-timestamp` may be. Source: the specification."""
KEPT = 200


@dataclass
class Received:
    """One webhook whose signature was right. `times`: how often it came."""

    name: str
    id: str
    body: dict[str, Any]
    at: datetime
    times: int = 1


class Webhooks:
    """What came, oldest first. `gone` names receivers that answer 410 from now on."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.received: list[Received] = []
        self.gone: set[str] = set()
        self.faults = Faults(lambda fault: context.journal.note("fault", of="webhook", fault=fault))

    def take(self, name: str, headers: dict[str, str], body: bytes) -> int:
        """Keep it; the status to answer."""
        if name in self.gone:
            return 410
        if not self._signed(headers, body):
            return 401
        id_ = headers["webhook-id"]
        known = next((one for one in self.received if (one.name, one.id) == (name, id_)), None)
        if known is not None:
            known.times += 1
            return 200
        found = Received(name, id_, json.loads(body), self._context.now())
        self.received = [*self.received, found][-KEPT:]
        self._context.journal.note("webhook", name=name, id=id_)
        return 204

    def of(self, name: str) -> list[Received]:
        """What one receiver got."""
        return [one for one in self.received if one.name == name]

    def _signed(self, headers: dict[str, str], body: bytes) -> bool:
        id_, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        given = headers.get("webhook-signature", "").split()
        secret = self._context.settings.webhook_secret
        if not (secret and id_ and stamp.isdecimal()):
            return False
        now = self._context.now()
        sent_at = datetime.fromtimestamp(int(stamp), now.tzinfo)
        expected = Signer(secret).sign(id_, sent_at, body.decode())
        return expected in given and abs(now - sent_at) <= TOLERANCE


def webhook_app(webhooks: Webhooks) -> ASGIApp:
    """`POST /webhooks/{name}`, behind a gate of faults, and the page `GET /webhooks`."""

    async def take(request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        return Response(
            status_code=webhooks.take(request.path_params["name"], headers, await request.body())
        )

    async def page(request: Request) -> Response:
        return HTMLResponse(_page(webhooks.received))

    app = Starlette(
        routes=[
            Route("/webhooks", page),
            Route("/webhooks/{name}", take, methods=["POST"]),
        ]
    )
    return FaultGate(app, webhooks.faults, _fault_answer)


def _fault_answer(struck: Struck) -> Response:
    if struck.fault is Fault.RATE_LIMITED:
        headers = {"Retry-After": str(struck.retry_after_seconds)}
        return PlainTextResponse("slower, please", 429, headers)
    return PlainTextResponse("down", 500 if struck.fault is Fault.ERROR else 503)


def _page(received: list[Received]) -> str:
    """Newest first; it looks again every two seconds."""
    rows = "".join(map(_row, reversed(received)))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Webhooks received</title>'
        '<meta http-equiv="refresh" content="2"><link rel="stylesheet" href="/static/page.css">'
        "<body><h1>Webhooks received</h1>"
        + (rows or "<p>None yet. Whoever has a <code>webhook</code> is paged here.</p>")
        + "</body></html>"
    )


def _row(one: Received) -> str:
    times = f", {one.times} times" if one.times > 1 else ""
    head = f"{one.at:%H:%M:%S} {one.name}: {one.id}, signature is right{times}"
    document = json.dumps(one.body, indent=2, ensure_ascii=False)
    return f"<h2>{html.escape(head)}</h2><pre>{html.escape(document)}</pre>"
