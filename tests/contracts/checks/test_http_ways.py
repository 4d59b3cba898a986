"""By which way a request goes: proxies, IPv4 or IPv6, and never what the environment says."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest

from checks import Outcome
from tests.contracts.checks.certificates import issue
from tests.contracts.checks.servers import Script, answers, closed_port, probe, serving, silent

PROXIES = ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY")


@pytest.fixture
def environment_with_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def hearing(seen: list[str], answer: Script) -> Script:
    """Notes the head of each request before it answers."""

    async def script(reader: asyncio.StreamReader, writer: Any) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        seen.append(head.decode().lower())
        again = asyncio.StreamReader()
        again.feed_data(head)
        again.feed_eof()
        await answer(again, writer)

    return script


async def test_a_proxy_is_asked_for_the_whole_address() -> None:
    seen: list[str] = []
    async with serving(hearing(seen, answers("ok"))) as port:
        proxy = f"http://mia:hush@127.0.0.1:{port}"
        result = await probe("http", http="http://shop.example/health", proxy=proxy, timeout="5s")
    assert result.outcome is Outcome.UP
    assert seen[0].startswith("get http://shop.example/health http/1.1\r\n")
    assert "proxy-authorization: basic " in seen[0]


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_is_gone_is_named_without_its_password(scheme: str) -> None:
    proxy = f"http://mia:hush@127.0.0.1:{closed_port()}"
    result = await probe("http", http=f"{scheme}://shop.example/", proxy=proxy, timeout="5s")
    assert (result.outcome, result.reason, result.answered) == (Outcome.DOWN, "proxy", False)
    assert (
        result.detail == f"the proxy {proxy.partition('@')[2]} cannot be asked: connection refused"
    )


async def test_a_proxy_that_refuses_the_tunnel_is_named() -> None:
    async with serving(answers("no", 403)) as port:
        proxy = f"http://127.0.0.1:{port}"
        result = await probe("http", http="https://shop.example/", proxy=proxy, timeout="5s")
    assert (result.outcome, result.reason) == (Outcome.DOWN, "proxy")
    assert f"the proxy 127.0.0.1:{port} made no connection" in result.detail


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_wants_a_password_is_named(scheme: str) -> None:
    async with serving(answers("who are you?", 407)) as port:
        proxy = f"http://127.0.0.1:{port}"
        result = await probe("http", http=f"{scheme}://shop.example/", proxy=proxy, timeout="5s")
    assert (result.outcome, result.reason) == (Outcome.DOWN, "proxy")
    assert result.detail == (
        f"the proxy 127.0.0.1:{port} does not take the user and password of `proxy`"
    )


async def test_silence_behind_a_proxy_names_it() -> None:
    async with serving(silent) as port:
        proxy = f"http://127.0.0.1:{port}"
        result = await probe("http", http="http://shop.example/", proxy=proxy, timeout="200ms")
    assert result.detail == f"no answer through the proxy 127.0.0.1:{port} within 0.2 s"


def tunnel(seen: list[str]) -> Script:
    """A proxy that connects to wherever it is told to."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        seen.append(head)
        port = int(head.split()[1].rpartition(":")[2])
        far, to_far = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(passes_on(reader, to_far), passes_on(far, writer))

    return script


async def passes_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


async def test_the_certificate_is_read_through_the_proxy_too(tmp_path: Path) -> None:
    seen: list[str] = []
    issued = issue("box", days=9.5)
    (tmp_path / "ca.pem").write_text(issued.pem)
    async with serving(answers("ok"), issued.context()) as port, serving(tunnel(seen)) as proxy:
        result = await probe(
            "http",
            http=f"https://localhost:{port}/",
            proxy=f"http://mia:h%40sh@127.0.0.1:{proxy}",
            ca=str(tmp_path / "ca.pem"),
            expect={"certificate": "14d"},
            timeout="5s",
        )
    assert (result.outcome, result.reason) == (Outcome.DEGRADED, "certificate_expiring")
    login = base64.b64encode(b"mia:h@sh").decode()
    assert [f"basic {login.lower()}" in head.lower() for head in seen] == [True, True]


