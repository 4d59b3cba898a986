"""Pages that stay true without reloading.

`static/live.js` asks for the page again every few seconds and puts what changed in its place. The
answer is the part below the page's title alone, and 304 without a body while nothing changed.
Polling, not a stream: it outlives restarts, proxies and phones that sleep, and each answer proves
that what is on the screen is true.
"""

import hashlib
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import Response

POLL_SECONDS = 5


def is_poll(request: Request) -> bool:
    """Whether a page asks what is new, in place of a person who opens it."""
    return request.headers.get("hx-request") == "true"


def address(request: Request) -> str:
    """What the page asks for: itself, without what came of a form."""
    asked = parse_qsl(request.url.query, keep_blank_values=True)
    kept = urlencode([(name, value) for name, value in asked if name != "told"])
    path = request.scope["raw_path"].decode("latin-1")
    return f"{path}?{kept}" if kept else path


def answer(request: Request, part: Response, clock: str) -> Response:
    """The part with its tag, or 304 for who has it. `clock`: the reader's time, as of which it is.

    Source: RFC 9110, 13.1.2 (If-None-Match) and 15.4.5 (304).
    """
    tag = f'"{hashlib.sha256(part.body).hexdigest()[:24]}"'
    headers = {"etag": tag, "midwatch-time": clock, "vary": "HX-Request"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    part.headers.update(headers)
    return part
