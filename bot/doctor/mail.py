"""E-mail: the server of SMTP_URL, its encryption, and whether it takes the user and password."""

import asyncio

import aiosmtplib

from bot.channels.email import MailServer, why
from bot.doctor.finding import fail, ok, warn
from bot.doctor.look import LOOK_SECONDS, Seen
from bot.ports import Permanent
from config.environment import Settings

PART = "e-mail"


async def look(settings: Settings) -> Seen:
    """Connect and sign in; nothing is sent. Nothing where it is not set up (that is said apart)."""
    if settings.smtp_url is None or settings.mail_from is None:
        return Seen()
    server = MailServer.of(settings.smtp_url.get_secret_value())
    client = server.client(LOOK_SECONDS)
    try:
        async with asyncio.timeout(LOOK_SECONDS), client:
            encrypted = client.get_transport_info("sslcontext") is not None
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
        found = why(error)
        mend = "look at SMTP_URL, and at whether this machine may reach that port"
        if isinstance(found, Permanent):
            mend = "look at the user and the password in SMTP_URL"
        return Seen([fail(PART, str(found), mend)])
    if not encrypted and not server.here:
        what = f"{server.host} takes mail, and offers no encryption"
        return Seen([warn(PART, what, "pages are readable on the way: use smtps:// if it can")])
    signed_in = " after signing in" if server.user else ""
    return Seen([ok(PART, f"{server.host} takes mail{signed_in}")])
