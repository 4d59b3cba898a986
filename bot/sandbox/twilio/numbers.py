"""May this text go to this number? Twilio's checks of a new message, in Twilio's order. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.sandbox.settings import SandboxSettings
from bot.sandbox.twilio.records import Phone
from bot.sandbox.twilio.refusals import Refusal

E164 = re.compile(r"^\+[1-9]\d{6,14}$")
PUNCTUATION = re.compile(r"[\s().-]")
LONGEST_BODY = 1600
LONGEST_VALIDITY_SECONDS = 36_000


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that passed the checks."""

    to: str
    from_: str
    body: str
    messaging_service_sid: str | None
    status_callback: str | None
    validity_seconds: int | None


def check(form: Mapping[str, str], settings: SandboxSettings, phones: Mapping[str, Phone]) -> Draft:
    """Read the form of POST Messages.json, or raise Refusal with Twilio's code."""
    to = _recipient(form.get("To", ""))
    from_, service = _sender(form, settings)
    body = _body(form)
    _allowed(to, settings, phones)
    return Draft(to, from_, body, service, _callback(form), _validity(form))


def _recipient(given: str) -> str:
    if not given.strip():
        raise Refusal(21604, "A 'To' phone number is required.")
    number = PUNCTUATION.sub("", given)
    if not E164.match(number):
        raise Refusal(21211, f"Invalid 'To' Phone Number: {given}")
    return number


def _sender(form: Mapping[str, str], settings: SandboxSettings) -> tuple[str, str | None]:
    service = form.get("MessagingServiceSid") or None
    given = PUNCTUATION.sub("", form.get("From", ""))
    if given.startswith("MG") and service is None:
        given, service = "", given
    if service is not None and service != settings.messaging_service_sid:
        raise Refusal(21701, "The Messaging Service does not exist.")
    if not given and service is None:
        raise Refusal(21603, "A 'From' phone number is required.")
    if given and not E164.match(given):
        raise Refusal(21212, f"Invalid 'From' Number: {given}")
    if given and given != settings.from_number:
        raise Refusal(
            21606,
            f"The 'From' phone number provided ({given}) is not a valid message-capable "
            "Twilio phone number for this destination.",
        )
    return settings.from_number, service


def _body(form: Mapping[str, str]) -> str:
    body = form.get("Body", "")
    if not body and not form.get("MediaUrl") and not form.get("ContentSid"):
        raise Refusal(21602, "Message body is required.")
    if len(body) > LONGEST_BODY:
        raise Refusal(21617, "The concatenated message body exceeds the 1600 character limit")
    return body


def _allowed(to: str, settings: SandboxSettings, phones: Mapping[str, Phone]) -> None:
    """Geographic permission, trial account, landline, opt-out."""
    phone = phones.get(to)
    if to.startswith(settings.blocked_prefixes):
        raise Refusal(
            21408,
            "Permission to send an SMS or MMS has not been enabled for the region indicated "
            f"by the 'To' number: {to}",
        )
    if settings.trial and phone is None:
        raise Refusal(
            21608,
            f"The number {to} is unverified. Trial accounts cannot send messages to "
            "unverified numbers.",
        )
    if phone is not None and phone.landline:
        raise Refusal(21614, f"'To' number is not a valid mobile number: {to}")
    if phone is not None and phone.opted_out:
        raise Refusal(21610, "Attempt to send to unsubscribed recipient")


def _callback(form: Mapping[str, str]) -> str | None:
    url = form.get("StatusCallback") or None
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refusal(21609, f"The StatusCallback URL {url} is not a valid URL.")
    return url


def _validity(form: Mapping[str, str]) -> int | None:
    given = form.get("ValidityPeriod")
    if given is None:
        return None
    if not given.isdecimal() or not 1 <= int(given) <= LONGEST_VALIDITY_SECONDS:
        raise Refusal(20001, f"ValidityPeriod {given} is not between 1 and 36000 seconds")
    return int(given)
