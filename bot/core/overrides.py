"""Overrides of teams' rotas, as they are kept, and how the policy comes to know them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.policy import Policy
from bot.core.rota import Override


@dataclass(frozen=True, slots=True)
class TeamOverride:
    """`person` has the duty of `team` from `start` until `end` (exclusive, aware).

    `replaces` None: instead of whoever has it. `id` counts from 1: people name an override by it,
    and of several at once the one of the highest number has the last word. One that was taken back
    before it began ends before it starts.
    """

    id: int
    team: str
    person: str
    start: datetime
    end: datetime
    by: str
    asked_at: datetime
    replaces: str | None = None


def with_overrides(policy: Policy, overrides: Iterable[TeamOverride]) -> Policy:
    """The policy whose teams know these overrides and no others.

    One for somebody who left the configuration counts no longer: the rota goes on without it.
    """
    known = sorted((it for it in overrides if it.person in policy.people), key=lambda it: it.id)
    teams = {
        key: replace(
            team,
            overrides=tuple(
                Override(it.start, it.end, it.person, it.replaces) for it in known if it.team == key
            ),
        )
        for key, team in policy.teams.items()
    }
    return policy if teams == policy.teams else replace(policy, teams=teams)


def merged(old: Iterable[TeamOverride], new: Iterable[TeamOverride]) -> tuple[TeamOverride, ...]:
    """The old ones with their new versions, and the new ones, by number."""
    found = {it.id: it for it in old} | {it.id: it for it in new}
    return tuple(found[id_] for id_ in sorted(found))
