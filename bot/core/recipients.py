"""Who is on call for a team, and by which channels a person can be reached."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.core import rota
from bot.core.policy import Person, Policy, Team

PREFERENCE = ("call", "sms", "slack", "email")
"""Which channel stands in for one that cannot be used: the louder first, any other one last."""
BY_PHONE = frozenset({"call", "sms"})
"""What wakes somebody up."""


def channels_of(person: Person, unusable: Mapping[tuple[str, str], str]) -> tuple[str, ...]:
    """The person's channels that are not marked opted-out or landline, in their own order."""
    return tuple(name for name in person.channels if (person.key, name) not in unusable)


def channels_for_step(
    person: Person, by: tuple[str, ...], unusable: Mapping[tuple[str, str], str]
) -> tuple[str, ...]:
    """Which channels a step uses for this person.

    Those of the step that work; when none does, the loudest one that does work, so that a step
    by call still reaches somebody who can only be texted.
    """
    usable = channels_of(person, unusable)
    wanted = tuple(name for name in by if name in usable)
    if wanted:
        return wanted
    return in_order(usable, PREFERENCE)[:1]


def quietly(
    person: Person, unusable: Mapping[tuple[str, str], str], was: str = "sms"
) -> tuple[str, ...]:
    """The channel for what only informs: by text where it can be, else as they were paged (`was`).

    Never by a call.
    """
    written = [name for name in channels_of(person, unusable) if name != "call"]
    return in_order(written, ("sms", was))[:1]


def in_order(names: Sequence[str], order: Sequence[str]) -> tuple[str, ...]:
    """Those that `order` names as it names them, then the others as they come."""
    return tuple(sorted(names, key=[*order, *names].index))


def on_call(team: Team, policy: Policy, now: datetime) -> tuple[str, ...]:
    """Keys of the people on call for `team`; the whole team when nobody is on duty."""
    people = team.members if team.rota is None else rota.on_call(team.rota, now, team.overrides)
    known = tuple(key for key in people if key in policy.people)
    return known or _members(team, policy)


def named_by(who: str, team: Team, policy: Policy, now: datetime) -> tuple[str, ...]:
    """The people that a step's `who` means: `on_call`, `next`, `everyone` or a person."""
    if who == "everyone":
        return _members(team, policy)
    if who == "next":
        following = () if team.rota is None else rota.next_on_call(team.rota, now, team.overrides)
        known = tuple(key for key in following if key in policy.people)
        return known or on_call(team, policy, now)
    if who in policy.people:
        return (who,)
    return on_call(team, policy, now)


def reachable(
    people: tuple[str, ...],
    team: Team,
    by: tuple[str, ...],
    policy: Policy,
    unusable: Mapping[tuple[str, str], str],
) -> list[tuple[str, str]]:
    """(person, channel) pairs of a step. Nobody reachable among them: the whole team.

    So it is when the step wants a phone and none of them has one that works: what only Slack shows
    at night nobody sees. An empty answer means that nobody of the team can be reached by anything.
    """
    pairs = _pairs(people, by, policy, unusable)
    heard = BY_PHONE.isdisjoint(by) or any(channel in BY_PHONE for _, channel in pairs)
    if pairs and heard:
        return pairs
    return list(dict.fromkeys([*pairs, *_pairs(_members(team, policy), by, policy, unusable)]))


def _pairs(
    people: tuple[str, ...],
    by: tuple[str, ...],
    policy: Policy,
    unusable: Mapping[tuple[str, str], str],
) -> list[tuple[str, str]]:
    return [
        (key, channel)
        for key in people
        for channel in channels_for_step(policy.people[key], by, unusable)
    ]


def _members(team: Team, policy: Policy) -> tuple[str, ...]:
    return tuple(key for key in team.members if key in policy.people)
