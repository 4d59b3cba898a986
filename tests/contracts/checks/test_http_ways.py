"""By which way a request goes: proxies, IPv4 or IPv6, and never what the environment says."""

import asyncio
from typing import Any

import pytest

from checks import Outcome
from tests.contracts.checks.servers import Script, answers, closed_port, probe, serving

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


async def test_a_proxy_that_is_gone_is_a_failure_without_its_password() -> None:
    proxy = f"http://mia:hush@127.0.0.1:{closed_port()}"
    result = await probe("http", http="https://shop.example/", proxy=proxy, timeout="5s")
    assert (result.outcome, result.answered) == (Outcome.DOWN, False)
    assert "hush" not in result.detail


async def test_a_proxy_that_refuses_the_tunnel_is_named() -> None:
    async with serving(answers("no", 403)) as port:
        proxy = f"http://127.0.0.1:{port}"
        result = await probe("http", http="https://shop.example/", proxy=proxy, timeout="5s")
    assert (result.outcome, result.reason) == (Outcome.DOWN, "proxy")


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
