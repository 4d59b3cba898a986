"""Twilio's side of the world as the page and the journal see it."""

from typing import Any

from bot.sandbox.twilio.receipts import BEHAVIOURS
from bot.sandbox.twilio.records import Call, Message, Phone


def text_view(message: Message) -> dict[str, Any]:
    """A text, with the phone it belongs to."""
    inbound = message.direction == "inbound"
    return {
        "sid": message.sid,
        "number": message.from_ if inbound else message.to,
        "mine": inbound,
        "body": message.body,
        "status": message.status,
        "arrived": message.arrived,
        "error_code": message.error_code,
        "segments": message.num_segments,
        "at": message.created_at.timestamp(),
    }


def call_view(call: Call) -> dict[str, Any]:
    """A call, with the phone it belongs to."""
    return {
        "sid": call.sid,
        "number": call.to,
        "status": call.status,
        "over": call.over,
        "said": list(call.said),
        "gather": call.gather is not None,
        "pressed": list(call.pressed),
        "answered": call.answered_at is not None,
        "at": call.created_at.timestamp(),
    }


def behaviour_name(phone: Phone) -> str:
    """The name under which the page knows the phone's receipts."""
    return next((name for name, r in BEHAVIOURS.items() if r == phone.receipts), "other")


def phone_view(phone: Phone) -> dict[str, Any]:
    """A phone without its texts."""
    return {
        "name": phone.name,
        "team": phone.team,
        "number": phone.number,
        "on": phone.on,
        "landline": phone.landline,
        "opted_out": phone.opted_out,
        "receipts": behaviour_name(phone),
        "answering": phone.answering,
    }
