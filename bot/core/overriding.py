"""Overrides and swaps that people ask for: who may, and what is refused."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core import rota
from bot.core.actor import Actor
from bot.core.draft import Draft
from bot.core.override_events import OverrideAsked, OverrideEnded
from bot.core.overrides import TeamOverride
from bot.core.policy import Policy, Team
from bot.core.recipients import channels_of
from bot.core.wording import overrides as say
from bot.core.wording import private

LONGEST = timedelta(days=31)


def override_asked(draft: Draft, event: OverrideAsked) -> None:
    """Somebody takes a duty. Pages that went out before stay; the next step asks the new one."""
    actor = event.actor
    refused = why_not(event, draft.policy, draft.unusable, draft.now)
    if refused is not None or actor.person is None:
        draft.answer(actor, refused or private.stranger())
        return
    (team,) = teams_of(event, draft.policy)
    override = TeamOverride(
        id=draft.next_override(),
        team=team.key,
        person=event.person,
        start=event.start,
        end=event.end,
        by=actor.person,
        asked_at=event.at,
        replaces=event.replaces,
    )
    draft.put_override(override)
    _write_down(draft, "override", override, say.announced(override, draft.policy))
    draft.answer(actor, say.done(override, actor, draft.policy, draft.now))


def override_ended(draft: Draft, event: OverrideEnded) -> None:
    """The rota goes on at once. Who may take one may give it back, and so may who stands in."""
    actor = event.actor
    refused = why_not_ended(event, draft.overrides.values(), draft.policy, draft.now)
    if refused is not None or actor.person is None:
        draft.answer(actor, refused or private.stranger())
        return
    override = replace(draft.overrides[event.id], end=draft.now)
    draft.put_override(override)
    text = say.ended(override, actor, draft.policy)
    _write_down(draft, "override_ended", override, text, by=actor.person)
    draft.answer(actor, say.done_ending(override, draft.policy))


def why_not(
    event: OverrideAsked,
    policy: Policy,
    unusable: Mapping[tuple[str, str], str],
    now: datetime,
) -> str | None:
    """Why this override is refused, in words for the one who asked; None when it is not."""
    actor, person = event.actor, policy.people.get(event.person)
    if actor.person not in policy.people:
        return private.stranger()
    if person is None:
        return say.no_such_person(event.person, policy)
    if event.replaces is not None and event.replaces not in policy.people:
        return say.no_such_person(event.replaces, policy)
    teams = teams_of(event, policy)
    if len(teams) != 1 or teams[0].rota is None:
        return say.no_team(event, teams, policy)
    if not may(actor, teams[0], policy):
        return say.not_yours(teams[0])
    wrong = _wrong_span(event, now)
    if wrong is not None:
        return wrong
    if not channels_of(person, unusable):
        return say.not_reachable(person)
    return _without_effect(event, teams[0], policy)


def why_not_ended(
    event: OverrideEnded, known: Iterable[TeamOverride], policy: Policy, now: datetime
) -> str | None:
    """Why it cannot be ended, in words for the one who asked; None when it can."""
    if event.actor.person not in policy.people:
        return private.stranger()
    override = next((it for it in known if it.id == event.id and it.end > now), None)
    if override is None:
        return say.no_such_override(event.id)
    team = policy.teams.get(override.team)
    mine = event.actor.person in (override.person, override.by)
    if not mine and team is not None and not may(event.actor, team, policy):
        return say.not_yours(team)
    return None


def may(actor: Actor, team: Team, policy: Policy) -> bool:
    """The team's own people may change its rota, and whoever has the role `admin`."""
    person = policy.people.get(actor.person or "")
    return person is not None and (person.admin or person.key in team.members)


def teams_of(event: OverrideAsked, policy: Policy) -> tuple[Team, ...]:
    """The team that is meant: the one named, else that of the people with a rota, if it is one.

    Empty when there is none of that name or none fits; several when one has to be named.
    """
    if event.team is not None:
        name = event.team.casefold()
        return tuple(it for it in policy.teams.values() if name in _names(it))[:1]
    manned = [team for team in policy.teams.values() if team.rota is not None]
    if event.replaces is not None:
        return tuple(team for team in manned if event.replaces in people_in(team))
    own = tuple(team for team in manned if event.person in team.members)
    return own or tuple(team for team in manned if event.actor.person in team.members)


def people_in(team: Team) -> frozenset[str]:
    """Everybody in any layer of the team's rota."""
    layers = team.rota.layers if team.rota is not None else ()
    return frozenset(person for layer in layers for person in layer.people)


def _names(team: Team) -> tuple[str, str]:
    return team.key.casefold(), team.name.casefold()


def _wrong_span(event: OverrideAsked, now: datetime) -> str | None:
    if event.end <= event.start:
        return say.ends_before_it_begins()
    if event.end <= now:
        return say.is_over()
    return say.too_long(LONGEST.days) if event.end - event.start > LONGEST else None


def _without_effect(event: OverrideAsked, team: Team, policy: Policy) -> str | None:
    """A swap with somebody who has no duty then would change nothing, and nobody would know."""
    assert team.rota is not None
    if event.replaces is None:
        return None
    spans = rota.shifts(team.rota, event.start, event.end, team.overrides)
    if event.replaces == event.person or not any(event.replaces in it.people for it in spans):
        return say.changes_nothing(event, team, policy)
    return None


def _write_down(
    draft: Draft, kind: str, override: TeamOverride, text: str, by: str | None = None
) -> None:
    draft.note(
        kind,
        draft.policy.name_of(by or override.by),
        text,
        facts=(
            ("override", str(override.id)),
            ("team", override.team),
            ("person", override.person),
            ("replaces", override.replaces or ""),
            ("start", override.start.isoformat()),
            ("end", override.end.isoformat()),
        ),
    )
    draft.post("incidents", text)
