"""STARTTLS: real servers of SMTP and PostgreSQL, an IMAP speaker, and servers that play foul."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiosmtpd.smtp import SMTP
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks import Outcome, Result
from tests.contracts.checks.certificates import Issued, issue
from tests.contracts.checks.servers import Script, probe, serving

PROTOCOLS = ("smtp", "imap", "postgres")


@pytest.fixture(scope="module")
def box() -> Issued:
    return issue("box", days=71.5)


@pytest.fixture
def ca(box: Issued, tmp_path: Path) -> str:
    path = tmp_path / "box.pem"
    path.write_text(box.pem)
    return str(path)


async def asked(port: int, starttls: str, **options: Any) -> Result:
    asking = {"tls": f"localhost:{port}", "starttls": starttls, "timeout": "5s", "ip": 4}
    return await probe("tls", **{**asking, **options})


@asynccontextmanager
async def mail_server(**options: Any) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(None, hostname="mx.example", loop=loop, **options), "127.0.0.1", 0
    )
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_mail_server_is_asked_for_starttls(box: Issued, ca: str) -> None:
    async with mail_server(tls_context=box.context()) as port:
        good = await asked(port, "smtp", ca=ca)
        unknown = await asked(port, "smtp")
    assert (good.outcome, good.seconds.tls is not None) == (Outcome.UP, True)
    assert good.detail.startswith("certificate for localhost ends in 71 days")
    assert unknown.reason == "self_signed"


async def test_a_mail_server_without_starttls_is_down_for_a_reason_of_its_own() -> None:
    async with mail_server() as port:
        result = await asked(port, "smtp")
    assert (result.outcome, result.reason) == (Outcome.DOWN, "no_starttls")
    assert result.detail == "the server does not offer STARTTLS"


@pytest.fixture
def tls_postgres(postgres_url: str, box: Issued) -> Iterator[int]:
    """The tests' PostgreSQL with `ssl = on`, for as long as it is needed."""
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        row = admin.execute("SHOW data_directory").fetchone()
        assert row is not None
        folder = Path(row[0])
        owner = folder.stat()
        for name in ("server.key", "server.crt"):
            path = folder / name
            path.write_bytes(box.files())
            os.chown(path, owner.st_uid, owner.st_gid)
            path.chmod(0o600)
        switch_ssl(admin, postgres_url, "on")
        yield admin.info.port
        switch_ssl(admin, postgres_url, "off")


def switch_ssl(admin: psycopg.Connection[Any], url: str, to: str) -> None:
    admin.execute(f"ALTER SYSTEM SET ssl = {to}".encode())
    admin.execute("SELECT pg_reload_conf()")
    for _ in range(200):  # the postmaster rereads its file when the signal comes
        with psycopg.connect(url) as fresh:
            row = fresh.execute("SHOW ssl").fetchone()
        if row == (to,):
            return
    raise AssertionError(f"ssl is not {to}")


async def test_a_postgresql_is_asked_for_tls(tls_postgres: int, ca: str) -> None:
    result = await asked(tls_postgres, "postgres", ca=ca)
    assert (result.outcome, result.reason) == (Outcome.UP, "ok")
    assert result.detail.startswith("certificate for localhost ends in 71 days")


async def test_a_postgresql_without_tls_is_down_for_a_reason_of_its_own(postgres_url: str) -> None:
    result = await asked(int(postgres_url.rpartition(":")[2].partition("/")[0]), "postgres")
    assert (result.outcome, result.reason) == (Outcome.DOWN, "no_starttls")
    assert result.detail == "the server does not offer TLS (ssl = off)"


def imap(box: Issued, *, able: str = "IMAP4rev1 STARTTLS", answer: str = "OK begin") -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
        tag, command = (await reader.readline()).split()
        assert command == b"CAPABILITY"
        writer.write(f"* CAPABILITY {able}\r\n".encode() + tag + b" OK done\r\n")
        tag, command = (await reader.readline()).split()
        assert command == b"STARTTLS"
        writer.write(tag + f" {answer}\r\n".encode())
        if answer.startswith("OK"):
            await writer.start_tls(box.context())
        await reader.read()

    return script


