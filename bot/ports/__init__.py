"""What the engine and the outbox ask of the world, as Protocols. Adapters implement these."""

from bot.ports.audit import Anchor, AuditLog, Chain, Wanted
from bot.ports.clock import Clock
from bot.ports.counting import Counting
from bot.ports.drawing import CannotDraw, Drawing, Form
from bot.ports.errors import (
    Conflict,
    DeliveryError,
    MessageGone,
    NotYet,
    Permanent,
    StoreUnavailable,
    Transient,
)
from bot.ports.outside import (
    Channel,
    Chat,
    Handler,
    Outcome,
    Picture,
    Posted,
    Receipt,
    Sent,
    Source,
)
from bot.ports.records import (
    CONFIRMED,
    Call,
    Delivery,
    InboxRow,
    IncidentView,
    LinkedIncident,
    Sighting,
    SourceStatus,
    StoredResult,
    Uptime,
)
from bot.ports.store import Store, Transaction
from bot.ports.trigger import Motion, Trigger

__all__ = [
    "CONFIRMED",
    "Anchor",
    "AuditLog",
    "Call",
    "CannotDraw",
    "Chain",
    "Channel",
    "Chat",
    "Clock",
    "Conflict",
    "Counting",
    "Delivery",
    "DeliveryError",
    "Drawing",
    "Form",
    "Handler",
    "InboxRow",
    "IncidentView",
    "LinkedIncident",
    "MessageGone",
    "Motion",
    "NotYet",
    "Outcome",
    "Permanent",
    "Picture",
    "Posted",
    "Receipt",
    "Sent",
    "Sighting",
    "Source",
    "SourceStatus",
    "Store",
    "StoreUnavailable",
    "StoredResult",
    "Transaction",
    "Transient",
    "Trigger",
    "Uptime",
    "Wanted",
]
