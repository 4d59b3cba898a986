"""A shift ends while its outage goes on: whoever is on call now is told, and may take it over.

This informs and pages nobody: the one who acknowledged still has it, until another one says so.
From then on, and before it, the reminders of an outage that lasts go to both.
"""

from dataclasses import replace
from datetime import datetime

from bot.core.actor import Actor
from bot.core.draft import Draft
from bot.core.incident import Incident, Track, TrackState
from bot.core.informing import HANDOVER, inform_of
from bot.core.page import PageState
from bot.core.paging import replace_track, take_back
from bot.core.policy import Team
from bot.core.spans import Lasting
from bot.core.wording import duties as say


def hand_over(
    draft: Draft, team: Team, people: tuple[str, ...], before: tuple[str, ...], span: Lasting
) -> None:
    """Of every open outage that somebody has who was on call before and is not now."""
    for incident in draft.open_incidents():
        track = incident.track(team.key)
        if track is None or track.state is not TrackState.ACKNOWLEDGED or track.by is None:
            continue
        if track.by in before and track.by not in people:
            _hand_over(draft, incident, track, team, people, span)


def _hand_over(
    draft: Draft,
    incident: Incident,
    track: Track,
    team: Team,
    people: tuple[str, ...],
    span: Lasting,
) -> None:
    owner, ended = track.by or "", span.start or draft.now
    if people and set(people) <= set(handed_to(draft, incident, track)):
        return  # a configuration that goes back and forth
    told = []
    for person in people:
        facts = say.handed_over(incident, team, owner, ended, draft.policy, person)
        key = f"{incident.number}-{team.key}-handover-{int(draft.now.timestamp())}"
        if inform_of(draft, incident.number, key, person, team.key, facts):
            told.append(person)
    text = say.handed_over_in_thread(owner, told, people, ended, draft.policy)
    draft.reply(incident.number, text)
    facts_of = (("team", team.key), ("from", owner), ("to", " ".join(people)))
    draft.note("handed_over", "midwatch", text, incident=incident.number, facts=facts_of)


def handed_to(draft: Draft, incident: Incident, track: Track) -> tuple[str, ...]:
    """Who was told that it is theirs to take over, since whoever has it for the team took it."""
    told = [
        page.person
        for page in draft.pages_of(incident.number)
        if page.reason == HANDOVER
        and page.team == track.team
        and page.state is not PageState.CANCELLED
        and track.at is not None
        and page.created_at >= track.at
    ]
    return tuple(dict.fromkeys(person for person in told if person != track.by))


def may_take_over(draft: Draft, incident: Incident, tracks: list[Track], who: str) -> list[Track]:
    """Those of the tracks that were handed over to this person."""
    return [
        track
        for track in tracks
        if track.state is TrackState.ACKNOWLEDGED and who in handed_to(draft, incident, track)
    ]


def take_over(
    draft: Draft, incident: Incident, tracks: list[Track], actor: Actor, at: datetime
) -> Incident:
    """They have it now, in the place of whoever had it."""
    who = actor.person or ""
    owners = list(dict.fromkeys(track.by or "" for track in tracks))
    for track in tracks:
        mine = replace(track, by=who, via=actor.via, at=at)
        incident = replace_track(incident, mine)
    incident = draft.put_incident(incident)
    text = say.taken_over(who, owners, [track.team for track in tracks], draft.policy)
    draft.reply(incident.number, text)
    facts = (("via", actor.via), *(("team", track.team) for track in tracks))
    draft.note("taken_over", draft.policy.name_of(who), text, incident=incident.number, facts=facts)
    take_back(draft, incident.number, HANDOVER, "taken over")
    return incident
