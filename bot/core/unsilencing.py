"""A quiet that somebody ends before its time: what is down then is paged again at once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from bot.core import quiet
from bot.core.draft import Draft
from bot.core.escalation import advance_all
from bot.core.incident import REMIND_AFTER, REMIND_EVERY, Incident
from bot.core.quiet_events import SilenceEnded
from bot.core.signal import Silence
from bot.core.silencing import due_now, tell, touched, write_down
from bot.core.trigger import looked_again
from bot.core.wording import private, quiet_ended, quiets


def silence_ended(draft: Draft, event: SilenceEnded) -> None:
    """By its number, of one incident's services, of one service, or every one that is quiet now.

    What the configuration plans is not theirs to end; a quiet of every service ends only by itself,
    and not by the way of one of them.
    """
    actor = event.actor
    if actor.person is None:
        draft.answer(actor, private.stranger())
        return
    incident = draft.meant(event.number) if event.number is not None else None
    if event.number is not None and incident is None:
        draft.answer(actor, private.no_such_incident(event.number, actor))
        return
    ended = list(_chosen(draft, event, incident))
    if not ended:
        draft.answer(actor, _why_not(draft, event, incident))
        return
    for silence in ended:
        draft.put_silence(_over(silence, draft.now))
    services = tuple(dict.fromkeys(silence.service for silence in ended))
    begun = any(silence.since <= draft.now for silence in ended)
    text = quiet_ended.said(services, actor, draft.policy, begun)
    facts = (("quiet", ",".join(_numbers(ended))),)
    write_down(draft, "silence_ended", actor, text, services, incident, facts)
    tell(draft, services, text)
    draft.answer(actor, quiet_ended.answered(services, begun))
    _page_again(draft, services)


def _numbers(ended: list[Silence]) -> list[str]:
    return sorted({str(silence.number) for silence in ended if silence.number is not None})


def _over(silence: Silence, now: datetime) -> Silence:
    """What has not begun has nothing to tell of when it is over."""
    return replace(silence, ended=True, until=now, told_at=now if silence.since > now else None)


def _chosen(draft: Draft, event: SilenceEnded, incident: Incident | None) -> Iterator[Silence]:
    """By its own number also what has not begun; else only what is quiet now."""
    wanted = _services(event, incident)
    for silence in draft.silences.values():
        if silence.ended or silence.until <= draft.now:
            continue
        if event.quiet is not None:
            if silence.number == event.quiet:
                yield silence
        elif silence.since <= draft.now and (not wanted or silence.service in wanted):
            yield silence


def _services(event: SilenceEnded, incident: Incident | None) -> tuple[str, ...]:
    """None of them: all."""
    if incident is not None:
        return tuple(part.service for part in incident.services)
    return (event.service,) if event.service else ()


def _why_not(draft: Draft, event: SilenceEnded, incident: Incident | None) -> str:
    """Nothing is quiet there; or it is, by a wider silence or by what was planned."""
    if event.quiet is not None:
        return quiets.no_such_number(event.quiet)
    for service in _services(event, incident) or tuple(draft.policy.services):
        span = quiet.quiet_until(service, draft.silences.values(), draft.policy.windows, draft.now)
        if span is not None:
            return quiet_ended.not_by_this(service, span[0], event.actor, draft.policy)
    return quiet_ended.nothing_quiet(_services(event, incident))


def _reminder_of(incident: Incident, now: datetime) -> datetime | None:
    """When its next reminder would have come without the quiet: an early end brings none early."""
    came = [track.at for track in incident.tracks if track.at and not track.open]
    if incident.remind_at is None or not came:
        return incident.remind_at
    return max(now, max(came) + REMIND_AFTER + incident.reminders * REMIND_EVERY)


def _page_again(draft: Draft, services: tuple[str | None, ...]) -> None:
    for incident in touched(draft, services):
        loud = due_now(draft, incident)
        draft.put_incident(replace(loud, remind_at=_reminder_of(loud, draft.now)))
        advance_all(draft, incident.number)
    every = tuple(draft.policy.services) if None in services else ()
    looked_again(draft, tuple(service for service in services if service) + every)
