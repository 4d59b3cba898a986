"""The span of a rota that lasts at an instant: since when, until when, and who comes after it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core import rota
from bot.core.policy import Team
from bot.core.rota import Shift

BACK = timedelta(hours=25)
"""How far back a beginning is looked for: longer than any change that is still told."""
AHEAD = (timedelta(days=1), timedelta(days=14), timedelta(days=60))
"""How far ahead an end is looked for, the nearer first: a rota of hours has many spans."""


@dataclass(frozen=True, slots=True)
class Lasting:
    """`start` None: longer ago than was looked. `end` None: nothing changes in 60 days.

    `after` are the people of the next span; empty: nobody, or not known.
    """

    start: datetime | None
    end: datetime | None
    after: tuple[str, ...]


def spans(team: Team, start: datetime, end: datetime) -> list[Shift]:
    """Who from when until when, the gaps included (without people); none without a rota."""
    if team.rota is None:
        return []
    return rota.spans(team.rota, start, end, team.overrides)


def lasting(team: Team, at: datetime) -> Lasting:
    """The span of the team's rota at `at` (aware)."""
    for ahead in AHEAD:
        found = spans(team, at - BACK, at + ahead)
        number = next((n for n, it in enumerate(found) if it.start <= at < it.end), None)
        if number is None:
            break
        start = found[number].start if number else None
        if number + 1 < len(found):
            return Lasting(start, found[number].end, found[number + 1].people)
        last = Lasting(start, None, ())
    else:
        return last
    return Lasting(None, None, ())