async def test_an_imap_server_is_asked_for_starttls(box: Issued, ca: str) -> None:
    async with serving(imap(box)) as port:
        good = await asked(port, "imap", ca=ca)
    async with serving(imap(box, able="IMAP4rev1 LOGINDISABLED")) as port:
        without = await asked(port, "imap", ca=ca)
    async with serving(imap(box, answer="NO TLS is broken")) as port:
        refused = await asked(port, "imap", ca=ca)
    assert good.outcome is Outcome.UP
    assert (without.reason, without.detail) == ("no_starttls", "the server does not offer STARTTLS")
    assert refused.reason == "no_starttls"
    assert refused.detail == 'the server gives as its answer to STARTTLS "NO TLS is broken"'


def plays(*parts: bytes) -> Script:
    """Says one part after each thing that it hears; the first at once."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
            if not await reader.read(4096):
                return

    return script


OFFER = b"250-mx.example\r\n250-PIPELINING\r\n250 starttls\r\n"
AHEAD = "the server sent plain text ahead of the TLS handshake"
FOUL: dict[str, tuple[str, Script, str, str]] = {
    "busy": ("smtp", plays(b"421 too busy\r\n"), "bad_answer", 'greets with "421 too busy"'),
    "refuses EHLO": ("smtp", plays(b"220 hi\r\n", b"502 what\r\n"), "bad_answer", '"502 what"'),
    "not now": (
        "smtp",
        plays(b"220-a\r\n220 b\r\n", OFFER, b"454 no TLS now\r\n"),
        "no_starttls",
        'the server answers STARTTLS with "454 no TLS now"',
    ),
    "smtp ahead": ("smtp", plays(b"220 a\r\n", OFFER, b"220 go\r\n250 X\r\n"), "bad_answer", AHEAD),
    "postgres ahead": ("postgres", plays(b"", b"SE"), "bad_answer", AHEAD),
    "not smtp": ("smtp", plays(b"SSH-2.0-OpenSSH_9.2\r\n"), "bad_answer", "which is not SMTP"),
    "not imap": ("imap", plays(b"220 mx.example\r\n"), "bad_answer", "which is not IMAP"),
    "not postgres": ("postgres", plays(b"220 mx.example\r\n"), "bad_answer", "is not PostgreSQL"),
    "says bye": ("imap", plays(b"* BYE overloaded\r\n"), "bad_answer", '"BYE overloaded"'),
    "is signed in": ("imap", plays(b"* PREAUTH hello\r\n"), "bad_answer", '"PREAUTH hello"'),
    "hangs up": ("smtp", plays(b"220 hi\r\n"), "closed", "before an answer"),
}


@pytest.mark.parametrize("name", FOUL)
async def test_a_server_that_does_otherwise_is_down_and_says_why(name: str) -> None:
    starttls, script, reason, words = FOUL[name]
    async with serving(script) as port:
        result = await asked(port, starttls)
    assert (result.outcome, result.reason) == (Outcome.DOWN, reason)
    assert words in result.detail


def pours(what: bytes) -> Script:
    async def script(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(what)
            await writer.drain()
            await asyncio.sleep(0)  # drain lets nobody else run while the socket takes it all

    return script


async def drips(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"2")
        await writer.drain()
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("starttls", "script", "reason"),
    [
        ("smtp", pours(b"220-and one more\r\n" * 50), "bad_answer"),
        ("smtp", pours(b"x" * (1 << 20)), "bad_answer"),
        ("imap", pours(b"* OK hello\r\n" * 50), "bad_answer"),
        ("smtp", drips, "timeout"),
    ],
)
async def test_endless_words_end(starttls: str, script: Script, reason: str) -> None:
    started = time.monotonic()
    async with serving(script) as port:
        result = await asked(port, starttls, timeout="150ms")
    assert (result.outcome, result.reason, result.answered) == (Outcome.DOWN, reason, True)
    assert time.monotonic() - started < 0.5


@given(st.sampled_from(PROTOCOLS), st.lists(st.binary(max_size=60), max_size=4))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_bytes_come_the_probe_ends_with_a_result(
    starttls: str, parts: list[bytes]
) -> None:
    greeting = {"smtp": b"220 a\r\n", "imap": b"* OK a\r\n", "postgres": b""}[starttls]

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting + b"".join(parts))
        writer.write_eof()
        await reader.read()

    async with serving(script) as port:
        result = await asked(port, starttls, timeout="2s")
    assert result.outcome is Outcome.DOWN
    assert result.reason in ("bad_answer", "closed", "no_starttls", "tls_error", "reset")
