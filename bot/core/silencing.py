"""Silences and maintenance windows that people ask for."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.draft import Draft
from bot.core.escalation import quiet_end
from bot.core.events import Actor, Silenced
from bot.core.incident import Incident, IncidentState, Track, TrackState
from bot.core.paging import cancel_waiting
from bot.core.signal import Silence
from bot.core.wording import private
from bot.core.wording import thread_replies as say

LONGEST = timedelta(days=7)


def silenced(draft: Draft, event: Silenced) -> None:
    """Nobody is paged for a while, for one incident's services, one service, or all."""
    actor = event.actor
    if actor.person is None:
        draft.answer(actor, private.stranger())
        return
    lasts = min(event.lasts, LONGEST)
    incident = draft.meant(event.number) if event.number is not None else None
    if event.number is not None and incident is None:
        draft.answer(actor, private.no_such_incident(event.number, event.actor))
        return
    if incident is not None and not incident.open:
        draft.answer(actor, private.already_over(incident, actor, draft.policy))
        return
    services = _services(event, incident)
    until = draft.now + lasts
    for service in services:
        draft.put_silence(
            Silence(
                id=draft.serial_key(silence_of(incident.number) if incident else "silence"),
                service=service,
                since=draft.now,
                until=until,
                reason=event.reason,
                by=actor.person,
                kind="maintenance" if event.maintenance else "silence",
            )
        )
    _hold_pages(draft, services)
    text = say.silenced(services, until, event, draft.policy)
    facts = (("until", until.isoformat()), ("reason", event.reason))
    write_down(draft, "silenced", actor, text, services, incident, facts)
    tell(draft, services, text)
    draft.answer(actor, private.silenced(services, until, incident, actor, draft.policy))


def silence_of(number: int) -> str:
    """What the ids of silences begin with that were asked for by an incident's number."""
    return f"silence-{number}"


def end_silences_of(draft: Draft, number: int) -> None:
    """It is over: a quiet that was asked for it must not hide the next outage."""
    for silence in list(draft.silences.values()):
        if silence.id.startswith(f"{silence_of(number)}:") and not silence.ended:
            draft.put_silence(replace(silence, ended=True))


def _services(event: Silenced, incident: Incident | None) -> tuple[str | None, ...]:
    if incident is not None:
        return incident.down() or (incident.service,)
    return (event.service,)


def _hold_pages(draft: Draft, services: tuple[str | None, ...]) -> None:
    """Pages that still wait are cancelled where all that is down is quiet; tracks go on after."""
    for incident in touched(draft, services):
        if quiet_end(draft, incident) is not None:
            cancel_waiting(draft, incident.number, None, "silenced")
            draft.put_incident(due_now(draft, draft.incidents[incident.number]))


def due_now(draft: Draft, incident: Incident) -> Incident:
    """What is due now finds the silence and waits for its end: one place decides.

    Still down then, everybody who has not come is paged, also where the policy had run to its
    end before; once every team has it, its owners are reminded.
    """
    tracks = tuple(_track_due_now(track, draft.now) for track in incident.tracks)
    remind_at = draft.now if incident.state is IncidentState.ACKNOWLEDGED else incident.remind_at
    return replace(incident, tracks=tracks, remind_at=remind_at)


def _track_due_now(track: Track, now: datetime) -> Track:
    if track.state is TrackState.EXHAUSTED:
        again = track.round + 1
        return Track(track.team, TrackState.PAGING, track.started_at, next_at=now, round=again)
    if track.open and track.next_at:
        return replace(track, next_at=now)
    return track


def tell(draft: Draft, services: tuple[str | None, ...], text: str) -> None:
    """In the threads of the incidents that it concerns, else in the channel."""
    concerned = touched(draft, services)
    for incident in concerned:
        draft.reply(incident.number, text)
    if not concerned:
        draft.post("incidents", text)


def write_down(
    draft: Draft,
    kind: str,
    actor: Actor,
    text: str,
    services: tuple[str | None, ...],
    incident: Incident | None,
    facts: tuple[tuple[str, str], ...] = (),
) -> None:
    """In the timeline of each open incident that it concerns, however it was asked for."""
    concerned: list[int | None] = [it.number for it in touched(draft, services)]
    by = draft.policy.name_of(actor.person)
    for number in concerned or [incident.number if incident else None]:
        draft.note(kind, by, text, incident=number, service=services[0], facts=facts)


def touched(draft: Draft, services: tuple[str | None, ...]) -> list[Incident]:
    """Open incidents that one of these (None: every service) is part of, oldest first."""
    return [
        incident
        for incident in draft.open_incidents()
        if any(service is None or incident.affects(service) for service in services)
    ]
