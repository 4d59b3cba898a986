"""Twilio: the account, both tokens, whether our number can text, bring replies, and call."""

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from bot.doctor.clocks import Heard, from_header
from bot.doctor.finding import Finding, fail, ok, warn
from bot.doctor.look import LOOK_SECONDS, Seen
from config.environment import Settings

PART = "Twilio"
_VERSION = "2010-04-01"


@dataclass(frozen=True, slots=True)
class Reply:
    """What Twilio said: an HTTP status, and its JSON (empty when there is none)."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)
    heard: tuple[Heard, ...] = ()


class Account:
    """Asks questions as one account, with the token of the moment."""

    def __init__(self, settings: Settings, session: aiohttp.ClientSession) -> None:
        silent = logging.getLogger("bot.doctor.twilio")
        silent.setLevel(logging.CRITICAL)  # the SDK writes query strings, numbers included
        self._http = AsyncTwilioHttpClient(pool_connections=False, logger=silent)
        self._http.session = session
        self.sid = settings.twilio_account_sid or ""
        self.base = settings.twilio_api_url

    async def ask(self, url: str, token: str) -> Reply:
        """One GET. Raises aiohttp.ClientError and OSError."""
        client = Client(self.sid, token, http_client=self._http)
        before = datetime.now(UTC)
        answer = await client.request_async("GET", url)
        heard = from_header(PART, answer.headers.get("Date"), before, datetime.now(UTC))
        try:
            body = json.loads(answer.text)
        except (ValueError, RecursionError):
            body = {}
        return Reply(answer.status_code, body if isinstance(body, dict) else {}, tuple(heard))

    def path(self, rest: str = "") -> str:
        """The URL of something of the account."""
        return f"{self.base}/{_VERSION}/Accounts/{self.sid}{rest}.json"

    def service(self, sid: str, rest: str = "") -> str:
        """The URL of a messaging service, which lives on a host of its own at Twilio."""
        parts = urlsplit(self.base)
        host = parts.netloc
        if host.startswith("api.") and host.endswith("twilio.com"):
            host = f"messaging.{host.removeprefix('api.')}"
        return f"{parts.scheme}://{host}/v1/Services/{sid}{rest}"


async def look(settings: Settings) -> Seen:
    """Everything about Twilio; nothing where it is not set up (the missing variables say so)."""
    tokens = [settings.twilio_auth_token, settings.twilio_auth_token_next]
    known = [token.get_secret_value() if token else None for token in tokens]
    if not settings.sms or known[0] is None:
        return Seen()
    timeout = aiohttp.ClientTimeout(total=LOOK_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        try:
            return await _look(Account(settings, session), settings, known[0], known[1])
        except (aiohttp.ClientError, OSError) as error:
            what = f"cannot be reached ({type(error).__name__}): no text goes out"
            return Seen([fail(PART, what, "look at TWILIO_API_URL and this machine's network")])


async def _look(account: Account, settings: Settings, token: str, following: str | None) -> Seen:
    asked = [account.ask(account.path(), one) for one in (token, following) if one]
    replies = await asyncio.gather(*asked)
    seen = Seen(_tokens([reply.status for reply in replies]))
    seen.heard.extend(replies[0].heard)
    works = next((i for i, reply in enumerate(replies) if reply.status == 200), None)
    if works is not None:
        seen.findings.append(_account(replies[works].body))
        good = token if works == 0 else following or token
        seen.findings += await _sender(account, settings, good)
        seen.findings += await _caller(account, settings, good)
    return seen


def _tokens(statuses: list[int]) -> list[Finding]:
    """What the answers to both tokens mean; nothing to say when all is well with one token."""
    first, *rest = statuses
    if first == 200 and rest and rest[0] != 200:
        mend = "remove it, or copy the secondary token from the Twilio console"
        return [warn(PART, "TWILIO_AUTH_TOKEN_NEXT is refused", mend)]
    if first == 200:
        return [ok(PART, "the next token works too")] if rest else []
    if 200 in rest:
        mend = "make it TWILIO_AUTH_TOKEN"
        return [warn(PART, "only TWILIO_AUTH_TOKEN_NEXT works", mend)]
    if first in (401, 403):
        mend = "copy both from the Twilio console"
        return [fail(PART, "refuses TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN", mend)]
    if first == 404:
        return [fail(PART, "does not know TWILIO_ACCOUNT_SID", "copy it from the Twilio console")]
    return [fail(PART, f"answers HTTP {first}", "see status.twilio.com and TWILIO_API_URL")]


def _account(body: Mapping[str, Any]) -> Finding:
    status = str(body.get("status", "unknown"))[:20]
    if status != "active":
        return fail(PART, f"the account is {status}", "see the Twilio console")
    if str(body.get("type", "")).casefold() == "trial":
        what = "the account is a trial: it texts verified numbers only"
        return warn(PART, what, "upgrade it, or verify every phone of `people`")
    return ok(PART, "the account is active")


async def _sender(account: Account, settings: Settings, token: str) -> list[Finding]:
    sender = settings.twilio_from or ""
    if sender.startswith("MG"):
        return await _service(account, settings, token, sender)
    if not sender.startswith("+"):
        return [warn(PART, "TWILIO_FROM is a short code, which was not looked up")]
    number = await _number(account, token, sender)
    if number is None:
        mend = "take one of Phone Numbers > Active numbers in the Twilio console"
        return [fail(PART, "TWILIO_FROM is not a number of this account", mend)]
    if not dict(number.get("capabilities") or {}).get("sms"):
        return [fail(PART, "TWILIO_FROM cannot send texts", "take a number with SMS")]
    return [ok(PART, "TWILIO_FROM can send texts"), _replies(number.get("sms_url"), settings)]


async def _number(account: Account, token: str, number: str) -> Mapping[str, Any] | None:
    """What Twilio knows of a number; None when it is not this account's."""
    url = account.path("/IncomingPhoneNumbers") + f"?PhoneNumber={quote(number)}"
    rows = (await account.ask(url, token)).body.get("incoming_phone_numbers")
    return next((row for row in rows or [] if row.get("phone_number") == number), None)


