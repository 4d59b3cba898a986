"""Level, not edge: from what a service's signals say to an incident opened, joined or ended."""

from dataclasses import replace

from bot.core import alerts, joining, quiet, supporting, weighing
from bot.core.draft import Draft
from bot.core.escalation import (
    advance,
    advance_all,
    let_go,
    quiet_end,
    restart,
    start_tracks,
    steps_of,
)
from bot.core.events import OpenedByHand, SignalReported
from bot.core.incident import REOPEN_WITHIN, Affected, Incident, IncidentState
from bot.core.paging import take_back
from bot.core.policy import Service
from bot.core.resolving import resolve_recovered
from bot.core.signal import Level, Signal, from_alert, worst
from bot.core.wording import alerts as alerts_say
from bot.core.wording import joining as joining_say
from bot.core.wording import private
from bot.core.wording import thread_replies as say

BY_HAND = "hand"
"""The source of the signal that stands for somebody's word."""


def signal_reported(draft: Draft, event: SignalReported) -> None:
    """A check's verdict changed, or an alert fired or resolved."""
    old = draft.signals.get((event.service, event.signal))
    # What is dated after now was said before the clock was set back: it must not silence the rest.
    if old is not None and event.at < old.at <= draft.now:
        return
    new = alerts.continued(_signal(event), old)
    if not alerts.kept(draft, new, old):
        return
    draft.put_signal(new)
    was = old.level if old else Level.UP
    if was is not new.level:
        draft.note(
            "signal",
            "midwatch",
            say.signal_changed(new, was),
            service=event.service,
            incident=_number(draft, event.service),
        )
        _tell_degraded(draft, new, was)
        _tell_quiet(draft, new)
        _tell_another(draft, old, new)
    attend(draft, event.service, ended=alerts_say.over(new))


def opened_by_hand(draft: Draft, event: OpenedByHand) -> None:
    """Somebody says that a service is down: their word is a signal until somebody resolves it."""
    if event.actor.person is None:
        draft.answer(event.actor, private.stranger())
        return
    existing = draft.open_with(event.service)
    if existing:
        draft.reply(existing.number, say.also_reported(event, draft.policy))
        draft.answer(event.actor, private.already_open(existing))
        return
    name = draft.policy.name_of(event.actor.person)
    draft.put_signal(
        Signal(
            event.service,
            BY_HAND,
            BY_HAND,
            Level.DOWN,
            began_at=event.at,
            at=event.at,
            detail=f"{event.what} (reported by {name})" if event.what else f"reported by {name}",
            reason="opened_by_hand",
        )
    )
    attend(draft, event.service, opened_by=event.actor.person)
    opened = draft.open_with(event.service)
    draft.answer(event.actor, private.opened(opened, event.service, draft.policy))


def attend(draft: Draft, service_key: str, opened_by: str | None = None, ended: str = "") -> None:
    """Bring the incidents in line with what the service's signals say now.

    `ended`: how the signal ended that this is about, where that is worth saying.
    """
    service = draft.service(service_key)
    signal = worst(draft.signals_of(service_key))
    incident = draft.open_with(service_key)
    if signal is None:
        if incident:
            _up_again(draft, incident, service_key, ended)
        return
    if incident:
        _down_again(draft, incident, signal)
        return
    if service is None or _quiet(draft, service):
        return
    if joining.join(draft, service, signal):
        return
    earlier = draft.recently_resolved(service_key)
    if earlier:
        _reopen(draft, earlier, signal)
    else:
        _open(draft, service, signal, opened_by)


def looked_again(draft: Draft, services: tuple[str, ...]) -> None:
    """After a silence, a window, blindness or a resolve: what is down and unattended?"""
    for service in services:
        attend(draft, service)


def _signal(event: SignalReported) -> Signal:
    return Signal(
        service=event.service,
        name=event.signal,
        source=event.source,
        level=event.level,
        began_at=event.began_at,
        at=event.at,
        detail=event.detail,
        reason=event.reason,
        last_good_at=event.last_good_at,
        tries=event.tries,
        needed=event.needed,
        expires_at=event.expires_at if event.level is not Level.UP else None,
        links=event.links,
    )


def _number(draft: Draft, service: str) -> int | None:
    incident = draft.open_with(service)
    return incident.number if incident else None


def _tell_degraded(draft: Draft, signal: Signal, was: Level) -> None:
    """`degraded` posts to Slack and pages nobody."""
    if Level.DEGRADED not in (signal.level, was) or Level.DOWN in (signal.level, was):
        return
    text = say.degraded(signal)
    incident = draft.open_with(signal.service)
    if incident:
        draft.reply(incident.number, text)
    else:
        draft.post("incidents", text)


def _tell_quiet(draft: Draft, signal: Signal) -> None:
    """Down inside a quiet that somebody asked for: nobody is paged, and the channel knows.

    What goes down in planned maintenance is expected, and not said.
    """
    asked = [silence for silence in draft.silences.values() if silence.kind == "silence"]
    span = quiet.quiet_until(signal.service, asked, (), draft.now)
    if signal.level is Level.DOWN and span is not None and draft.open_with(signal.service) is None:
        draft.post("incidents", say.down_but_quiet(signal, span[0], draft.policy))


