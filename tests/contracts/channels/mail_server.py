"""A real SMTP server on loopback that keeps what it takes, and fails as it is told."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from bot.sandbox import Fault

PASSWORD = "a secret of the mail server"


@dataclass
class MailServer:
    """`mails` is what it took; `fault` is how it answers."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    fault: Fault | None = None
    encrypted: list[bool] = field(default_factory=list)

    def url(self, host: str = "127.0.0.1", user: str = "", scheme: str = "smtp") -> str:
        return f"{scheme}://{user}{'@' if user else ''}{host}:{self.port}"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.fault is Fault.REFUSED:
            server.transport.abort()  # type: ignore[union-attr]
        if self.fault in (Fault.DOWN, Fault.RATE_LIMITED, Fault.REFUSED):
            return "451 4.7.1 try again later, +15005550102"
        content = cast(bytes, envelope.content)
        self.mails.append(message_from_bytes(content, policy=policy.default))
        self.encrypted.append(session.ssl is not None)
        if self.fault is Fault.DROP_AFTER_ACCEPT:
            server.transport.abort()  # type: ignore[union-attr]
        return "250 taken"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("gone"):
            return f"550 5.1.1 no such mailbox {address}"
        envelope.rcpt_tos.append(address)
        return "250 fine"


def _good(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=data.password == PASSWORD.encode(), handled=False)


@asynccontextmanager
async def mail_server(
    tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", **options: Any
) -> AsyncIterator[MailServer]:
    """One that offers STARTTLS if it has a certificate."""
    found = MailServer()

    def protocol() -> SMTP:
        return SMTP(found, tls_context=tls, authenticator=_good, hostname="mail.test", **options)

    server = await asyncio.get_running_loop().create_server(protocol, host, 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
