"""Pages by e-mail: over a real SMTP server, encrypted where a password goes with it."""

import ssl
from pathlib import Path

import pytest
import trustme

from bot.channels.email import ACCOUNT, Email
from bot.channels.email import MailServer as Address
from bot.ports import Permanent, Transient
from tests.contracts.channels.mail_server import mail_server
from tests.stories.setting import FakeClock

ELSEWHERE = "127.0.0.2"
"""Loopback, and not this machine's own relay as far as the channel knows."""
TEXT = "#12 DOWN checkout 03:12: HTTP 503. Reply 12 to ack"
QUOTED = "a%20secret%20of%20the%20mail%20server"


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate that this machine trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(ELSEWHERE).configure_cert(context)
    return context


def by(url: str) -> Email:
    people = {"bo": "bo@example.com", "gone": "gone@example.com"}
    return Email(Address.of(url), "midwatch@example.com", people.get, FakeClock())


async def test_a_page_is_a_mail_whose_subject_says_it_all() -> None:
    async with mail_server() as server:
        await by(server.url()).send("page-1", "bo", TEXT)
    (mail,) = server.mails
    assert (mail["Subject"], mail["To"]) == (TEXT, "bo@example.com")
    assert mail["From"] == "Midwatch <midwatch@example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert TEXT in mail.get_content()


async def test_the_same_page_again_is_the_same_message() -> None:
    async with mail_server() as server:
        for key in ("page-1", "page-1", "page-2"):
            await by(server.url()).send(key, "bo", TEXT)
    first, again, other = (mail["Message-ID"] for mail in server.mails)
    assert first == again != other


async def test_a_text_with_a_line_break_or_of_any_length_is_one_mail() -> None:
    async with mail_server() as server:
        await by(server.url()).send("page-1", "bo", "DOWN\r\nBcc: eve@example.com " + "ä" * 999)
    (mail,) = server.mails
    assert mail["Bcc"] is None
    assert "ä" * 999 in mail.get_content().replace("\n", "")


async def test_a_password_goes_only_over_an_encrypted_connection(
    certified: ssl.SSLContext,
) -> None:
    async with mail_server(certified, ELSEWHERE) as server:
        await by(server.url(ELSEWHERE, f"bot:{QUOTED}")).send("page-1", "bo", TEXT)
    assert server.encrypted == [True]
    async with mail_server(None, ELSEWHERE) as plain:
        with pytest.raises(Transient, match="offers no encryption"):
            await by(plain.url(ELSEWHERE, f"bot:{QUOTED}")).send("page-1", "bo", TEXT)
    assert plain.mails == []


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    certified: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    async with mail_server(certified, ELSEWHERE) as server:
        with pytest.raises(Transient, match="certificate"):
            await by(server.url(ELSEWHERE, f"bot:{QUOTED}")).send("page-1", "bo", TEXT)
    assert server.mails == []


async def test_a_wrong_password_is_our_own_trouble_and_is_not_shown(
    certified: ssl.SSLContext,
) -> None:
    async with mail_server(certified, ELSEWHERE) as server:
        with pytest.raises(Permanent) as refused:
            await by(server.url(ELSEWHERE, "bot:hush-hush")).send("page-1", "bo", TEXT)
    assert refused.value.code == ACCOUNT
    assert "SMTP_URL" in str(refused.value)
    assert "hush" not in str(refused.value)


async def test_a_mailbox_that_is_not_there_is_final_and_its_address_is_not_repeated() -> None:
    async with mail_server() as server:
        with pytest.raises(Permanent) as refused:
            await by(server.url()).send("page-1", "gone", TEXT)
    assert (str(refused.value), refused.value.code) == ("the mail server refused it (550)", "550")


async def test_nobody_listening_is_tried_again() -> None:
    async with mail_server() as server:
        url = server.url()
    with pytest.raises(Transient) as away:
        await by(url).send("page-1", "bo", TEXT)
    assert not away.value.may_have_happened


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.com", ("mail.example.com", 587, False, None)),
        ("smtps://bot:p%40ss@mail.example.com", ("mail.example.com", 465, True, "p@ss")),
        ("smtp://bot@[2001:db8::1]:25", ("2001:db8::1", 25, False, "")),
    ],
)
def test_the_address_is_read_as_it_is_written(
    url: str, expected: tuple[str, int, bool, str | None]
) -> None:
    found = Address.of(url)
    assert (found.host, found.port, found.tls, found.password) == expected
