"""A local Twilio: phones, texts, calls, receipts and the REST API that the real SDK talks to."""

from bot.sandbox.twilio.receipts import BEHAVIOURS, DELIVERED, Receipts, failed, undelivered
from bot.sandbox.twilio.records import Call, Message, Phone
from bot.sandbox.twilio.world import Twilio

__all__ = [
    "BEHAVIOURS",
    "DELIVERED",
    "Call",
    "Message",
    "Phone",
    "Receipts",
    "Twilio",
    "failed",
    "undelivered",
]
