"""The event of the joint follow-up: a team says what will keep it from happening again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core.actor import Actor


@dataclass(frozen=True, slots=True)
class FollowUpAnswered:
    """`team` None: the person's own, if one was asked. `customers`: what they noticed, or ""."""

    number: int
    text: str
    actor: Actor
    at: datetime
    team: str | None = None
    customers: str = ""
    kind: Literal["follow_up_answered"] = "follow_up_answered"
