"""https: what is wrong with a certificate is said in words, and told before it ends."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from checks import Outcome, Result
from tests.contracts.checks.certificates import issue
from tests.contracts.checks.clock import now
from tests.contracts.checks.servers import answers, probe, says, serving, silent

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


def context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    return made


@asynccontextmanager
async def secured(
    authority: trustme.CA, name: str = "127.0.0.1", **dates: Any
) -> AsyncIterator[str]:
    certificate = authority.issue_cert(name, **dates)
    async with serving(answers("ok"), context(certificate)) as port:
        yield f"https://127.0.0.1:{port}/health"


async def asked(url: str, **options: Any) -> Result:
    return await probe("http", http=url, timeout="5s", **options)


async def test_a_certificate_of_our_own_ca_is_trusted(authority: trustme.CA, ca: str) -> None:
    async with secured(authority) as url:
        result = await asked(url, ca=ca)
    assert (result.outcome, result.detail) == (Outcome.UP, "HTTP 200 from /health")


async def test_an_unknown_issuer_is_down_and_the_server_did_answer(authority: trustme.CA) -> None:
    async with secured(authority) as url:
        result = await asked(url)
    assert (result.outcome, result.reason, result.answered) == (Outcome.DOWN, "tls_error", True)
    assert "the certificate's issuer \"Testing CA" in result.detail
    assert "is not trusted here" in result.detail


async def test_a_missing_intermediate_is_called_by_its_name(tmp_path: Path) -> None:
    root = issue("Example Root", host=None)
    middle = issue("Example Intermediate", root, host=None)
    issued = issue("leaf", middle, issuer_url="http://ca.example/intermediate.der")
    (tmp_path / "root.pem").write_text(root.pem)
    async with serving(answers("ok"), issued.context(chain=False)) as port:
        url = f"https://localhost:{port}/"
        result = await asked(url, ca=str(tmp_path / "root.pem"), ip=4)
    assert (result.outcome, result.reason) == (Outcome.DOWN, "tls_error")
    assert 'does not send the intermediate certificate "Example Intermediate"' in result.detail


async def test_a_certificate_for_another_name_is_down(authority: trustme.CA, ca: str) -> None:
    async with secured(authority, "other.example") as url:
        result = await asked(url, ca=ca)
    assert (result.outcome, result.reason) == (Outcome.DOWN, "tls_error")
    assert result.detail == "the certificate is for other.example, not for 127.0.0.1"


async def test_an_expired_certificate_says_since_when(authority: trustme.CA, ca: str) -> None:
    dates: dict[str, Any] = {"not_before": now() - 30 * DAY, "not_after": now() - 3.5 * DAY}
    async with secured(authority, **dates) as url:
        result = await asked(url, ca=ca)
    assert (result.outcome, result.reason) == (Outcome.DOWN, "tls_error")
    assert result.detail == "the certificate expired 3 days ago"


async def test_a_certificate_that_begins_later_is_down(authority: trustme.CA, ca: str) -> None:
    dates: dict[str, Any] = {"not_before": now() + DAY, "not_after": now() + 9 * DAY}
    async with secured(authority, **dates) as url:
        result = await asked(url, ca=ca)
    assert (result.outcome, result.reason) == (Outcome.DOWN, "tls_error")
    assert "not valid yet" in result.detail


async def test_a_wrong_certificate_is_fine_where_nobody_verifies(authority: trustme.CA) -> None:
    async with secured(authority, "other.example") as url:
        assert (await asked(url, verify=False)).outcome is Outcome.UP


async def test_a_certificate_that_ends_soon_is_degraded(authority: trustme.CA, ca: str) -> None:
    async with secured(authority, not_after=now() + 9.5 * DAY) as url:
        warned = await asked(url, ca=ca, expect={"certificate": "14d"})
        content = await asked(url, ca=ca, expect={"certificate": "7d"})
    assert (warned.outcome, warned.reason) == (Outcome.DEGRADED, "certificate_expiring")
    assert warned.detail.startswith("the certificate for 127.0.0.1 ends in 9 days (20")
    assert content.outcome is Outcome.UP


async def test_an_unverified_certificate_has_an_end_too(authority: trustme.CA) -> None:
    async with secured(authority, not_after=now() + 9.5 * DAY) as url:
        result = await asked(url, verify=False, expect={"certificate": "14d"})
    assert result.outcome is Outcome.DEGRADED


async def test_the_certificate_is_read_once_an_hour(authority: trustme.CA, ca: str) -> None:
    connections = 0
    answer = answers("ok")

    async def counting(reader: Any, writer: Any) -> None:
        nonlocal connections
        connections += 1
        await answer(reader, writer)

    async with serving(counting, context(authority.issue_cert("127.0.0.1"))) as port:
        for _ in range(5):
            url = f"https://127.0.0.1:{port}/"
            result = await asked(url, ca=ca, expect={"certificate": "1d"})
            assert result.outcome is Outcome.UP
    assert connections == 5 + 1


async def test_our_own_certificate_is_shown(authority: trustme.CA, ca: str, tmp_path: Path) -> None:
    ours = authority.issue_cert("midwatch")
    path = tmp_path / "client.pem"
    path.write_bytes(ours.private_key_pem.bytes() + ours.cert_chain_pems[0].bytes())
    wanted = context(authority.issue_cert("127.0.0.1"))
    wanted.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(wanted)
    async with serving(answers("ok"), wanted) as port:
        url = f"https://127.0.0.1:{port}/"
        shown = await asked(url, ca=ca, cert=str(path))
        hidden = await asked(url, ca=ca)
    assert shown.outcome is Outcome.UP
    assert hidden.outcome is Outcome.DOWN
    assert hidden.answered


async def test_a_server_without_tls_says_so() -> None:
    async with serving(says(b"SSH-2.0-OpenSSH_9.2\r\n")) as port:
        result = await probe("http", http=f"https://127.0.0.1:{port}/", timeout="400ms")
    assert result.outcome is Outcome.DOWN
    assert result.reason in ("tls_error", "timeout", "reset")


async def test_silence_in_the_handshake_ends_at_the_deadline() -> None:
    async with serving(silent) as port:
        result = await probe("http", http=f"https://127.0.0.1:{port}/", timeout="300ms")
    assert (result.outcome, result.reason, result.answered) == (Outcome.DOWN, "timeout", False)