@pytest.mark.usefixtures("environment_with_a_proxy")
async def test_the_environments_proxies_are_ignored() -> None:
    async with serving(answers("ok")) as port:
        # An option of its own makes a client of its own, built with this environment.
        url = f"http://127.0.0.1:{port}/"
        result = await probe("http", http=url, ip=4, http2=True, timeout="5s")
    assert result.outcome is Outcome.UP


async def test_only_addresses_of_the_wanted_family_are_asked() -> None:
    async with serving(answers("ok")) as port:
        url = f"http://127.0.0.1:{port}/"
        four = await probe("http", http=url, ip=4, timeout="5s")
        six = await probe("http", http=url, ip=6, timeout="5s")
    assert four.outcome is Outcome.UP
    assert (six.outcome, six.reason, six.answered) == (Outcome.DOWN, "unreachable", False)


async def test_a_server_without_http2_is_asked_with_http1() -> None:
    seen: list[str] = []
    async with serving(hearing(seen, answers("ok"))) as port:
        result = await probe("http", http=f"http://127.0.0.1:{port}/", http2=True, timeout="5s")
    assert result.outcome is Outcome.UP
    assert "http/1.1\r\n" in seen[0]
    assert "user-agent: midwatch" in seen[0]


SETTINGS = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
OK = bytes([0, 0, 1, 1, 0x5])  # headers, END_STREAM and END_HEADERS; then the stream
REFUSED = bytes([0, 0, 4, 3, 0])
GOODBYE = bytes([0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2])


def speaks_http2(frame: bytes, payload: bytes = b"", *, stream: bool = True) -> Script:
    """As little of RFC 9113 as answers: settings, and one frame when the headers have come."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(24) == b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        writer.write(SETTINGS)
        while True:
            head = await reader.readexactly(9)
            await reader.readexactly(int.from_bytes(head[:3], "big"))
            if head[3] == 1:
                writer.write(frame + (head[5:9] if stream else b"") + payload)

    return script


async def test_http2_is_spoken_where_the_server_offers_it(tmp_path: Path) -> None:
    issued = issue("box")
    (tmp_path / "ca.pem").write_text(issued.pem)
    offers = issued.context()
    offers.set_alpn_protocols(["h2"])
    async with serving(speaks_http2(OK, b"\x88"), offers) as port:  # :status 200
        asking = {"http": f"https://localhost:{port}/", "ca": str(tmp_path / "ca.pem")}
        two = await probe("http", **asking, http2=True, timeout="5s")
        one = await probe("http", **asking, timeout="1s")
    assert (two.outcome, two.detail) == (Outcome.UP, "HTTP 200 from /")
    assert one.outcome is Outcome.DOWN  # HTTP/1.1 was not offered


@pytest.mark.parametrize(
    ("script", "reason", "words"),
    [
        (speaks_http2(REFUSED, bytes([0, 0, 0, 7])), "reset", "broke off the request"),
        (speaks_http2(GOODBYE, stream=False), "closed", "ended the connection"),
        (speaks_http2(b"\xff" * 99), "bad_answer", "breaks the rules of HTTP/2"),
    ],
)
async def test_a_server_that_misuses_http2_is_down_and_says_why(
    script: Script, reason: str, words: str
) -> None:
    offers = issue("box").context()
    offers.set_alpn_protocols(["h2"])
    async with serving(script, offers) as port:
        url = f"https://localhost:{port}/"
        result = await probe("http", http=url, verify=False, http2=True, timeout="2s")
    assert (result.outcome, result.reason, result.answered) == (Outcome.DOWN, reason, True)
    assert words in result.detail


async def test_each_probe_makes_a_connection_of_its_own() -> None:
    """One that is kept alive would hide that new ones are refused."""
    connections = 0

    async def keeping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await writer.drain()

    async with serving(keeping) as port:
        for _ in range(5):
            await probe("http", http=f"http://127.0.0.1:{port}/", timeout="5s")
    assert connections == 5
