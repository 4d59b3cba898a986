"""Signals: what says that a service is up or down. A service is down while any signal is down."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Links = tuple[tuple[str, str], ...]
"""(label, web address) pairs; a label is one of ours, an address is not."""

_OF_INCIDENT = re.compile(r"silence-(\d{1,9}):")


class Level(StrEnum):
    """What one signal says."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal of one service: a check, an alert, or somebody's word (`source`).

    `began_at` is the first failed probe of the streak, not its confirmation. `expires_at`: when it
    counts as up by itself, for alerts whose end may never be told. The `detail` of an alert is its
    name and, after a colon, what it says.
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
    links: Links = ()

    @property
    def title(self) -> str:
        """What people call it: an alert by its name, a check by its label."""
        name = self.detail.partition(": ")[0] if from_alert(self.source) else ""
        return name or self.name


def from_alert(source: str) -> bool:
    """Whether that source repeats and resolves what it says: neither a check nor a person."""
    return source not in ("check", "hand")


@dataclass(frozen=True, slots=True)
class Silence:
    """Nobody is paged for `service` (None: all) from `since` until `until` (exclusive).

    `kind` is `silence` (somebody asked for it) or `maintenance` (it was planned). `number` counts
    from 1: people name by it what was asked for at once, which is one of these a service. One that
    `ended` early has the moment as its `until`. `told_at`: when it was said what happened under it.
    """

    id: str
    service: str | None
    since: datetime
    until: datetime
    reason: str
    by: str | None
    kind: str = "silence"
    ended: bool = False
    number: int | None = None
    asked_at: datetime | None = None
    told_at: datetime | None = None

    @property
    def incident(self) -> int | None:
        """The incident whose number it was asked for by (see `bot.core.silencing`)."""
        match = _OF_INCIDENT.match(self.id)
        return int(match[1]) if match else None


def worst(signals: Iterable[Signal]) -> Signal | None:
    """The down signal that began first, or None when none is down."""
    down = [signal for signal in signals if signal.level is Level.DOWN]
    return min(down, key=lambda signal: (signal.began_at, signal.name), default=None)
