"""Signals: what says that a service is up or down. A service is down while any signal is down."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Level(StrEnum):
    """What one signal says."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal of one service: a check, an alert, or somebody's word (`source`).

    `began_at` is the first failed probe of the streak, not its confirmation. `expires_at`: when it
    counts as up by itself, for alerts whose end may never be told.
    """

    service: str
    name: str
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


@dataclass(frozen=True, slots=True)
class Silence:
    """Nobody is paged for `service` (None: all) from `since` until `until` (exclusive).

    `kind` is `silence` (somebody asked for it) or `maintenance` (it was planned).
    """

    id: str
    service: str | None
    since: datetime
    until: datetime
    reason: str
    by: str | None
    kind: str = "silence"
    ended: bool = False


def worst(signals: Iterable[Signal]) -> Signal | None:
    """The down signal that began first, or None when none is down."""
    down = [signal for signal in signals if signal.level is Level.DOWN]
    return min(down, key=lambda signal: (signal.began_at, signal.name), default=None)
