"""The events of overrides: somebody takes a duty for a while, or gives it back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core.actor import Actor


@dataclass(frozen=True, slots=True)
class OverrideAsked:
    """`person` is to be on call from `start` until `end` (exclusive), instead of `replaces`.

    `replaces` None: instead of whoever has the duty. `team` None: the one that the people are in.
    """

    person: str
    start: datetime
    end: datetime
    actor: Actor
    at: datetime
    replaces: str | None = None
    team: str | None = None
    kind: Literal["override_asked"] = "override_asked"


@dataclass(frozen=True, slots=True)
class OverrideEnded:
    """The override of that number ends now, or is not to begin."""

    id: int
    actor: Actor
    at: datetime
    kind: Literal["override_ended"] = "override_ended"
