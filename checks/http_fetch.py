"""One HTTP request after the other until there is an answer: redirects, a bounded body.

Redirects are followed here and not in the library, so that a check's own headers (tokens) stay with
the host they were meant for, and a reason can say where the chain broke.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

from pyreqwest.client import Client
from pyreqwest.http import Url as ParsedUrl
from pyreqwest.response import Response

from checks.failures import Failed, Failure

_REDIRECTS = {301, 302, 303, 307, 308}
_TEXT_CHARSETS = re.compile(
    r"utf-?(8|16|32)([-_]?[lb]e)?|(us-)?ascii|iso-?8859-\d{1,2}|latin-?1|windows-125\d|cp125\d"
    r"|koi8-[ru]|shift[-_]jis|euc-(jp|kr)|gb2312|gbk|gb18030|big5"
)
"""Only these: Python also knows codecs that compress, or take the square of the text's time."""
_SHOWN_PATH = 80


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. `follow`: redirects at most; `max_body`: bytes, decoded.

    `abandon_after`: a request that was cancelled goes on in the library's background, its
    connection open, as long as the server likes; so the library gives up by itself after this.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: str | None
    follow: int
    max_body: int
    abandon_after: timedelta


@dataclass(frozen=True, slots=True)
class Answer:
    """The last answer of the chain. `truncated`: the body goes on after `max_body`."""

    status: int
    path: str
    content_type: str
    body: bytes
    truncated: bool

    @property
    def text(self) -> str:
        """The body as text; what is not, is replaced."""
        charset = charset_of(self.content_type)
        return self.body.decode(charset, errors="replace")


@dataclass(slots=True)
class Progress:
    """How far a request got, for the reason when time runs out. Times are monotonic seconds."""

    started: float = field(default_factory=time.monotonic)
    first_byte: float | None = None
    received: int = 0

    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started


async def fetch(client: Client, request: Request, progress: Progress) -> Answer:
    """The answer at the end of the redirects. Raises Failed and pyreqwest's errors.

    It takes as long as the other side likes: the caller keeps the deadline.
    """
    url, method, body = request.url, request.method, request.body
    headers = request.headers
    for _ in range(request.follow + 1):
        builder = client.request(method, url).headers(headers).timeout(request.abandon_after)
        if body is not None:
            builder = builder.body_bytes(body.encode())
        # Without a read-ahead: a status must be known while the body is still dripping.
        async with builder.streamed_read_buffer_limit(0).build_streamed() as response:
            progress.first_byte = progress.elapsed()
            location = _header(response, "location")
            if not (request.follow and location and response.status in _REDIRECTS):
                return await _read(response, url, request.max_body, progress)
            status = response.status
        following = _target(url, location, status)
        if _origin(following) != _origin(url):
            headers = {}
        if status == 303 or (status in (301, 302) and method == "POST"):
            method, body = ("HEAD" if method == "HEAD" else "GET"), None
        url = following
    raise Failed(Failure("redirects", f"more than {request.follow} redirects"))


async def _read(response: Response, url: str, max_body: int, progress: Progress) -> Answer:
    chunks: list[bytes] = []
    while progress.received <= max_body:
        chunk = await response.body_reader.read_chunk()
        if chunk is None:
            break
        chunks.append(bytes(chunk))
        progress.received += len(chunk)
    return Answer(
        status=response.status,
        path=shown_path(url),
        content_type=_header(response, "content-type").lower()[:200],
        body=b"".join(chunks)[:max_body],
        truncated=progress.received > max_body,
    )


def _header(response: Response, name: str) -> str:
    """A header's value, "" without it; one that is not ASCII becomes a NUL, which fits nowhere."""
    try:
        return response.get_header(name) or ""
    except ValueError:
        return "\0"


def _target(url: str, location: str, status: int) -> str:
    try:
        target = urljoin(url, location)
        parts = urlsplit(target)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        ParsedUrl(target)  # ValueError: the library is stricter, and must not fail later
    except ValueError:
        usable = False
    if not usable or len(location) > 8000 or not location.isprintable():
        raise Failed(Failure("redirects", f"HTTP {status} to an address that cannot be asked"))
    return target


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def shown_path(url: str) -> str:
    """The path of an address, without what may be secret (the query) and without the host."""
    path = urlsplit(url).path or "/"
    return path if len(path) <= _SHOWN_PATH else path[: _SHOWN_PATH - 1] + "…"


def charset_of(content_type: str) -> str:
    """The charset that a Content-Type names, if it is one of text; else UTF-8."""
    _, found, rest = content_type.lower().partition("charset=")
    name = rest.split(";")[0].strip().strip("\"'") if found else ""
    return name if _TEXT_CHARSETS.fullmatch(name) and _known(name) else "utf-8"


def _known(name: str) -> bool:
    try:
        b"".decode(name)
    except LookupError:
        return False
    return True
