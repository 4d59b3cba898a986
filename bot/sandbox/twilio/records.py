"""Twilio's records: messages, calls and phones, with the JSON that the REST API shows."""

import uuid
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Literal

from bot.sandbox.twilio.receipts import DELIVERED, Receipts
from bot.sandbox.twilio.refusals import WHY_NOT_DELIVERED
from bot.sandbox.twilio.segments import segments
from bot.sandbox.twilio.twiml import Gather

API_VERSION = "2010-04-01"
FINAL = frozenset({"delivered", "undelivered", "failed", "canceled", "received"})
# A later state never gives way to an earlier one, whatever order the network reports in.
RANK = {"accepted": 0, "queued": 1, "sending": 2, "sent": 3} | dict.fromkeys(FINAL, 4)


def new_sid(prefix: str) -> str:
    """A Twilio identifier: two letters and 32 hex digits."""
    return prefix + uuid.uuid4().hex


def rfc2822(at: datetime | None) -> str | None:
    """Times as the 2010 API writes them: `Mon, 23 Nov 2026 09:02:08 +0000`."""
    return None if at is None else format_datetime(at)


@dataclass
class Message:
    """One text, in either direction. `to` and `from_` are E.164."""

    account_sid: str
    to: str
    from_: str
    body: str
    direction: Literal["outbound-api", "outbound-reply", "inbound"]
    created_at: datetime
    status: str = "queued"
    sid: str = field(default_factory=lambda: new_sid("SM"))
    updated_at: datetime | None = None
    sent_at: datetime | None = None
    error_code: int | None = None
    messaging_service_sid: str | None = None
    status_callback: str | None = None
    validity_seconds: int | None = None
    arrived: bool = False

    @property
    def num_segments(self) -> int:
        """Segments the body takes."""
        return segments(self.body)

    def move(self, status: str, error_code: int | None, at: datetime) -> bool:
        """Take a later state; False if it would be a step back."""
        if RANK[status] <= RANK[self.status] and status != self.status:
            return False
        if self.sent_at is None and RANK[status] >= RANK["sent"]:
            self.sent_at = at
        self.status, self.error_code, self.updated_at = status, error_code, at
        return True

    def to_json(self) -> dict[str, Any]:
        """The Message resource."""
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        waiting = self.messaging_service_sid is not None and self.status == "accepted"
        return {
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": rfc2822(self.created_at),
            "date_sent": rfc2822(self.sent_at),
            "date_updated": rfc2822(self.updated_at or self.created_at),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": WHY_NOT_DELIVERED.get(self.error_code or 0),
            "from": None if waiting else self.from_,
            "messaging_service_sid": self.messaging_service_sid,
            "num_media": "0",
            "num_segments": "0" if waiting else str(self.num_segments),
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }


@dataclass
class Call:
    """One call to a phone. `said` is what the caller hears, in order; `gather` is open input.

    `pressed` are the keys. `rest` is what follows for somebody who presses nothing.
    """

    account_sid: str
    to: str
    from_: str
    created_at: datetime
    url: str | None
    method: str = "POST"
    twiml: str | None = None
    status_callback: str | None = None
    status_events: frozenset[str] = frozenset({"completed"})
    timeout_seconds: float = 60.0
    machine_detection: bool = False
    status: str = "queued"
    sid: str = field(default_factory=lambda: new_sid("CA"))
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    answered_by: str | None = None
    machine: bool = False
    said: list[str] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)
    gather: Gather | None = None
    rest: list[ElementTree.Element] = field(default_factory=list)
    sequence: int = 0

    @property
    def over(self) -> bool:
        """Nobody is on the line any more."""
        return self.status in ("completed", "busy", "no-answer", "failed", "canceled")

    @property
    def duration_seconds(self) -> int | None:
        """Whole seconds from answer to end; None while it lasts."""
        if self.ended_at is None:
            return None
        start = self.answered_at or self.ended_at
        return int((self.ended_at - start).total_seconds())

    def to_json(self) -> dict[str, Any]:
        """The Call resource."""
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Calls/{self.sid}"
        seconds = self.duration_seconds
        return {
            "account_sid": self.account_sid,
            "annotation": None,
            "answered_by": self.answered_by,
            "api_version": API_VERSION,
            "caller_name": None,
            "date_created": rfc2822(self.created_at),
            "date_updated": rfc2822(self.ended_at or self.answered_at or self.created_at),
            "direction": "outbound-api",
            "duration": None if seconds is None else str(seconds),
            "end_time": rfc2822(self.ended_at),
            "forwarded_from": None,
            "from": self.from_,
            "from_formatted": self.from_,
            "group_sid": None,
            "parent_call_sid": None,
            "phone_number_sid": None,
            "price": None,
            "price_unit": "USD",
            "queue_time": "0",
            "sid": self.sid,
            "start_time": rfc2822(self.answered_at),
            "status": self.status,
            "subresource_uris": {"events": f"{uri}/Events.json"},
            "to": self.to,
            "to_formatted": self.to,
            "trunk_sid": None,
            "uri": f"{uri}.json",
        }


Answering = Literal["ring", "busy", "no-answer", "failed", "voicemail"]


@dataclass
class Phone:
    """Somebody's phone and how it behaves. Change the fields directly.

    Off: texts come back undelivered (30003) and calls are not answered. Landline: texts are
    refused (21614). Opted out: texts are refused (21610) until the owner texts START.
    """

    name: str
    team: str
    number: str
    on: bool = True
    landline: bool = False
    opted_out: bool = False
    receipts: Receipts = DELIVERED
    answering: Answering = "ring"
    messages: list[Message] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    @property
    def received(self) -> list[Message]:
        """Texts that reached this phone, oldest first."""
        return [m for m in self.messages if m.direction != "inbound" and m.arrived]

    @property
    def accepted(self) -> list[Message]:
        """Texts that Twilio took for this phone, whatever became of them, oldest first."""
        return [m for m in self.messages if m.direction != "inbound"]

    @property
    def bodies(self) -> list[str]:
        """The words of `received`."""
        return [m.body for m in self.received]

    @property
    def call(self) -> Call | None:
        """The call that rings or is on the line at the moment."""
        return next((c for c in reversed(self.calls) if not c.over), None)
