"""tls: what is wrong with a certificate, and how long it is still good."""

import asyncio
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from checks import Outcome, Result, load
from tests.contracts.checks.certificates import Issued, issue
from tests.contracts.checks.servers import closed_port, probe, serving, silent


@pytest.fixture(scope="module")
def root() -> Issued:
    return issue("Example Root", host=None)


@pytest.fixture(scope="module")
def middle(root: Issued) -> Issued:
    return issue("Example Intermediate 3", root, host=None)


@pytest.fixture
def ca(root: Issued, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    path.write_text(root.pem)
    return str(path)


@asynccontextmanager
async def secured(issued: Issued, *, chain: bool = True) -> AsyncIterator[str]:
    async with serving(silent, issued.context(chain=chain)) as port:
        yield f"localhost:{port}"


@asynccontextmanager
async def refusing(context: ssl.SSLContext, times: int = 100) -> AsyncIterator[str]:
    """Shakes hands with so many; unlike asyncio's, this server sends the alert of a refusal."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for _ in range(times):
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                connection.settimeout(1)
                with context.wrap_socket(connection, server_side=True) as tls:
                    tls.recv(1)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with listener:
        yield f"localhost:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        await asyncio.to_thread(thread.join)


async def asked(target: str, **options: Any) -> Result:
    return await probe("tls", **{"tls": target, "timeout": "5s", "ip": 4, **options})


async def found(issued: Issued, *, chain: bool = True, **options: Any) -> Result:
    """What the check says of a server with this certificate."""
    async with secured(issued, chain=chain) as target:
        return await asked(target, **options)


async def test_a_good_certificate_says_how_long_it_is_good(root: Issued, ca: str) -> None:
    result = await found(issue("leaf", root, days=71.5), ca=ca)
    assert (result.outcome, result.reason) == (Outcome.UP, "ok")
    assert result.detail.startswith("certificate for localhost ends in 71 days (20")
    seconds = result.seconds
    assert None not in (seconds.dns, seconds.connect, seconds.tls, seconds.total)


async def test_one_that_ends_soon_is_degraded(root: Issued, ca: str) -> None:
    issued = issue("leaf", root, days=9.5)
    warned = await found(issued, ca=ca)
    content = await found(issued, ca=ca, expect={"certificate": "7d"})
    assert (warned.outcome, warned.reason) == (Outcome.DEGRADED, "certificate_expiring")
    assert warned.detail.startswith("the certificate for localhost ends in 9 days (20")
    assert content.outcome is Outcome.UP


async def test_an_expired_one_is_down_and_says_since_when(root: Issued, ca: str) -> None:
    issued = issue("leaf", root, days=-3.5)
    for options in ({"ca": ca}, {"verify": False}):
        result = await found(issued, **options)
        assert (result.outcome, result.reason) == (Outcome.DOWN, "certificate_expired")
        assert result.detail.startswith("the certificate for localhost expired 3 days ago (20")
        assert result.answered


async def test_one_that_begins_later_is_down(root: Issued, ca: str) -> None:
    result = await found(issue("leaf", root, since=1), ca=ca)
    assert (result.outcome, result.reason) == (Outcome.DOWN, "certificate_not_yet_valid")
    assert "is not valid before 20" in result.detail


async def test_a_wrong_name_says_which_names_it_is_for(root: Issued, ca: str) -> None:
    result = await found(issue("leaf", root, host="shop.example"), ca=ca)
    assert (result.outcome, result.reason) == (Outcome.DOWN, "wrong_name")
    assert result.detail == "the certificate is for shop.example, not for localhost"


async def test_a_name_that_is_only_the_common_name_is_none(root: Issued, ca: str) -> None:
    result = await found(issue("localhost", root, host=""), ca=ca)
    assert (result.reason, result.outcome) == ("wrong_name", Outcome.DOWN)
    assert 'for no host name at all (only called "localhost")' in result.detail


async def test_the_name_may_be_another_one_than_the_host(root: Issued, ca: str) -> None:
    issued = issue("leaf", root, host="shop.example")
    result = await found(issued, ca=ca, server_name="shop.example")
    assert result.outcome is Outcome.UP
    assert result.detail.startswith("certificate for shop.example ends in 89 days")


async def test_a_self_signed_one_is_down_unless_it_is_named(tmp_path: Path) -> None:
    issued = issue("box")
    result = await found(issued)
    assert (result.outcome, result.reason) == (Outcome.DOWN, "self_signed")
    assert "self-signed" in result.detail
    path = tmp_path / "box.pem"
    path.write_text(issued.pem)
    assert (await found(issued, ca=str(path))).outcome is Outcome.UP
    assert (await found(issued, verify=False)).outcome is Outcome.UP


async def test_a_missing_intermediate_is_called_by_its_name(middle: Issued, ca: str) -> None:
    issued = issue("leaf", middle, issuer_url="http://ca.example/i3.der")
    whole = await found(issued, ca=ca)
    broken = await found(issued, chain=False, ca=ca)
    assert whole.outcome is Outcome.UP
    assert (broken.outcome, broken.reason) == (Outcome.DOWN, "incomplete_chain")
    assert broken.detail == (
        "incomplete chain: the server does not send the intermediate certificate"
        ' "Example Intermediate 3"'
    )


async def test_an_unknown_issuer_may_be_a_root_or_a_missing_intermediate(root: Issued) -> None:
    """A private authority's certificates do not tell where their issuer's is: both are said."""
    result = await found(issue("leaf", root))
    assert (result.outcome, result.reason) == (Outcome.DOWN, "untrusted")
    assert 'issuer "Example Root" is not trusted here' in result.detail
    assert "should send the intermediate certificate, or ca should name the root" in result.detail


async def test_a_chain_to_an_unknown_root_says_where_it_ends(middle: Issued, root: Issued) -> None:
    issued = issue("leaf", middle)
    short = await found(issued)
    with_root = Issued(issued.certificate, issued.key, (*issued.above, root.certificate))
    long = await found(with_root)
    assert short.detail == (
        'the chain ends at "Example Intermediate 3", whose issuer "Example Root" is not trusted'
        " here"
    )
    assert long.detail == 'the certificate\'s root "Example Root" is not trusted here'
    assert short.reason == long.reason == "untrusted"


async def test_an_intermediate_that_ends_first_counts(root: Issued, ca: str) -> None:
    result = await found(issue("leaf", issue("Old 1", root, host=None, days=5.5)), ca=ca)
    assert (result.outcome, result.reason) == (Outcome.DEGRADED, "certificate_expiring")
    assert result.detail.startswith('the intermediate certificate "Old 1" ends in 5 days (20')


async def test_an_expired_intermediate_is_named(root: Issued, ca: str) -> None:
    result = await found(issue("leaf", issue("Old 1", root, host=None, days=-1.5)), ca=ca)
    assert (result.outcome, result.reason) == (Outcome.DOWN, "certificate_expired")
    assert result.detail.startswith('the intermediate certificate "Old 1" expired 1 day ago')


async def test_an_expired_one_that_nobody_needs_is_no_trouble(root: Issued, ca: str) -> None:
    """An old cross-signed certificate that is still sent: clients trust what it vouches for."""
    issued = issue("leaf", root)
    old = issue("Example Root", issue("Ancient Root", host=None), host=None, days=-400, since=-800)
    crossed = Issued(issued.certificate, issued.key, (old.certificate,))
    assert (await found(crossed, ca=ca)).outcome is Outcome.UP


async def test_a_slow_handshake_is_degraded(root: Issued, ca: str) -> None:
    result = await found(issue("leaf", root), ca=ca, expect={"within": "1ms"})
    assert (result.outcome, result.reason) == (Outcome.DEGRADED, "slow")


async def test_our_own_certificate_is_shown(root: Issued, ca: str, tmp_path: Path) -> None:
    wanted = issue("leaf", root).context()
    wanted.maximum_version = ssl.TLSVersion.TLSv1_2  # 1.3 refuses after the handshake
    wanted.verify_mode = ssl.CERT_REQUIRED
    wanted.load_verify_locations(ca)
    ours = tmp_path / "ours.pem"
    ours.write_bytes(issue("midwatch", root, host="midwatch").files())
    async with refusing(wanted) as target:
        shown = await asked(target, ca=ca, cert=str(ours))
        hidden = await asked(target, ca=ca)
    assert shown.outcome is Outcome.UP
    assert (hidden.outcome, hidden.reason) == (Outcome.DOWN, "tls_error")
    assert "client certificate" in hidden.detail


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_versions_that_have_nothing_in_common_are_said(root: Issued) -> None:
    old = issue("leaf", root).context()
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    async with refusing(old) as target:
        result = await asked(target)
    assert (result.outcome, result.reason) == (Outcome.DOWN, "tls_error")
    assert "no common version of TLS" in result.detail


async def test_a_name_that_the_server_refuses_is_said(root: Issued) -> None:
    choosy = issue("leaf", root).context()
    choosy.sni_callback = lambda *_: ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    async with refusing(choosy) as target:
        result = await asked(target)
    assert (result.outcome, result.reason) == (Outcome.DOWN, "tls_error")
    assert "does not know this host name" in result.detail


async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example ESMTP\r\n")
    await reader.read()


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)


async def test_a_port_that_speaks_in_the_clear_or_hangs_up_is_down() -> None:
    async with serving(greets) as port:
        plain = await asked(f"localhost:{port}")
    async with serving(hangs_up) as port:
        gone = await asked(f"localhost:{port}")
    assert (plain.reason, gone.outcome) == ("tls_error", Outcome.DOWN)
    assert "is not TLS" in plain.detail
    assert gone.reason in ("tls_error", "reset")
    assert "handshake" in gone.detail


async def test_a_closed_port_and_an_unknown_name_are_failures_without_an_answer() -> None:
    closed = await asked(f"localhost:{closed_port()}")
    nameless = await asked("a..b.invalid:443")
    assert (closed.reason, closed.answered) == ("refused", False)
    assert (nameless.reason, nameless.answered) == ("dns_failure", False)


async def test_silence_says_how_far_it_got() -> None:
    async with serving(silent) as port:
        result = await asked(f"localhost:{port}", timeout="150ms")
    assert (result.reason, result.answered) == ("timeout", False)
    assert result.detail == "connected, but no whole TLS handshake within 0.15 s"


async def test_a_refused_certificate_is_said_even_if_it_cannot_be_read_again(root: Issued) -> None:
    """The second connection, which reads it, gets no answer."""
    started = time.monotonic()
    async with refusing(issue("leaf", root).context(), times=1) as target:
        result = await asked(target, timeout="150ms")
    assert (result.outcome, result.reason) == (Outcome.DOWN, "untrusted")
    assert result.detail == (
        "the certificate is not accepted: unable to get local issuer certificate"
    )
    assert time.monotonic() - started < 0.5


@given(st.binary(max_size=300))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_bytes_come_the_probe_ends_with_a_result(said: bytes) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        writer.write_eof()
        await reader.read()

    async with serving(script) as port:
        result = await asked(f"127.0.0.1:{port}", timeout="1s")
    assert (result.outcome, result.answered) == (Outcome.DOWN, True)
    assert result.reason in ("tls_error", "reset")


@pytest.mark.parametrize(
    "name", ["", "two words", "https://shop.example", "shop.example:443", "ü.example"]
)
def test_a_server_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="server_name"):
        load("tls").options.model_validate({"tls": "localhost:443", "server_name": name})
