"""The events of quiet: silences and maintenance begin, are lengthened, end, and are over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.core.actor import Actor


@dataclass(frozen=True, slots=True)
class Silenced:
    """Nobody is to be paged for a while: for the incident's services, one service, or all.

    `more`: further services beside that one. `since` None: from now on. A `maintenance` says why.
    """

    actor: Actor
    at: datetime
    lasts: timedelta
    number: int | None = None
    service: str | None = None
    reason: str = ""
    maintenance: bool = False
    since: datetime | None = None
    more: tuple[str, ...] = ()
    kind: Literal["silenced"] = "silenced"

    @property
    def named(self) -> tuple[str, ...]:
        """The services that are named, each once; none of them: all."""
        return tuple(dict.fromkeys((self.service, *self.more))) if self.service else ()


@dataclass(frozen=True, slots=True)
class SilenceEnded:
    """A quiet is to end now: the one of that own number (`quiet`), what keeps an incident's
    services quiet (`number`) or one service, or every one there is.
    """

    actor: Actor
    at: datetime
    number: int | None = None
    service: str | None = None
    quiet: int | None = None
    kind: Literal["silence_ended"] = "silence_ended"


@dataclass(frozen=True, slots=True)
class SilenceExtended:
    """The silence or maintenance of that number is to end later, by so much."""

    quiet: int
    by: timedelta
    actor: Actor
    at: datetime
    kind: Literal["silence_extended"] = "silence_extended"


@dataclass(frozen=True, slots=True)
class QuietBegun:
    """What was planned begins: pages that still wait are held back. No services: all."""

    services: tuple[str, ...]
    at: datetime
    kind: Literal["quiet_begun"] = "quiet_begun"


@dataclass(frozen=True, slots=True)
class QuietOver:
    """A silence or a maintenance window is over (`until`): what happened under it is told.

    `services` empty means all of them. `number` is its own (None: the configuration planned it),
    `incident` the one that it was asked for.
    """

    services: tuple[str, ...]
    since: datetime
    until: datetime
    at: datetime
    reason: str = ""
    by: str | None = None
    maintenance: bool = True
    number: int | None = None
    incident: int | None = None
    kind: Literal["quiet_over"] = "quiet_over"
