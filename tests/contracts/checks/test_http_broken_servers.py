"""Whatever a server does, a probe ends in time with a verdict, a reason and a sentence."""

import gzip
import socket
import zlib
from contextlib import ExitStack

import pytest

from checks import Outcome
from tests.contracts.checks.servers import (
    Script,
    answers,
    closed_port,
    forever,
    probe,
    resets,
    says,
    serving,
    silent,
)

LIMIT = 0.4
PLENTY = 5.0
"""For servers that end it themselves: a busy machine must not turn that into a time-out."""
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

BROKEN: dict[str, tuple[Script, str, str]] = {
    "resets at once": (resets(), "reset", "the connection was reset"),
    "resets within the headers": (resets(OK + b"A: b"), "reset", "the connection was reset"),
    "resets within the body": (
        resets(OK + b"Content-Length: 9\r\n\r\nabc"),
        "reset",
        "the connection was reset",
    ),
    "closes without a word": (says(), "closed", "closed before an answer"),
    "closes within the headers": (says(OK + b"A: b"), "closed", "closed before an answer"),
    "closes within the body": (
        says(OK + b"Content-Length: 9\r\n\r\nabc"),
        "bad_answer",
        "in the middle",
    ),
    "closes within a chunk": (says(CHUNKED + b"5\r\nabc"), "bad_answer", "in the middle"),
    "sends a chunk without a size": (says(CHUNKED + b"zz\r\nabc"), "bad_answer", "broken"),
    "sends a chunk of a huge size": (says(CHUNKED + b"f" * 30 + b"\r\n"), "bad_answer", "broken"),
    "says garbage": (says(b"\x00\xff\x01 what\r\n\r\n"), "bad_answer", "not HTTP"),
    "speaks SSH": (says(b"SSH-2.0-OpenSSH_9.2\r\n"), "bad_answer", "not HTTP"),
    "speaks HTTP 0.9": (says(b"hello\n"), "bad_answer", "not HTTP"),
    "sends a status of two digits": (
        says(b"HTTP/1.1 20 OK\r\n\r\n"),
        "bad_answer",
        "breaks the rules",
    ),
    "sends two lengths": (
        says(OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"),
        "bad_answer",
        "breaks the rules",
    ),
    "sends a length beyond all numbers": (
        says(OK + b"Content-Length: " + b"9" * 40 + b"\r\n\r\nabc"),
        "bad_answer",
        "breaks the rules",
    ),
    "sends endless headers": (forever(OK, b"A: b\r\n" * 50), "bad_answer", "headers"),
    "sends one endless header": (forever(OK + b"A: ", b"b" * 9000), "bad_answer", "headers"),
    "says gzip and sends none": (
        says(OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"),
        "bad_answer",
        "broken",
    ),
    "cuts its gzip short": (
        says(OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"abc" * 99)[:20]),
        "bad_answer",
        "",
    ),
    "redirects for ever": (
        answers("", 302, "Location: /again?token=hush\r\nConnection: close\r\n"),
        "redirects",
        "more than 5 redirects",
    ),
    "redirects to a file": (
        answers("", 302, "Location: file:///etc/passwd\r\n"),
        "redirects",
        "HTTP 302 to an address that cannot be asked",
    ),
    "redirects to nonsense": (
        answers("", 307, "Location: http://[::bad\r\n"),
        "redirects",
        "HTTP 307 to an address that cannot be asked",
    ),
    "redirects to a port beyond all ports": (
        answers("", 302, "Location: http://127.0.0.1:99999/\r\n"),
        "redirects",
        "HTTP 302 to an address that cannot be asked",
    ),
    "redirects to port 0": (
        answers("", 302, "Location: http://127.0.0.1:0/\r\n"),
        "redirects",
        "HTTP 302 to an address that cannot be asked",
    ),
    "redirects to a host with a blank": (
        answers("", 302, "Location: http://down for maintenance/\r\n"),
        "redirects",
        "HTTP 302 to an address that cannot be asked",
    ),
    "redirects to a host with a zone": (
        answers("", 302, "Location: http://[fe80::1%25eth0]/\r\n"),
        "redirects",
        "HTTP 302 to an address that cannot be asked",
    ),
    "redirects to a host that is none": (
        answers("", 302, "Location: http://%00/\r\n"),
        "redirects",
        "HTTP 302 to an address that cannot be asked",
    ),
    "redirects to bytes": (
        says("HTTP/1.1 302 Found\r\nLocation: /ü\r\n\r\n".encode("latin-1")),
        "redirects",
        "HTTP 302 to an address that cannot be asked",
    ),
    "never says a word": (silent, "timeout", f"no answer within {LIMIT} s"),
    "drips its headers": (forever(OK, b"A", 0.05), "timeout", f"no answer within {LIMIT} s"),
    "drips its body": (
        forever(OK + b"\r\n", b"x", 0.05),
        "timeout",
        f"had not ended within {LIMIT} s",
    ),
    "only ever continues": (
        forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01),
        "timeout",
        f"no answer within {LIMIT} s",
    ),
    "answers with an error": (answers("sorry", 503), "http_status", "HTTP 503 from /health"),
    "answers with no known status": (answers("", 999), "http_status", "HTTP 999 from /health"),
    "switches to another protocol": (
        says(b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"),
        "http_status",
        "HTTP 101 from /health",
    ),
}


@pytest.mark.parametrize("server", BROKEN)
async def test_a_server_that_misbehaves_is_down_for_a_reason_in_words(server: str) -> None:
    script, reason, words = BROKEN[server]
    limit = LIMIT if reason == "timeout" else PLENTY
    async with serving(script) as port:
        url = f"http://127.0.0.1:{port}/health?token=hush"
        result = await probe("http", http=url, timeout=f"{limit}s")
    assert (result.outcome, result.reason) == (Outcome.DOWN, reason)
    assert words in result.detail
    assert "hush" not in result.detail
    assert result.seconds.total is not None
    assert result.seconds.total < LIMIT + 1


async def test_a_refused_connection_asks_the_canaries() -> None:
    result = await probe("http", http=f"http://127.0.0.1:{closed_port()}/", timeout="1s")
    assert (result.outcome, result.reason, result.answered) == (Outcome.DOWN, "refused", False)
    assert result.detail == "connection refused"


async def test_a_name_that_does_not_exist_asks_the_canaries() -> None:
    result = await probe("http", http="http://nowhere.invalid/", timeout="2s")
    assert (result.outcome, result.answered) == (Outcome.DOWN, False)
    assert result.reason in ("dns_failure", "timeout")


async def test_silence_asks_the_canaries_and_an_error_does_not() -> None:
    async with serving(silent) as port:
        nothing = await probe("http", http=f"http://127.0.0.1:{port}/", timeout="300ms")
    async with serving(answers("", 500)) as port:
        error = await probe("http", http=f"http://127.0.0.1:{port}/", timeout="1s")
    assert (nothing.answered, error.answered) == (False, True)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_body_that_unpacks_beyond_the_limit_is_not_unpacked(encoding: str) -> None:
    bomb = b"\0" * 30_000_000
    packed = gzip.compress(bomb) if encoding == "gzip" else zlib.compress(bomb)
    script = answers(packed, headers=f"Content-Encoding: {encoding}\r\n")
    async with serving(script) as port:
        result = await probe(
            "http", http=f"http://127.0.0.1:{port}/", timeout="2s", max_body="64KiB"
        )
    assert (result.outcome, result.reason) == (Outcome.DOWN, "body_too_large")
    assert result.detail == "the answer is larger than 64 KiB (max_body)"


async def test_an_endless_body_ends_at_the_limit_and_not_at_the_deadline() -> None:
    async with serving(forever(OK + b"\r\n", b"x" * 4096)) as port:
        result = await probe("http", http=f"http://127.0.0.1:{port}/", timeout="5s")
    assert (result.outcome, result.reason) == (Outcome.DOWN, "body_too_large")
    assert result.seconds.total is not None
    assert result.seconds.total < 2


async def test_a_queue_that_is_full_is_no_connection_and_asks_the_canaries() -> None:
    with ExitStack() as opened:
        full = opened.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        for _ in range(3):
            waiting = opened.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        result = await probe("http", http=f"http://127.0.0.1:{port}/", timeout="400ms")
    assert (result.outcome, result.answered) == (Outcome.DOWN, False)
    assert result.detail == "no connection within 0.4 s"
