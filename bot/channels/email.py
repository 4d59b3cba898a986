"""Pages as e-mail, by any SMTP server.

The Message-ID is made from the page's key: a page that is sent again after a crash, because nobody
can say whether it went, is the same message, and most mailboxes show it once.
"""

import asyncio
import hashlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTP

from bot.ports import Clock, DeliveryError, Permanent, Receipt, Sent, Transient

NAME = "email"
VARIABLES = ("SMTP_URL", "MAIL_FROM")
TIMEOUT_SECONDS = 15.0
"""For a whole delivery: connecting, signing in, handing over."""
SUBJECT_AT_MOST = 150
ACCOUNT = "mail_account"
"""The code of a refusal that is about us, not about the person."""
_DEFAULT_PORTS = {"smtp": 587, "smtps": 465}
_ACCOUNT_REPLIES = frozenset({530, 534, 535, 538})


@dataclass(frozen=True, slots=True, repr=False)
class MailServer:
    """Where mail is handed over. `tls` from the first byte, else STARTTLS (RFC 3207)."""

    host: str
    port: int
    tls: bool
    user: str | None = None
    password: str | None = None

    @classmethod
    def of(cls, url: str) -> "MailServer":
        """From `smtp://user:password@host:587` or `smtps://…:465`."""
        parts = urlsplit(url)
        return cls(
            host=parts.hostname or "",
            port=parts.port or _DEFAULT_PORTS[parts.scheme],
            tls=parts.scheme == "smtps",
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password or "") if parts.username else None,
        )

    @property
    def here(self) -> bool:
        """A relay on this machine, which seldom has a certificate."""
        return self.host in ("localhost", "127.0.0.1", "::1")

    def client(self, seconds: float = TIMEOUT_SECONDS) -> SMTP:
        """A client that never sends a password in the clear to another machine."""
        context = ssl.create_default_context()
        if self.here:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        needed = self.user is not None and not self.here
        return SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.tls,
            # None: where it is offered. True: not without it.
            start_tls=False if self.tls else (True if needed else None),
            tls_context=context,
            username=self.user,
            password=self.password,
            timeout=seconds,
        )


class Email:
    """The channel `email`. `address_of` gives a person's address, or None.

    A server that took a mail gives no receipt: it counts as delivered.
    """

    name = NAME
    gives_receipts = False
    can_find = False

    def __init__(
        self,
        server: MailServer,
        sender: str,
        address_of: Callable[[str], str | None],
        clock: Clock,
    ) -> None:
        self._server, self._sender, self._clock = server, sender, clock
        self._address_of = address_of

    async def send(self, key: str, person: str, text: str) -> Sent:
        """Hand it over. Raises Transient or Permanent."""
        address = self._address_of(person)
        if not address:
            raise Permanent(f"{person} has no `email` in the configuration", code="no_address")
        message = self._message(key, address, text)
        client, handed = self._server.client(), False
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS), client:
                handed = True
                await client.send_message(message)
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            raise why(error, may_have_happened=handed) from None
        return Sent(str(message["Message-ID"]))

    async def find(self, key: str, person: str, text: str, since: datetime) -> Sent | None:
        """A mail server cannot be asked what it has taken."""
        return None

    async def ask(self, provider_id: str) -> Receipt | None:
        """Nor what became of it."""
        return None

    def _message(self, key: str, address: str, text: str) -> EmailMessage:
        message = EmailMessage()
        domain = self._sender.rpartition("@")[2]
        digest = hashlib.sha256(f"{key}\0{address}".encode()).hexdigest()[:32]
        message["Message-ID"] = f"<{digest}@{domain}>"
        message["Date"] = format_datetime(self._clock.now())
        message["From"] = f"Midwatch <{self._sender}>"
        message["To"] = address
        line = " ".join(text.partition("\n\n")[0].split())  # a header is one line
        message["Subject"] = line if len(line) <= SUBJECT_AT_MOST else f"{line[:SUBJECT_AT_MOST]}…"
        # RFC 3834: no holiday notes in return. The rest is what mail programs look at.
        message["Auto-Submitted"] = "auto-generated"
        message["Importance"] = "high"
        message["X-Priority"] = "1"
        message.set_content(f"{text}\n\nNobody reads answers to this address.\n")
        return message


def why(error: Exception, *, may_have_happened: bool = False) -> DeliveryError:
    """A failure as one of our two words, without what the server quotes (addresses).

    5xx is final, 4xx is not (RFC 5321, 4.2.1); a wrong password is our own trouble, not the
    person's.
    """
    code = _code(error)
    if code in _ACCOUNT_REPLIES or isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return Permanent("the mail server refuses the user or password of SMTP_URL", code=ACCOUNT)
    if code is not None and 500 <= code < 600:
        return Permanent(f"the mail server refused it ({code})", code=str(code))
    if code is not None:
        return Transient(f"the mail server does not take it now ({code})")
    if isinstance(error, ssl.SSLError):
        return Transient("the mail server's certificate cannot be trusted")
    if type(error) is aiosmtplib.SMTPException:
        return Transient("the mail server offers no encryption, so the password was not sent")
    if isinstance(error, TimeoutError):
        return Transient(
            "the mail server did not answer in time", may_have_happened=may_have_happened
        )
    return Transient("the mail server cannot be reached", may_have_happened=may_have_happened)


def _code(error: Exception) -> int | None:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        return error.recipients[0].code
    return error.code if isinstance(error, aiosmtplib.SMTPResponseException) else None
