"""The events of rotas: it is looked who has each duty now, and what the coming week leaves open."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class DutyLooked:
    """Somebody looked who has each duty now. What has changed is decided then, not here.

    `moved` False: nothing had, and it is only noted that it was looked.
    """

    at: datetime
    moved: bool = True
    kind: Literal["duty_looked"] = "duty_looked"


@dataclass(frozen=True, slots=True)
class WeekLooked:
    """Once a working day: the hours of the coming week in which nobody could be paged."""

    at: datetime
    kind: Literal["week_looked"] = "week_looked"
