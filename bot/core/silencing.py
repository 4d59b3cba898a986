"""Silences and maintenance windows that people ask for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.draft import Draft
from bot.core.escalation import quiet_end
from bot.core.events import Actor
from bot.core.incident import Incident, Track, TrackState
from bot.core.paging import cancel_waiting
from bot.core.policy import Policy
from bot.core.quiet import QuietSpan, together
from bot.core.quiet_events import QuietBegun, Silenced, SilenceExtended
from bot.core.signal import Silence
from bot.core.wording import private
from bot.core.wording import quiets as say

LONGEST = timedelta(days=14)


def silenced(draft: Draft, event: Silenced) -> None:
    """Nobody is paged for a while, for one incident's services, some services, or all."""
    actor = event.actor
    incident = draft.meant(event.number) if event.number is not None else None
    refused = why_not(event, incident, draft.policy, draft.now)
    if refused is not None or actor.person is None:
        draft.answer(actor, refused or private.stranger())
        return
    made = _kept(draft, event, incident, actor.person)
    services = tuple(silence.service for silence in made)
    span = together(made)[0]
    if span.since <= draft.now:
        hold_pages(draft, services)
    text = say.announced(span, draft.policy, draft.now)
    write_down(draft, "silenced", actor, text, services, incident, facts_of(span))
    tell(draft, services, text)
    draft.answer(actor, say.answered(span, incident, actor, draft.policy, draft.now))


def why_not(
    event: Silenced, incident: Incident | None, policy: Policy, now: datetime
) -> str | None:
    """Why it is refused, in words for the one who asked; None when it is not."""
    if event.actor.person is None:
        return private.stranger()
    if event.number is not None and incident is None:
        return private.no_such_incident(event.number, event.actor)
    if incident is not None and not incident.open:
        return private.already_over(incident, event.actor, policy, now)
    unknown = next((key for key in event.named if key not in policy.services), None)
    if unknown is not None:
        return private.unknown_service(unknown, policy)
    if event.maintenance and not event.reason.strip():
        return say.no_reason(event)
    since, until = _span(event, now)
    if event.lasts <= timedelta():
        return say.ends_before_it_begins()
    if until <= now:
        return say.is_past()
    return say.too_long(LONGEST) if until - since > LONGEST else None


def extended(draft: Draft, event: SilenceExtended) -> None:
    """It ends later. What waits for its end finds the new one by itself."""
    actor = event.actor
    mine = _of_number(draft, event.quiet)
    refused = why_not_extended(event, mine, draft.policy, draft.now)
    if refused is not None or actor.person is None:
        draft.answer(actor, refused or private.stranger())
        return
    longer = [replace(item, until=item.until + event.by) for item in mine]
    for silence in longer:
        draft.put_silence(silence)
    span, services = together(longer)[0], tuple(item.service for item in longer)
    text = say.extended(span, actor, draft.policy)
    of = draft.by_number(span.incident) if span.incident is not None else None
    write_down(draft, "silence_extended", actor, text, services, of, facts_of(span))
    tell(draft, services, text)
    draft.answer(actor, say.answered_extending(span, actor, draft.policy, draft.now))


def why_not_extended(
    event: SilenceExtended, mine: Sequence[Silence], policy: Policy, now: datetime
) -> str | None:
    """Why it is refused, in words for the one who asked; None when it is not."""
    if event.actor.person not in policy.people:
        return private.stranger()
    if not mine:
        return say.no_such_number(event.quiet)
    if event.by <= timedelta():
        return say.ends_before_it_begins()
    (span,) = together(mine)
    left = span.until + event.by - max(span.since, now)
    return say.too_long(LONGEST) if left > LONGEST else None


def facts_of(span: QuietSpan) -> tuple[tuple[str, str], ...]:
    """What an auditor compares."""
    return (
        ("quiet", str(span.number or "")),
        ("services", ",".join(span.services) or "all"),
        ("since", span.since.isoformat()),
        ("until", span.until.isoformat()),
        ("reason", span.reason),
    )


def quiet_begun(draft: Draft, event: QuietBegun) -> None:
    """What was planned begins: nobody is paged any more for what went down before."""
    hold_pages(draft, event.services or (None,))


def _kept(draft: Draft, event: Silenced, incident: Incident | None, person: str) -> list[Silence]:
    since, until = _span(event, draft.now)
    number = draft.next_quiet()
    made = [
        Silence(
            id=draft.serial_key(silence_of(incident.number) if incident else "silence"),
            service=service,
            since=since,
            until=until,
            reason=event.reason,
            by=person,
            kind="maintenance" if event.maintenance else "silence",
            number=number,
            asked_at=draft.now,
        )
        for service in _services(event, incident)
    ]
    for silence in made:
        draft.put_silence(silence)
    return made


def _span(event: Silenced, now: datetime) -> tuple[datetime, datetime]:
    """From when until when (exclusive): what lies in the past of it is past."""
    if event.since is None:
        return now, now + event.lasts
    return max(event.since, now), event.since + event.lasts


def _of_number(draft: Draft, number: int) -> list[Silence]:
    """The silences of that number that are not over."""
    return [
        item
        for item in draft.silences.values()
        if item.number == number and not item.ended and item.until > draft.now
    ]


def silence_of(number: int) -> str:
    """What the ids of silences begin with that were asked for by an incident's number."""
    return f"silence-{number}"


def end_silences_of(draft: Draft, number: int) -> None:
    """It is over: a quiet that was asked for it must not hide the next outage."""
    for silence in list(draft.silences.values()):
        if silence.id.startswith(f"{silence_of(number)}:") and not silence.ended:
            over = replace(silence, ended=True, until=draft.now, told_at=draft.now)
            draft.put_silence(over)


def _services(event: Silenced, incident: Incident | None) -> tuple[str | None, ...]:
    if incident is not None:
        return incident.down() or (incident.service,)
    return event.named or (None,)


def hold_pages(draft: Draft, services: tuple[str | None, ...]) -> None:
    """Pages that still wait are cancelled where all that is down is quiet; tracks go on after."""
    for incident in touched(draft, services):
        if quiet_end(draft, incident) is not None:
            cancel_waiting(draft, incident.number, None, "silenced")
            draft.put_incident(due_now(draft, draft.incidents[incident.number]))


def due_now(draft: Draft, incident: Incident) -> Incident:
    """What is due now finds the silence and waits for its end: one place decides.

    Still down then, everybody who has not come is paged, also where the policy had run to its
    end before; those who have it are reminded.
    """
    tracks = tuple(_track_due_now(track, draft.now) for track in incident.tracks)
    remind_at = draft.now if incident.remind_at is not None else None
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
