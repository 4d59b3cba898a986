"""What is said about overrides of a rota: in the channel, and to the one who asked."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.core.actor import Actor
from bot.core.override_events import OverrideAsked
from bot.core.overrides import TeamOverride
from bot.core.policy import Person, Policy, Team
from bot.core.wording.texts import zone_of
from bot.core.wording.words import and_list, day_and_clock, escape, slack_day

_UNCHANGED = "Nothing was changed."
_NONE = "No override: every rota goes as it is configured."


def announced(override: TeamOverride, policy: Policy) -> str:
    """In the channel (Slack mrkdwn, escaped), each time in its reader's zone."""
    another = override.by != override.person
    by = f" ({escape(policy.name_of(override.by))} said so)" if another else ""
    return f"{_between(override, policy)}{by}. Override {override.id}."


def done(override: TeamOverride, actor: Actor, policy: Policy, now: datetime) -> str:
    """To the one who asked, in their zone."""
    zone = zone_of(actor.person or "", policy)
    how = "midwatch override end" if actor.via == "cli" else "/midwatch override end"
    return f"{line(override, policy, zone, now)}. {how} {override.id} ends it."


def line(override: TeamOverride, policy: Policy, zone: str, now: datetime) -> str:
    """`Bo is on call for IT, instead of Ana, from 18:00 to 28 Nov 09:00`, plain."""
    start, end = override.start, override.end
    return (
        f"{_who(override, policy)} from {day_and_clock(start, now, zone)} "
        f"to {day_and_clock(end, start, zone)}"
    )


def listed(overrides: Iterable[TeamOverride], policy: Policy, zone: str, now: datetime) -> str:
    """Those that have not ended, one a line, plain."""
    lines = [f"{it.id}: {line(it, policy, zone, now)}" for it in overrides]
    return "\n".join(lines) or _NONE


def listed_in_slack(overrides: Iterable[TeamOverride], policy: Policy) -> str:
    """The same as mrkdwn, escaped, each time in its reader's zone."""
    return "\n".join(f"{it.id}: {_between(it, policy)}" for it in overrides) or _NONE


def ended(override: TeamOverride, actor: Actor, policy: Policy) -> str:
    """In the channel (Slack mrkdwn, escaped)."""
    by, person = (escape(policy.name_of(key)) for key in (actor.person, override.person))
    team = escape(policy.team_name(override.team))
    return f"{by} ended override {override.id} ({person} for {team}): the rota goes on without it."


def done_ending(override: TeamOverride, policy: Policy) -> str:
    """To the one who ended it."""
    team = policy.team_name(override.team)
    return f"Override {override.id} is ended. {team}'s rota goes on without it."


def no_such_person(key: str, policy: Policy) -> str:
    """Nobody of that name is configured."""
    known = ", ".join(list(policy.people)[:20])
    return f"There is no person {key[:40]}. {_UNCHANGED} Known: {known}."


def no_team(event: OverrideAsked, found: Sequence[Team], policy: Policy) -> str:
    """No team with a rota is meant, or several are."""
    if len(found) == 1:
        return f"{found[0].name} has no rota: everyone in it is on call. {_UNCHANGED}"
    manned = [team.name for team in policy.teams.values() if team.rota is not None]
    if not manned:
        return f"No team has a rota: everyone is on call, always. {_UNCHANGED}"
    if found:
        names = and_list([team.name for team in found])
        return f"Say for which team: {names} have a rota for them. {_UNCHANGED}"
    if event.team is not None:
        return f"There is no team {event.team[:40]}. {_UNCHANGED} With a rota: {and_list(manned)}."
    if event.replaces is not None:
        name = policy.name_of(event.replaces)
        return f"{name} is in no rota, so nobody can stand in. {_UNCHANGED}"
    name = policy.name_of(event.person)
    return f"{name}'s team has no rota. Say for which team: {and_list(manned)}. {_UNCHANGED}"


def not_yours(team: Team) -> str:
    """Somebody of another team."""
    return f"Only somebody in {team.name}, or an admin, changes its rota. {_UNCHANGED}"


def ends_before_it_begins() -> str:
    """The end is not after the start."""
    return f"That ends before it begins. {_UNCHANGED}"


def is_over() -> str:
    """All of it is past."""
    return f"That is over already: who was on call then stays who it was. {_UNCHANGED}"


def too_long(days: int) -> str:
    """Longer than is allowed."""
    return f"That is longer than {days} days: change the rota in the configuration. {_UNCHANGED}"


def not_reachable(person: Person) -> str:
    """Whoever has the duty has to be reached."""
    return (
        f"{person.name} has no channel that works, so nobody would be paged. {_UNCHANGED} "
        "Add a phone to the configuration, or ask somebody else."
    )


def changes_nothing(event: OverrideAsked, team: Team, policy: Policy) -> str:
    """The one to be replaced has no duty then."""
    name = policy.name_of(event.replaces)
    if event.replaces == event.person:
        return f"{name} cannot stand in for {name}. {_UNCHANGED}"
    return f"{name} is not on call for {team.name} in that time. {_UNCHANGED}"


def no_such_override(number: int) -> str:
    """A number that never was, or an override that has ended."""
    return f"There is no override {number}, or it has ended. {_UNCHANGED}"


def _between(override: TeamOverride, policy: Policy) -> str:
    start, end = (slack_day(at, policy.timezone) for at in (override.start, override.end))
    return f"{escape(_who(override, policy))} from {start} to {end}"


def _who(override: TeamOverride, policy: Policy) -> str:
    instead = f", instead of {policy.name_of(override.replaces)}," if override.replaces else ""
    team = policy.team_name(override.team)
    return f"{policy.name_of(override.person)} is on call for {team}{instead}"
