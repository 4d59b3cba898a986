"""The events of signals: what a check's verdict, an alert, or the end of its time-out says."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core.signal import Level, Links


@dataclass(frozen=True, slots=True)
class SignalReported:
    """A check's verdict changed, or an alert fired, was repeated or resolved."""

    service: str
    signal: str
    source: str
    level: Level
    began_at: datetime
    at: datetime
    detail: str = ""
    reason: str = ""
    last_good_at: datetime | None = None
    tries: int = 0
    needed: int = 0
    expires_at: datetime | None = None
    links: Links = ()
    kind: Literal["signal_reported"] = "signal_reported"


@dataclass(frozen=True, slots=True)
class SignalExpired:
    """An alert's time-out passed. Whether it was repeated meanwhile is for the rule to see."""

    service: str
    signal: str
    at: datetime
    kind: Literal["signal_expired"] = "signal_expired"
