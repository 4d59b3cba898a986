"""When an incident is over: every service in it is up, or a person says so."""

from dataclasses import replace

from bot.core import recipients, supporting
from bot.core.draft import Draft
from bot.core.events import Actor, Resolved
from bot.core.incident import Incident, IncidentState, TrackState
from bot.core.informing import HANDOVER, inform_of
from bot.core.page import PageState, Urgency
from bot.core.paging import cancel_waiting, new_page, paged_people, take_back
from bot.core.signal import Level, Signal
from bot.core.silencing import end_silences_of
from bot.core.wording import private, texts
from bot.core.wording import thread_replies as say


def resolve_recovered(draft: Draft, incident: Incident) -> None:
    """Every service of it is up again."""
    _close(draft, incident, by=None)
    draft.reply(incident.number, say.recovered(draft.incidents[incident.number], draft.policy))
    _tell_those_who_were_paged(draft, incident.number, leave_out=None)


def resolved(draft: Draft, event: Resolved) -> None:
    """A person says that it is over. Refused while a check or an alert says it is down."""
    actor = event.actor
    incident = draft.meant(event.number)
    if actor.person is None:
        draft.answer(actor, private.stranger())
    elif incident is None:
        draft.answer(actor, private.no_such_incident(event.number, event.actor))
    elif not incident.open:
        draft.answer(actor, private.already_over(incident, actor, draft.policy, draft.now))
    elif _still_down(draft, incident):
        signal = _still_down(draft, incident)[0]
        draft.answer(actor, private.resolve_refused(incident, signal, actor))
    else:
        _resolve_by(draft, incident, actor)


def _still_down(draft: Draft, incident: Incident) -> list[Signal]:
    """Signals that only their source can mend. Of a service that is gone, no source can."""
    return [
        signal
        for part in incident.services
        if part.service in draft.policy.services
        for signal in draft.signals_of(part.service)
        if signal.level is Level.DOWN and signal.source != "hand"
    ]


def _resolve_by(draft: Draft, incident: Incident, actor: Actor) -> None:
    for part in incident.services:
        for signal in draft.signals_of(part.service):
            if signal.level is Level.DOWN:
                draft.put_signal(replace(signal, level=Level.UP, at=draft.now))
    parts = tuple(replace(part, up_at=part.up_at or draft.now) for part in incident.services)
    _close(draft, replace(incident, services=parts), by=actor.person)
    closed = draft.incidents[incident.number]
    draft.reply(incident.number, say.resolved_by(actor, draft.policy))
    draft.answer(actor, private.resolved(closed))
    _tell_those_who_were_paged(draft, incident.number, leave_out=actor.person)


def _close(draft: Draft, incident: Incident, by: str | None) -> None:
    tracks = tuple(
        replace(
            track,
            next_at=None,
            state=track.state if track.state is TrackState.ACKNOWLEDGED else TrackState.RESOLVED,
        )
        for track in incident.tracks
    )
    # What its last service left to an incident of its own was over before this moment.
    ups = [part.up_at for part in incident.services if part.up_at is not None]
    draft.put_incident(
        replace(
            incident,
            state=IncidentState.RESOLVED,
            tracks=tracks,
            resolved_at=max(ups, default=draft.now) if by is None else draft.now,
            resolved_by=by,
            remind_at=None,
            split_at=None,
        )
    )
    cancel_waiting(draft, incident.number, None, "resolved")
    take_back(draft, incident.number, HANDOVER, "resolved")
    end_silences_of(draft, incident.number)
    supporting.ended(draft, incident.number)
    draft.note(
        "resolved",
        draft.policy.name_of(by) if by else "midwatch",
        say.over(draft.incidents[incident.number], draft.policy),
        incident=incident.number,
        service=incident.service,
    )


def _tell_those_who_were_paged(draft: Draft, number: int, leave_out: str | None) -> None:
    """Nobody who was woken, or has it, should have to look up whether it is over."""
    incident = draft.incidents[number]
    told = paged_people(draft, number)
    told += _owners(incident, [person for person, _, _ in told])
    for person, team, channel in told:
        known = draft.policy.people.get(person)
        track = incident.track(team)
        if person == leave_out or known is None or track is None:
            continue
        for quiet in recipients.quietly(known, draft.unusable, channel):
            key = f"{number}-{team}-{track.round}-{person}-{quiet}"
            new_page(draft, key, incident, track, person, quiet, "resolved", Urgency.INFO)
    _tell_those_who_came_on(draft, incident, leave_out)


def _owners(incident: Incident, known: list[str]) -> list[tuple[str, str, str]]:
    """(person, team, channel) of whoever has it beside `known`: who was paged from memory, or came
    while it flaps, has no page of it.
    """
    owners = {it.by: (it.by, it.team, "sms") for it in incident.tracks if it.by is not None}
    return [owner for person, owner in owners.items() if person not in known]


def _tell_those_who_came_on(draft: Draft, incident: Incident, leave_out: str | None) -> None:
    """Whom a hand-over has reached, and no page: they were not woken, so this does not either."""
    pages = draft.pages_of(incident.number)
    paged = {person for person, _, _ in paged_people(draft, incident.number)}
    paged |= {track.by for track in incident.tracks if track.by is not None}
    for page in pages:
        told = page.reason == HANDOVER and page.state is not PageState.CANCELLED
        if not told or page.person in {*paged, leave_out}:
            continue
        paged.add(page.person)
        policy, track = draft.policy, incident.tracks[0]
        facts = texts.page_facts(incident, track, "resolved", page.person, policy, draft.now)
        key = f"{incident.number}-{page.team}-over-{track.round}"
        inform_of(draft, incident.number, key, page.person, page.team, facts)