async def _caller(account: Account, settings: Settings, token: str) -> list[Finding]:
    """Calls need a number of their own where a messaging service texts (its lack says so)."""
    caller = settings.twilio_call_from
    if caller is None:
        return []
    name = "TWILIO_FROM" if caller == settings.twilio_from else "TWILIO_CALL_FROM"
    number = await _number(account, token, caller)
    if number is None:
        mend = "take one of Phone Numbers > Active numbers in the Twilio console"
        # Of TWILIO_FROM it was said already, as the number that texts.
        absent = [fail(PART, f"{name} is not a number of this account", mend)]
        return absent if name == "TWILIO_CALL_FROM" else []
    if not dict(number.get("capabilities") or {}).get("voice"):
        mend = "take a number with Voice, in TWILIO_CALL_FROM"
        return [fail(PART, f"{name} cannot call: steps by call reach nobody", mend)]
    return [ok(PART, f"{name} can call")]


async def _service(account: Account, settings: Settings, token: str, sid: str) -> list[Finding]:
    service, numbers = await asyncio.gather(
        account.ask(account.service(sid), token),
        account.ask(account.service(sid, "/PhoneNumbers"), token),
    )
    if service.status != 200:
        mend = "copy its SID from Messaging > Services"
        return [fail(PART, "the messaging service in TWILIO_FROM does not exist", mend)]
    able = [row for row in numbers.body.get("phone_numbers") or [] if "SMS" in _abilities(row)]
    if not able:
        mend = "add one to its sender pool"
        return [fail(PART, "the messaging service has no number that can text", mend)]
    found = [ok(PART, f"the messaging service has {len(able)} number(s) that can text")]
    if service.body.get("us_app_to_person_registered") is False and _american(able):
        what = "the messaging service is not registered for A2P 10DLC: US carriers drop its texts"
        found.append(warn(PART, what, "register it in the Twilio console (error 30034)"))
    if service.body.get("use_inbound_webhook_on_number"):
        return found
    return [*found, _replies(service.body.get("inbound_request_url"), settings)]


def _abilities(row: Mapping[str, Any]) -> list[str]:
    return [str(word).upper() for word in row.get("capabilities") or []]


def _american(rows: list[Mapping[str, Any]]) -> bool:
    return any(row.get("country_code") == "US" for row in rows)


def _replies(url: object, settings: Settings) -> Finding:
    """Texts to our number must come to `/twilio/sms`, or nobody can acknowledge by text."""
    wanted = f"{settings.public_url or 'PUBLIC_URL'}/twilio/sms"
    if url == wanted:
        return ok(PART, "replies come to this Midwatch")
    mend = f'set "A message comes in" to {wanted} (POST)'
    return warn(PART, "replies go elsewhere: nobody can acknowledge by text", mend)
