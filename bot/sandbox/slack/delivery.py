"""What Slack sends to the app: signed HTTP, or envelopes over Socket Mode if a socket is open.

Signature after https://docs.slack.dev/authentication/verifying-requests-from-slack; three seconds
to answer; events (not buttons, not commands) are tried again with X-Slack-Retry-Num and -Reason.
"""

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from bot.sandbox.context import Context
from bot.sandbox.courier import Delivered
from bot.sandbox.slack.records import Json
from bot.sandbox.slack.socket import SocketMode

Kind = Literal["interactive", "slash_commands", "events_api"]
REASONS = {"timeout": "http_timeout", "ConnectError": "connection_failed"}


@dataclass(frozen=True, slots=True)
class Answer:
    """The app's answer. `status` is None without one; `problem` says what went wrong."""

    status: int | None
    text: str = ""
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Answered with 2xx in time."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def body(self) -> Json:
        """The JSON of the answer, {} if it has none."""
        try:
            value = json.loads(self.text)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """X-Slack-Signature."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class Delivery:
    """Sends payloads to the app."""

    def __init__(self, context: Context, socket: SocketMode) -> None:
        self._context = context
        self._socket = socket

    async def send(self, kind: Kind, payload: Json, retry: tuple[int, str] | None = None) -> Answer:
        """One delivery. `retry` is (number, reason) for an event that failed before."""
        if self._socket.connected:
            answer = await self._by_socket(kind, payload, retry)
        else:
            answer = await self._by_http(kind, payload, retry)
        self._context.journal.note("answered", provider="slack", what=kind, ok=answer.ok)
        if not answer.ok:
            detail = answer.problem or f"HTTP {answer.status}"
            self._context.journal.note("alert", provider="slack", code=kind, detail=detail)
        return answer

    async def send_event(self, payload: Json) -> Answer:
        """Deliver an event; if that fails, try again in the background as Slack does."""
        answer = await self.send("events_api", payload)
        if not answer.ok:
            self._context.courier.spawn(self._again(payload, answer), lasting=True)
        return answer

    async def _again(self, payload: Json, failed: Answer) -> None:
        delays = self._context.settings.slack_retry_delays_seconds
        for number, delay in enumerate(delays, start=1):
            await asyncio.sleep(delay)
            reason = REASONS.get(failed.problem, "http_error")
            failed = await self.send("events_api", payload, (number, reason))
            if failed.ok:
                return

    async def _by_socket(self, kind: Kind, payload: Json, retry: tuple[int, str] | None) -> Answer:
        extra: Json = {"accepts_response_payload": kind != "events_api"}
        if kind == "events_api":
            number, reason = retry or (0, "")
            extra |= {"retry_attempt": number, "retry_reason": reason}
        try:
            async with asyncio.timeout(self._context.settings.slack_timeout_seconds):
                acknowledged = await self._socket.send(kind, payload, extra)
        except TimeoutError:
            return Answer(None, problem="timeout")
        except ConnectionError:
            return Answer(None, problem="ConnectError")
        return Answer(200, json.dumps(acknowledged) if acknowledged else "")

    async def _by_http(self, kind: Kind, payload: Json, retry: tuple[int, str] | None) -> Answer:
        body, content_type = _encode(kind, payload)
        delivered = await self._post(body, self._headers(body, content_type, retry))
        return Answer(delivered.status, delivered.body, delivered.problem)

    async def _post(self, body: bytes, headers: dict[str, str]) -> Delivered:
        seconds = self._context.settings.slack_timeout_seconds
        url = self._context.bot("/slack/events")
        return await self._context.courier.post(url, body, headers, seconds)

    def _headers(
        self, body: bytes, content_type: str, retry: tuple[int, str] | None
    ) -> dict[str, str]:
        settings = self._context.settings
        timestamp = str(int(settings.wall_clock()))
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(settings.slack_signing_secret, timestamp, body),
        }
        if retry is not None:
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        return headers


def _encode(kind: Kind, payload: Json) -> tuple[bytes, str]:
    """Buttons and forms as `payload=<JSON>`, commands as a plain form, events as JSON."""
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"
