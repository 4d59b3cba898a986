"""Asking a REST API: one deadline a call, a cap on what is read, refusals in words.

Source: docs.github.com, "Rate limits for the REST API"; docs.gitlab.com, "Rate limit responses".
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from bot.ports import Clock, Permanent, Transient

MOST_BYTES = 20 * 1024 * 1024
PATIENCE_SECONDS = 3600.0
"""A limit that is filled again later than this is not waited for any longer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A good one: its JSON, and whether its list goes on (a `next` in its Link header)."""

    json: object
    more: bool


class RestApi:
    """`name` and `token_variable` are for the words of refusals; the token is in `headers`."""

    def __init__(
        self,
        name: str,
        token_variable: str,
        base: str,
        headers: Mapping[str, str],
        clock: Clock,
        timeout_seconds: float,
    ) -> None:
        self.name, self.token_variable, self._base = name, token_variable, base.rstrip("/")
        self._clock, self._timeout_seconds = clock, timeout_seconds
        self._client = httpx.AsyncClient(
            headers={"User-Agent": "midwatch", **headers},
            timeout=timeout_seconds,
            follow_redirects=True,  # what was renamed answers 301
            max_redirects=3,
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def get(
        self, path: str, query: Mapping[str, str | int | bool], about: str = ""
    ) -> Answer:
        """Ask. Raises Transient or Permanent, whose `code` is the HTTP status; `about` is the
        repository that they name. Neither names the token.
        """
        answer, body = await self._ask(
            self._client.build_request("GET", self._base + path, params=dict(query)), about
        )
        try:
            return Answer(json.loads(body), 'rel="next"' in answer.headers.get("link", ""))
        except (ValueError, RecursionError):
            raise Transient(f"{self.name}'s answer made no sense") from None

    async def post(
        self,
        path: str,
        document: Mapping[str, object],
        about: str = "",
        *,
        headers: Mapping[str, str] | None = None,
    ) -> object:
        """Tell it something; its answer's JSON, None for an empty one. Raises as `get`.

        A Transient tells whether it may have happened: the request may have arrived.
        """
        request = self._client.build_request(
            "POST", self._base + path, json=dict(document), headers=dict(headers or {})
        )
        _answer, body = await self._ask(request, about, changes=True)
        try:
            return json.loads(body) if body.strip() else None
        except (ValueError, RecursionError):
            return None

    async def _ask(
        self, request: httpx.Request, about: str, *, changes: bool = False
    ) -> tuple[httpx.Response, bytes]:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                answer = await self._client.send(request, stream=True)
                try:
                    body = await self._read(answer)
                finally:
                    await answer.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Transient(f"{self.name} cannot be reached ({type(error).__name__})") from None
        except (TimeoutError, httpx.TimeoutException):
            why = f"{self.name} did not answer in time"
            raise Transient(why, may_have_happened=changes) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            why = f"{self.name} cannot be reached ({type(error).__name__})"
            raise Transient(why, may_have_happened=changes) from None
        if answer.status_code not in ((200, 201, 202, 204) if changes else (200,)):
            raise self._refusal(answer, about, body, changes=changes)
        return answer, body

    async def _read(self, answer: httpx.Response) -> bytes:
        """The body, decoded, up to a cap."""
        body = bytearray()
        async for chunk in answer.aiter_bytes():
            body += chunk
            if len(body) > MOST_BYTES:
                raise Permanent(f"{self.name}'s answer is too large", code="too_large")
        return bytes(body)

    def _refusal(
        self, answer: httpx.Response, about: str, body: bytes, *, changes: bool = False
    ) -> Transient | Permanent:
        status, name = answer.status_code, self.name
        wait = self._wait_seconds(answer)
        # A secondary limit may tell so in nothing but its message.
        limited = wait is not None or b"rate limit" in body[:2000].lower()
        if status == 429 or (status == 403 and limited):
            return Transient(f"{name}'s rate limit is used up", retry_after_seconds=wait or 60.0)
        if status >= 500:
            why = f"{name} has a problem (HTTP {status})"
            return Transient(why, may_have_happened=changes)
        token = self.token_variable
        words = {
            401: f"{name} refuses {token}",
            403: f"{token} may not {'change' if changes else 'read'} {about}",
            404: f"{name} knows no such thing in {about}, or {token} may not see it",
        }
        return Permanent(words.get(status, f"{name} refused it (HTTP {status})"), code=str(status))

    def _wait_seconds(self, answer: httpx.Response) -> float | None:
        """Retry-After, or the time until the limit is filled again; None: it is no rate limit."""
        after = answer.headers.get("retry-after", "")
        if after.isdecimal() and len(after) < 7:
            return float(after)
        for prefix in ("x-ratelimit", "ratelimit"):
            reset = answer.headers.get(f"{prefix}-reset", "")
            if answer.headers.get(f"{prefix}-remaining") == "0" and reset.isdecimal():
                left = int(reset[:12]) - self._clock.now().timestamp()
                return min(max(left, 1.0), PATIENCE_SECONDS)
        return None