def _quiet(draft: Draft, service: Service) -> bool:
    """Silenced or in a window: noted, and looked at again when it ends.

    Blindness needs no rule here: failures without an answer are `unknown` then, and a service that
    does answer with an error is down, whatever the canaries say.
    """
    span = quiet.quiet_until(service.key, draft.silences.values(), draft.policy.windows, draft.now)
    return span is not None


def _open(draft: Draft, service: Service, signal: Signal, opened_by: str | None) -> None:
    number = draft.next_number()
    began = min(signal.began_at, draft.now)
    found = weighing.weigh(draft, service, began)
    teams = weighing.teams_to_page(draft, service, found)
    incident = Incident(
        number=number,
        state=IncidentState.TRIGGERED,
        services=(joining.affected(signal, began),),
        began_at=began,
        triggered_at=draft.now,
        tracks=(),
        link=found,
        opened_by=opened_by,
    )
    steps = steps_of(incident, draft.policy)
    draft.put_incident(replace(incident, tracks=start_tracks(draft, teams, steps)))
    supporting.began(draft, number)
    draft.note(
        "triggered",
        draft.policy.name_of(opened_by) if opened_by else "midwatch",
        say.triggered(draft.incidents[number], draft.policy),
        incident=number,
        service=service.key,
        deployment=found.named.deployment.id if found.named else None,
        facts=(("link", found.label.value), ("reason", found.reason)),
    )
    if not found.weighed:
        draft.reply(number, say.not_weighed())
        draft.note(
            "not_weighed", "midwatch", say.not_weighed(), incident=number, service=service.key
        )
    advance_all(draft, number)


def _down_again(draft: Draft, incident: Incident, signal: Signal) -> None:
    """A service of an open incident that had recovered is down once more.

    What held the teams back may not be true of it: a quiet of the others, or their flapping where
    it was up all that time.
    """
    part = incident.part(signal.service)
    if part.up_at is None:
        _say_what_is_down(draft, incident, part, signal)
        return
    again = draft.put_incident(incident.with_part(_anew(part, signal)))
    if joining_say.worth_a_reply(len(again.down())):
        draft.reply(incident.number, say.down_again(signal))
    service = draft.service(signal.service)
    was_up = draft.now - part.up_at >= REOPEN_WITHIN
    held = was_up or quiet_end(draft, incident) is not None
    if held and service is not None and not _quiet(draft, service):
        for team in let_go(draft, incident, service.teams):
            advance(draft, incident.number, team)


def _anew(part: Affected, signal: Signal) -> Affected:
    """Down once more, by this signal."""
    return replace(part, up_at=None, detail=signal.detail, links=signal.links, ended=None)


def _say_what_is_down(draft: Draft, incident: Incident, part: Affected, signal: Signal) -> None:
    """The thread's first message tells of a signal that is down, not of one that is over."""
    down = [it.detail for it in draft.signals_of(part.service) if it.level is Level.DOWN]
    if part.detail not in down:
        changed = replace(joining.affected(signal, part.began_at), told_at=part.told_at)
        draft.put_incident(incident.with_part(changed))


def _tell_another(draft: Draft, old: Signal | None, new: Signal) -> None:
    """What the incident was about is over, and the service still is not up.

    Not for each of many alerts of one name: the thread's first message shows one that fires.
    """
    incident, left = draft.open_with(new.service), worst(draft.signals_of(new.service))
    if incident is None or left is None or old is None or old.level is not Level.DOWN:
        return
    alike = from_alert(old.source) and from_alert(left.source) and old.title == left.title
    if incident.part(new.service).detail == old.detail and not alike:
        draft.reply(incident.number, alerts_say.another(new.service, old, left))


def _up_again(draft: Draft, incident: Incident, service: str, ended: str) -> None:
    part = incident.part(service)
    if part.up_at is not None:
        return
    incident = draft.put_incident(
        incident.with_part(replace(part, up_at=draft.now, ended=ended or None))
    )
    if incident.down():
        if joining_say.worth_a_reply(len(incident.down())):
            draft.reply(incident.number, joining_say.one_is_up(service, incident))
        joining.dependency_is_back(draft, incident, service)
        return
    resolve_recovered(draft, incident)


def _reopen(draft: Draft, incident: Incident, signal: Signal) -> None:
    """Down again within 15 minutes of recovery: the same incident, and both teams again."""
    again = replace(
        incident.with_part(_anew(incident.part(signal.service), signal)),
        state=IncidentState.TRIGGERED,
        resolved_at=None,
        resolved_by=None,
        acknowledged_at=None,
        again_at=min(signal.began_at, draft.now),
        reopened=incident.reopened + 1,
        reminders=0,
        remind_at=None,
        last_resort_at=None,
    )
    draft.put_incident(again)
    take_back(draft, incident.number, "resolved", "down again")
    text = say.reopened(signal, again)
    draft.reply(incident.number, text)
    draft.note(
        "reopened",
        "midwatch",
        text,
        incident=incident.number,
        service=signal.service,
    )
    weighing.weigh_anew(draft, incident.number)
    supporting.began(draft, incident.number)
    restart(draft, incident.number)
