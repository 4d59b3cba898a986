"""Redirects, and what of a check goes along with them."""

import asyncio
import time
from collections.abc import Callable

import pytest

from checks import Outcome
from tests.contracts.checks.servers import Script, probe, serving

REDIRECTS = (301, 302, 303, 307, 308)


def recording(seen: list[bytes], answer: Callable[[bytes], str]) -> Script:
    """Keeps each request as it arrives; `answer` makes the head of an answer from its path."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if b"ength:" in line), 0
        )
        seen.append(head + await reader.readexactly(length))
        writer.write(f"HTTP/1.1 {answer(head.split()[1])}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.write_eof()
        await reader.read()

    return script


def to(location: str, status: int = 302) -> Callable[[bytes], str]:
    """Sends /first to the location, and answers everything else."""
    return lambda path: f"{status} See\r\nLocation: {location}" if path == b"/first" else "200 OK"


@pytest.mark.parametrize("status", REDIRECTS)
@pytest.mark.parametrize("location", ["/second", "second", "//127.0.0.1:{port}/second", "?second"])
async def test_a_redirect_is_followed(status: int, location: str) -> None:
    seen: list[bytes] = []

    def answer(path: bytes) -> str:
        return to(location.replace("{port}", str(port)), status)(path)

    async with serving(recording(seen, answer)) as port:
        result = await probe("http", http=f"http://127.0.0.1:{port}/first")
    assert result.outcome is Outcome.UP
    assert len(seen) == 2
    assert b"second" in seen[1].split(b"\r\n")[0]


async def test_no_redirect_is_followed_where_none_is_wanted() -> None:
    seen: list[bytes] = []
    async with serving(recording(seen, to("/second"))) as port:
        url = f"http://127.0.0.1:{port}/first"
        refused = await probe("http", http=url, follow=0)
        wanted = await probe("http", http=url, follow=0, expect={"status": [302]})
    assert (refused.outcome, refused.detail) == (Outcome.DOWN, "HTTP 302 from /first")
    assert wanted.outcome is Outcome.UP
    assert len(seen) == 2


async def test_the_number_of_redirects_is_the_number_configured() -> None:
    seen: list[bytes] = []
    loop = recording(seen, lambda path: f"307 Go\r\nLocation: {path.decode()}x")
    async with serving(loop) as port:
        result = await probe("http", http=f"http://127.0.0.1:{port}/", follow=3)
    assert (result.reason, result.detail) == ("redirects", "more than 3 redirects")
    assert len(seen) == 4


@pytest.mark.parametrize("status", REDIRECTS)
async def test_a_form_is_sent_again_only_where_the_status_says_so(status: int) -> None:
    seen: list[bytes] = []
    async with serving(recording(seen, to("/second", status))) as port:
        await probe("http", http=f"http://127.0.0.1:{port}/first", method="post", body="a=1")
    assert seen[0].startswith(b"POST ")
    assert seen[0].endswith(b"a=1")
    again = status in (307, 308)
    assert seen[1].startswith(b"POST " if again else b"GET ")
    assert seen[1].endswith(b"a=1") == again


async def test_a_checks_headers_stay_with_the_host_they_were_meant_for() -> None:
    here: list[bytes] = []
    there: list[bytes] = []
    headers = {"X-Token": "hush", "Authorization": "Bearer hush"}
    async with serving(recording(there, lambda _path: "200 OK")) as other:
        location = f"http://127.0.0.1:{other}/"
        async with serving(recording(here, to(location))) as port:
            result = await probe("http", http=f"http://127.0.0.1:{port}/first", headers=headers)
    assert result.outcome is Outcome.UP
    assert b"hush" in here[0]
    assert b"hush" not in there[0]


async def test_a_checks_headers_go_along_within_the_host() -> None:
    seen: list[bytes] = []
    async with serving(recording(seen, to("/second"))) as port:
        await probe("http", http=f"http://127.0.0.1:{port}/first", headers={"X-Token": "kept"})
    assert b"kept" in seen[1]


async def test_the_reason_names_the_last_address_without_its_query() -> None:
    seen: list[bytes] = []

    def answer(path: bytes) -> str:
        return to("/deep/er?token=hush")(path) if path == b"/first" else "500 No"

    async with serving(recording(seen, answer)) as port:
        result = await probe("http", http=f"http://127.0.0.1:{port}/first")
    assert result.detail == "HTTP 500 from /deep/er"


async def test_slow_redirects_share_one_deadline() -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.09)
        writer.write(b"HTTP/1.1 302 Go\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    started = time.monotonic()
    async with serving(slow) as port:
        result = await probe("http", http=f"http://127.0.0.1:{port}/", timeout="300ms", follow=20)
    assert result.reason == "timeout"
    assert time.monotonic() - started < 1.2  # all 21 would take 1.9 s
