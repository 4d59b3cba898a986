"""Requests that Twilio makes to its customer: signed forms, a fallback URL, recorded errors.

A webhook that fails is tried once at the fallback URL if there is one; status callbacks are not
tried again at all (https://www.twilio.com/docs/usage/webhooks). What failed stands in `alerts`,
as in Twilio's debugger: 11200 no good answer, 11205 no connection, 12100 not TwiML.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from bot.sandbox.context import Context
from bot.sandbox.courier import Delivered

HTTP_RETRIEVAL_FAILURE = 11200
HTTP_CONNECTION_FAILURE = 11205


@dataclass(frozen=True, slots=True)
class Alert:
    """A line of the debugger."""

    at: datetime
    code: int
    url: str
    detail: str


def signature(auth_token: str, url: str, form: Mapping[str, str]) -> str:
    """X-Twilio-Signature: the URL, then every field and value in order, HMAC-SHA1, base64.

    Source: https://www.twilio.com/docs/usage/security#validating-requests
    """
    text = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


class Webhooks:
    """Sends webhooks and keeps the alerts."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.alerts: list[Alert] = []

    async def send(self, url: str, form: Mapping[str, str], method: str = "POST") -> Delivered:
        """One signed request, no second try; a failure becomes an alert."""
        settings = self._context.settings
        if method.upper() == "GET":
            target = url + ("&" if "?" in url else "?") + urlencode(form)
            headers = self._headers(signature(settings.auth_token, target, {}))
            answer = await self._context.courier.get(
                target, headers, settings.webhook_timeout_seconds
            )
        else:
            headers = self._headers(signature(settings.auth_token, url, form))
            answer = await self._context.courier.post(
                url, urlencode(form).encode(), headers, settings.webhook_timeout_seconds
            )
        if not answer.ok:
            self._alert_about(url, answer)
        return answer

    async def send_or_fall_back(
        self, url: str, fallback: str | None, form: Mapping[str, str]
    ) -> Delivered:
        """One signed request, and if that fails one to the fallback URL."""
        answer = await self.send(url, form)
        if answer.ok or not fallback:
            return answer
        reason = {"ErrorCode": str(self.alerts[-1].code), "ErrorUrl": url}
        return await self.send(fallback, {**form, **reason})

    def alert(self, code: int, url: str, detail: str) -> None:
        """Note a failure in the debugger and the journal."""
        self.alerts.append(Alert(self._context.now(), code, url, detail))
        self._context.journal.note("alert", provider="twilio", code=code, url=url, detail=detail)

    def _alert_about(self, url: str, answer: Delivered) -> None:
        if answer.status is None:
            lost = answer.problem in ("ConnectError", "InvalidURL", "UnsupportedProtocol")
            code = HTTP_CONNECTION_FAILURE if lost else HTTP_RETRIEVAL_FAILURE
            self.alert(code, url, answer.problem)
        else:
            self.alert(HTTP_RETRIEVAL_FAILURE, url, f"HTTP {answer.status}")

    @staticmethod
    def _headers(signed: str) -> dict[str, str]:
        return {
            "X-Twilio-Signature": signed,
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": hashlib.sha1(signed.encode()).hexdigest(),  # noqa: S324
        }
