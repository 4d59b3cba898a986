"""Who has a team's duty, as Midwatch saw it last: so that a change is told once, by whomever."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from bot.core import rota
from bot.core.policy import Policy, Team


@dataclass(frozen=True, slots=True)
class Held:
    """`people` have the duty of `team` since `since` (when it was seen); `before` had it earlier.

    Both are empty for nobody. `turns` is a digest of the rota that said so: another one means that
    the configuration moved the duty, and not time or an override.
    """

    team: str
    people: tuple[str, ...]
    before: tuple[str, ...]
    since: datetime
    turns: str


def on_duty(team: Team, policy: Policy, now: datetime) -> tuple[str, ...]:
    """Whom the rota and its overrides name; nobody where the whole team is asked instead."""
    if team.rota is None:
        return ()
    people = rota.on_call(team.rota, now, team.overrides)
    return tuple(key for key in people if key in policy.people)


def turns_of(team: Team) -> str:
    """The digest of a team's rota; empty when everyone is on call."""
    if team.rota is None:
        return ""
    return hashlib.sha256(repr(team.rota).encode()).hexdigest()[:16]


def moved(policy: Policy, held: dict[str, Held], now: datetime) -> list[Team]:
    """Teams whose duty, or whose rota, is not what was seen last. Overrides as the policy has them.

    A team without a rota counts while somebody is still noted for it.
    """
    return [
        team
        for team in policy.teams.values()
        if _noted(held.get(team.key), team) != (on_duty(team, policy, now), turns_of(team))
    ]


def _noted(held: Held | None, team: Team) -> tuple[tuple[str, ...], str] | None:
    if held is None:
        return None if team.rota is not None else ((), "")
    return held.people, held.turns
