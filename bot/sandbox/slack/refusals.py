"""Slack's refusals: `{"ok": false, "error": …}` with status 200, 429 and HTML on bad days."""

from typing import Any

from starlette.responses import JSONResponse, Response

from bot.sandbox.faults import Fault, Struck


class SlackRefusal(Exception):
    """An error answer of the Web API. `error` is Slack's word for it."""

    def __init__(self, error: str, *, messages: list[str] | None = None, **extra: Any) -> None:
        super().__init__(error)
        self.error = error
        self.messages = messages or []
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """The JSON body; what is wrong with blocks stands in `errors` and the metadata."""
        body: dict[str, Any] = {"ok": False, "error": self.error, **self.extra}
        if self.messages:
            body["errors"] = self.messages
            body["response_metadata"] = {"messages": [f"[ERROR] {m}" for m in self.messages]}
        return body


class RateLimited(Exception):
    """429; try again after so many seconds."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("ratelimited")
        self.retry_after_seconds = retry_after_seconds

    def answer(self) -> Response:
        """`Retry-After` is in whole seconds, at least 1."""
        headers = {"Retry-After": str(max(self.retry_after_seconds, 1))}
        return JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers)


def fault_answer(struck: Struck) -> Response:
    """What a request gets while a fault stands."""
    if struck.fault is Fault.RATE_LIMITED:
        return RateLimited(struck.retry_after_seconds).answer()
    if struck.fault is Fault.ERROR:
        return JSONResponse({"ok": False, "error": "internal_error"})
    return Response("<html>Server Error | Slack</html>", 503, media_type="text/html")
