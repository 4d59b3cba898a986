""" "We have it": a person's acknowledgement stops the pages of their own teams."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.draft import Draft
from bot.core.escalation import escalate_now, quiet_end
from bot.core.events import Acknowledged, Actor, Escalated
from bot.core.handing_over import may_take_over, take_over
from bot.core.incident import (
    REMIND_AFTER,
    Incident,
    IncidentState,
    Track,
    TrackState,
    all_acknowledged,
)
from bot.core.merging import only_inform_of_storm
from bot.core.paging import cancel_waiting, paged_as_stand_in
from bot.core.rules_of import any_team_is_enough
from bot.core.wording import private
from bot.core.wording import thread_replies as say

DOUBLE_CLICK = timedelta(seconds=5)
"""An escalation so soon after the last one is the same one."""


def acknowledged(draft: Draft, event: Acknowledged) -> None:
    """One incident, all open ones, or the only open one."""
    actor = event.actor
    if actor.person is None or not _teams_of(draft, actor.person):
        draft.answer(actor, private.stranger())
        return
    chosen = _chosen(draft, event)
    if chosen is not None:
        told = [_acknowledge(draft, incident, actor, event.at) for incident in chosen]
        draft.answer(actor, private.joined(told))


def _chosen(draft: Draft, event: Acknowledged) -> list[Incident] | None:
    """Which incidents are meant; None when the actor was told why none is."""
    if event.number is not None:
        incident = draft.meant(event.number)
        if incident is None:
            draft.answer(event.actor, private.no_such_incident(event.number, event.actor))
            return None
        return [incident]
    mine = [i for i in draft.open_incidents() if _tracks_of(draft, i, event.actor)]
    if not mine:
        draft.answer(event.actor, private.nothing_open())
        return None
    if len(mine) > 1 and not event.everything:
        draft.answer(event.actor, private.which_one(mine, event.actor, draft.now))
        return None
    return mine


def _tracks_of(draft: Draft, incident: Incident, actor: Actor) -> list[Track]:
    teams = _teams_of(draft, actor.person, incident.number) if actor.person else ()
    return [track for track in incident.tracks if track.team in teams]


def _teams_of(draft: Draft, person: str, number: int | None = None) -> set[str]:
    """Their teams, and those that they were paged for when they stood in (None: in any incident).

    Who stood in when it began can say that they have it, also after their shift.
    """
    pages = [page for page in draft.pages.values() if number in (None, page.incident)]
    stood_in = paged_as_stand_in(pages, draft.scene.past_overrides, person)
    return {*draft.policy.teams_of(person), *stood_in}


def _acknowledge(draft: Draft, incident: Incident, actor: Actor, at: datetime) -> str:
    """Returns what the actor is told."""
    if not incident.open:
        return private.already_over(incident, actor, draft.policy, draft.now)
    mine = _tracks_of(draft, incident, actor)
    if not mine:
        return private.not_your_incident(incident, draft.policy)
    waiting = [track for track in mine if track.state is not TrackState.ACKNOWLEDGED]
    handed = may_take_over(draft, incident, mine, actor.person or "")
    if handed:
        incident = take_over(draft, incident, handed, actor, at)
    if handed and not waiting:
        return private.yours(incident, handed, actor, draft.policy)
    if not waiting:
        return private.already_acknowledged(incident, mine[0], actor, draft.policy)
    any_team = any_team_is_enough(incident, draft.policy)
    taken = {track.team for track in (incident.tracks if any_team else waiting)}
    tracks = tuple(
        _take(track, actor, at) if track.team in taken else track for track in incident.tracks
    )
    incident = draft.put_incident(replace(incident, tracks=tracks))
    only_inform_of_storm(draft, incident.number, taken, actor.person)
    cancel_waiting(draft, incident.number, frozenset(taken), "acknowledged")
    _write_down(draft, incident, actor, waiting)
    _remind_from_now(draft, draft.incidents[incident.number], any_team)
    return private.yours(draft.incidents[incident.number], waiting, actor, draft.policy)


def _take(track: Track, actor: Actor, at: datetime) -> Track:
    if track.state is TrackState.ACKNOWLEDGED:
        return track
    return replace(
        track,
        state=TrackState.ACKNOWLEDGED,
        by=actor.person,
        via=actor.via,
        at=at,
        next_at=None,
    )


def _write_down(draft: Draft, incident: Incident, actor: Actor, waiting: list[Track]) -> None:
    text = say.acknowledged(incident, waiting, actor, draft.policy)
    draft.reply(incident.number, text)
    draft.note(
        "acknowledged",
        draft.policy.name_of(actor.person),
        text,
        incident=incident.number,
        facts=(("via", actor.via), *(("team", track.team) for track in waiting)),
    )


def _remind_from_now(draft: Draft, incident: Incident, any_team: bool) -> None:
    """Whoever has it is reminded, also where another team never comes."""
    incident = draft.put_incident(
        replace(incident, remind_at=draft.now + REMIND_AFTER, reminders=0)
    )
    if incident.state is IncidentState.TRIGGERED and all_acknowledged(incident.tracks, any_team):
        draft.put_incident(
            replace(incident, state=IncidentState.ACKNOWLEDGED, acknowledged_at=draft.now)
        )


def escalated(draft: Draft, event: Escalated) -> None:
    """Somebody wants the next step now, for the teams that have not come (or one that has)."""
    actor, incident = event.actor, draft.meant(event.number)
    if actor.person is None:
        draft.answer(actor, private.stranger())
        return
    if incident is None:
        draft.answer(actor, private.no_such_incident(event.number, event.actor))
        return
    if not incident.open:
        draft.answer(actor, private.already_over(incident, actor, draft.policy, draft.now))
        return
    teams = _teams_to_escalate(draft, incident, event)
    if all(_just_escalated(draft, incident, team) for team in teams):
        draft.answer(actor, private.just_escalated(incident, teams, draft.policy))
        return
    text = say.escalated(teams, actor, draft.policy)
    draft.reply(incident.number, text)
    draft.note("escalated", draft.policy.name_of(actor.person), text, incident=incident.number)
    before = set(draft.pages)
    for team in teams:
        escalate_now(draft, incident.number, team, again=True)
    paged = {team: _paged(draft, incident.number, team, before) for team in teams}
    quiet_until = quiet_end(draft, draft.incidents[incident.number])
    draft.answer(actor, private.escalated(incident, paged, quiet_until, actor, draft.policy))


def _paged(draft: Draft, number: int, team: str, before: Collection[str]) -> tuple[str, ...]:
    """Whom the team's new pages go to, each once."""
    new = [page for page in draft.pages_of(number) if page.team == team and page.key not in before]
    return tuple(dict.fromkeys(page.person for page in new))


def _just_escalated(draft: Draft, incident: Incident, team: str) -> bool:
    """A double click, or two people at once, would jump over a step."""
    track = incident.track(team)
    since = draft.now - DOUBLE_CLICK
    return bool(track and track.round) and any(
        page.team == team and page.created_at > since for page in draft.pages_of(incident.number)
    )


def _teams_to_escalate(draft: Draft, incident: Incident, event: Escalated) -> tuple[str, ...]:
    """The named one; else those that have not come; else every team but the asker's own."""
    if event.team and incident.track(event.team):
        return (event.team,)
    waiting = tuple(track.team for track in incident.tracks if track.open)
    if waiting:
        return waiting
    own = draft.policy.teams_of(event.actor.person) if event.actor.person else ()
    others = tuple(track.team for track in incident.tracks if track.team not in own)
    return others or tuple(track.team for track in incident.tracks)
