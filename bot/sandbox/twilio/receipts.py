"""What becomes of a text on its way to a phone, and which receipts are sent about it.

Seen in the field: receipts out of order, repeated, before the answer to the sender, or never.
"""

from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True, slots=True)
class Receipts:
    """The states a text goes through after `queued`.

    `steps` are (state, error code). `reported` is how often each is called back (0: never),
    `order` whether the callbacks keep the order, `early` whether they are sent before the sender
    has its answer. `arrives` says whether the phone shows the text in the end.
    `delay_seconds` between steps; None takes the sandbox's setting.
    """

    steps: tuple[tuple[str, int | None], ...]
    reported: int = 1
    order: Literal["kept", "reversed"] = "kept"
    early: bool = False
    arrives: bool = True
    delay_seconds: float | None = None


def undelivered(code: int = 30003) -> Receipts:
    """Sent, then reported as undelivered with this code."""
    return Receipts((("queued", None), ("sent", None), ("undelivered", code)), arrives=False)


def failed(code: int = 30008) -> Receipts:
    """Never left Twilio."""
    return Receipts((("queued", None), ("failed", code)), arrives=False)


DELIVERED = Receipts((("queued", None), ("sent", None), ("delivered", None)))

BEHAVIOURS: dict[str, Receipts] = {
    "delivered": DELIVERED,
    "undelivered": undelivered(30003),
    "filtered": undelivered(30007),
    "unregistered": undelivered(30034),
    "failed": failed(),
    "no callbacks": replace(DELIVERED, reported=0),
    "sent only": Receipts((("queued", None), ("sent", None))),
    "stuck in the queue": Receipts((("queued", None),), reported=0, arrives=False),
    "out of order": replace(DELIVERED, order="reversed"),
    "repeated": replace(DELIVERED, reported=2),
    "early": replace(DELIVERED, early=True),
    "slow": replace(DELIVERED, delay_seconds=5.0),
}
