"""A person's shifts in the rotas of all teams."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.core import rota
from bot.core.overriding import LONGEST
from bot.core.policy import Policy, Team

LOOK_BACK_AT_MOST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Duty:
    """`team` is a key. `since` is False where the duty began before anything was looked at."""

    team: str
    start: datetime
    end: datetime
    since: bool = True


def duties(policy: Policy, person: str, start: datetime, end: datetime) -> list[Duty]:
    """All that touch `start` to `end`, oldest first; each from its true beginning, cut at `end`.

    Teams in which everyone is on call have none: there is nothing to hand over.
    """
    found = [it for team in policy.teams.values() for it in _of_team(team, person, start, end)]
    return sorted(found, key=lambda it: (it.start, it.team))


def _of_team(team: Team, person: str, start: datetime, end: datetime) -> Iterator[Duty]:
    if team.rota is None:
        return
    first = _midnight(start - _look_back(team.rota))
    for shift in rota.shifts(team.rota, first, end, team.overrides):
        if person in shift.people and shift.end > start:
            yield Duty(team.key, shift.start, shift.end, shift.start > first)


def _look_back(turns: rota.Rota) -> timedelta:
    """Longer than any one turn, so that the one that lasts at the start is seen beginning."""
    longest = max(layer.every for layer in turns.layers)
    return min(longest + LONGEST, LOOK_BACK_AT_MOST)


def _midnight(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
