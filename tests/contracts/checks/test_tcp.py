"""A port that is asked for a connection, or for a word."""

import asyncio

import pytest

from checks import Outcome
from tests.contracts.checks.servers import closed_port, probe, serving, silent


async def echoes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"you said " + await reader.read(100))
    await writer.drain()


async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for part in (b"220 mail", b".example.com", b" ESMTP\r\n"):
        writer.write(part)
        await writer.drain()
        await asyncio.sleep(0.01)
    await reader.read()


async def hangs_up(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    return


async def babbles(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"\x00\xffbla\r\n" * 500)
        await writer.drain()


async def test_a_connection_is_enough_where_nothing_is_expected() -> None:
    async with serving(silent) as port:
        result = await probe("tcp", tcp=f"127.0.0.1:{port}")
    assert (result.outcome, result.reason) == (Outcome.UP, "ok")
    assert result.detail == f"port {port} answers"
    assert result.seconds.connect is not None
    assert result.seconds.total is not None
    assert result.seconds.first_byte is None


async def test_a_name_is_looked_up() -> None:
    async with serving(silent) as port:
        result = await probe("tcp", tcp=f"localhost:{port}")
    assert result.outcome is Outcome.UP


async def test_a_greeting_that_comes_in_parts_is_understood() -> None:
    async with serving(greets) as port:
        result = await probe("tcp", tcp=f"127.0.0.1:{port}", expect={"body": "example.com ESMTP"})
    assert result.outcome is Outcome.UP
    assert result.seconds.first_byte is not None


async def test_what_is_sent_is_said() -> None:
    async with serving(echoes) as port:
        result = await probe(
            "tcp", tcp=f"127.0.0.1:{port}", send="PING é", expect={"body": "said PING é"}
        )
    assert result.outcome is Outcome.UP


async def test_another_answer_is_quoted() -> None:
    async with serving(echoes) as port:
        result = await probe(
            "tcp", tcp=f"127.0.0.1:{port}", send="a\x00\x1b[1m", expect={"body": "PONG"}
        )
    assert (result.outcome, result.reason) == (Outcome.DOWN, "body_mismatch")
    assert result.detail == 'it said "you said a[1m", not "PONG"'


async def test_hanging_up_is_no_answer() -> None:
    async with serving(hangs_up) as port:
        result = await probe("tcp", tcp=f"127.0.0.1:{port}", expect={"body": "PONG"})
    assert (result.outcome, result.reason) == (Outcome.DOWN, "closed")
    assert result.detail == 'the connection was closed before "PONG" came'
    assert result.answered


async def test_babble_without_end_is_cut_off_long_before_the_deadline() -> None:
    async with serving(babbles) as port:
        result = await probe("tcp", tcp=f"127.0.0.1:{port}", expect={"body": "PONG"})
    assert (result.outcome, result.reason) == (Outcome.DOWN, "body_mismatch")
    assert result.seconds.total is not None
    assert result.seconds.total < 2


async def test_silence_is_told_from_no_connection() -> None:
    async with serving(silent) as port:
        result = await probe(
            "tcp", tcp=f"127.0.0.1:{port}", expect={"body": "PONG"}, timeout="200ms"
        )
    assert (result.reason, result.answered) == ("timeout", True)
    assert result.detail == 'connected, but "PONG" did not come within 0.2 s'


async def test_a_closed_port_refuses_and_asks_the_canaries() -> None:
    result = await probe("tcp", tcp=f"127.0.0.1:{closed_port()}")
    assert (result.outcome, result.reason, result.answered) == (Outcome.DOWN, "refused", False)


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 100, "a..b"])
async def test_a_name_that_is_none_is_down_without_an_answer(host: str) -> None:
    result = await probe("tcp", tcp=f"{host}:80", timeout="2s")
    assert (result.outcome, result.reason) == (Outcome.DOWN, "dns_failure")
    assert not result.answered


@pytest.mark.parametrize(
    "target",
    ["host", "host:", ":80", "host:0", "host:65536", "host:80x", "::1:80", "u:p@host:80", "h/x:80"],
)
async def test_a_target_that_is_no_host_and_port_is_refused(target: str) -> None:
    with pytest.raises(ValueError, match=r"write it like|from 1 to 65535"):
        await probe("tcp", tcp=target)
