"""The forms of calls: what an order must hold, and what Twilio posts about a call. Pure."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import urlsplit

from bot.sandbox.settings import SandboxSettings
from bot.sandbox.twilio.numbers import E164, PUNCTUATION
from bot.sandbox.twilio.records import API_VERSION, Call
from bot.sandbox.twilio.refusals import Refusal

SIP_CODES = {"completed": "200", "busy": "486", "no-answer": "487", "canceled": "487"}


def order(
    form: Mapping[str, str], events: list[str], settings: SandboxSettings, now: datetime
) -> Call:
    """Read the form of POST Calls.json, or raise Refusal with Twilio's code."""
    url, twiml = form.get("Url") or None, form.get("Twiml") or None
    if twiml is None and not _is_url(url):
        raise Refusal(21205, f"Url is not a valid URL: {url or ''}")
    return Call(
        account_sid=settings.account_sid,
        to=_recipient(form.get("To", ""), settings),
        from_=_caller(form.get("From", ""), settings),
        created_at=now,
        url=url,
        method=form.get("Method", "POST"),
        twiml=twiml,
        status_callback=form.get("StatusCallback") or None,
        status_events=frozenset(events or ["completed"]),
        timeout_seconds=float(form.get("Timeout", "60")),
        machine_detection=form.get("MachineDetection", "") in ("Enable", "DetectMessageEnd"),
    )


def _recipient(given: str, settings: SandboxSettings) -> str:
    if not given.strip():
        raise Refusal(21201, "No 'To' number is specified")
    number = PUNCTUATION.sub("", given)
    if not E164.match(number):
        raise Refusal(21211, f"Invalid 'To' Phone Number: {given}")
    if number.startswith(settings.blocked_prefixes):
        raise Refusal(21215, f"Account not authorized to call {number}")
    return number


def _caller(given: str, settings: SandboxSettings) -> str:
    number = PUNCTUATION.sub("", given)
    if not number:
        raise Refusal(21213, "No 'From' number is specified")
    if not E164.match(number):
        raise Refusal(21212, f"Invalid 'From' Number: {given}")
    if number != settings.from_number:
        raise Refusal(21210, f"The source phone number provided, {number}, is not yet verified.")
    return number


def _is_url(url: str | None) -> bool:
    parts = urlsplit(url or "")
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def call_form(call: Call) -> dict[str, str]:
    """The fields of every voice webhook."""
    form = {
        "CallSid": call.sid,
        "AccountSid": call.account_sid,
        "From": call.from_,
        "To": call.to,
        "CallStatus": call.status,
        "ApiVersion": API_VERSION,
        "Direction": "outbound-api",
        "Called": call.to,
        "Caller": call.from_,
        "CallerCountry": "US",
        "ToCountry": "US",
        "FromCountry": "US",
    }
    if call.answered_by is not None:
        form["AnsweredBy"] = call.answered_by
    return form


def progress_form(call: Call, now: datetime) -> dict[str, str]:
    """A call progress callback."""
    form = call_form(call) | {
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(call.sequence),
        "Timestamp": format_datetime(now),
    }
    if call.over:
        seconds = call.duration_seconds or 0
        form["CallDuration"] = str(seconds)
        form["Duration"] = str((seconds + 59) // 60)
        if call.status in SIP_CODES:
            form["SipResponseCode"] = SIP_CODES[call.status]
    return form
