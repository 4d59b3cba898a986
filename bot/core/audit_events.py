"""The events of the audit log itself: its head is anchored, or it was found changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Where = Literal["releases", "incidents"]


@dataclass(frozen=True, slots=True)
class HeadAnchored:
    """The head of the chain was noted for a day. `channel` None: there is none to post it in."""

    number: int
    hash: str
    channel: Where | None
    at: datetime
    kind: Literal["head_anchored"] = "head_anchored"


@dataclass(frozen=True, slots=True)
class ChainBroken:
    """A row of the audit log is not what was sealed: `number` is the first, `why` says how."""

    number: int
    why: str
    at: datetime
    kind: Literal["chain_broken"] = "chain_broken"
