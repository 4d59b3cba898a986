"""The event of a morning: a night is over in a zone, and people were paged in it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from bot.core.fairness import SentPage


@dataclass(frozen=True, slots=True)
class NightEnded:
    """`morning` is the day on which it ended; `pages` are those of people who live in `zone`."""

    zone: str
    morning: date
    pages: tuple[SentPage, ...]
    at: datetime
    kind: Literal["night_ended"] = "night_ended"
