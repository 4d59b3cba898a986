"""The events of rotas: it is looked who has each duty now, and what the coming week leaves open."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class DutyLooked:
    """Who has the duty of every team now may not be who had it. What changed is decided then."""

    at: datetime
    kind: Literal["duty_looked"] = "duty_looked"


@dataclass(frozen=True, slots=True)
class WeekLooked:
    """Once a working day: the hours of the coming week in which nobody could be paged."""

    at: datetime
    kind: Literal["week_looked"] = "week_looked"
