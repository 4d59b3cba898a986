"""`POST /slack/events`: what must be right before Bolt sees a request.

Bolt 1.30 answers 500 to a time stamp that is no number, a signature that is not ASCII and a
signed body that is not JSON. Here they get 401 or 400; what fails gets 503: Slack tries again.
"""

import json
import logging
import re
from urllib.parse import parse_qsl

from slack_bolt.adapter.starlette.async_handler import (
    to_async_bolt_request,
    to_starlette_response,
)
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

log = logging.getLogger(__name__)

LARGEST_BODY = 1024 * 1024
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


class SlackEvents:
    """The route's handler: `await slack_events.handle(request)`. Never answers 500."""

    def __init__(self, app: AsyncApp, signing_secret: str) -> None:
        self._app = app
        self._verifier = SignatureVerifier(signing_secret)

    async def handle(self, request: Request) -> Response:
        """401 without detail for what Slack did not sign, 413 over 1 MiB, 400 for nonsense."""
        body = await _limited(request)
        if body is None:
            return PlainTextResponse("too large", 413)
        if not self._signed(body, request):
            log.warning(
                "slack_signature_refused: wrong SLACK_SIGNING_SECRET, or a clock that is off"
            )
            return PlainTextResponse("", 401)
        if not _readable(body.decode()):
            return PlainTextResponse("not a request of Slack's", 400)
        return await self._dispatched(request, body)

    def _signed(self, body: bytes, request: Request) -> bool:
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        signature = request.headers.get("x-slack-signature", "")
        if not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
            return False
        try:
            return self._verifier.is_valid(body, timestamp, signature)
        except UnicodeDecodeError:
            return False

    async def _dispatched(self, request: Request, body: bytes) -> Response:
        try:
            answer = await self._app.async_dispatch(to_async_bolt_request(request, body))
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            # Bolt reads a dozen fields before it looks what kind of request it is.
            log.warning("slack_request_odd: %s", type(error).__name__)
            return PlainTextResponse("not a request of Slack's", 400)
        if answer.status >= 500:
            return PlainTextResponse("", 503)
        return to_starlette_response(answer)


async def _limited(request: Request) -> bytes | None:
    """The body, or None as soon as it is too large."""
    length = request.headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and int(length[:12]) > LARGEST_BODY:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


def _readable(text: str) -> bool:
    """A JSON object, or a form whose `payload`, if it has one, is a JSON object."""
    stripped = text.lstrip()
    try:
        if stripped.startswith(("{", "[")):
            return isinstance(json.loads(text), dict)
        form = dict(parse_qsl(text, keep_blank_values=True))
        if "payload" in form:
            return isinstance(json.loads(form["payload"]), dict)
        return bool(form)
    except (ValueError, RecursionError):
        return False
