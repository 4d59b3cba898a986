"""The joint follow-up of a deploy-caused incident: every team says what will keep it from
happening again. Asked when people decide that a deployment was the cause, reminded of twice,
withdrawn when they decide otherwise.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.core import recipients, supporting
from bot.core.draft import Draft
from bot.core.follow_up import CUSTOMERS_AT_MOST, REMIND_AFTER, TEXT_AT_MOST, FollowUp
from bot.core.follow_up_events import FollowUpAnswered
from bot.core.incident import Incident
from bot.core.policy import Policy
from bot.core.wording import follow_ups as say
from bot.core.wording import private
from bot.core.wording.outside import several_lines


def cause_changed(draft: Draft, number: int) -> None:
    """People decided about the cause: the teams are asked, or what they were asked is withdrawn."""
    incident = draft.incidents[number]
    if incident.cause is not None and incident.cause.kind == "deployment":
        _ask(draft, incident)
    else:
        _withdraw(draft, incident)


def of_both(one: Incident, two: Incident) -> tuple[FollowUp, ...]:
    """Of incidents that turn out to be one: what a team has answered to either stands."""
    parts = {it.team: it for it in one.follow_ups}
    for theirs in two.follow_ups:
        mine = parts.get(theirs.team)
        if mine is None or (mine.at is None and theirs.at is not None):
            parts[theirs.team] = theirs
    return tuple(parts.values())


def left(merged: Incident, now: datetime) -> tuple[FollowUp, ...]:
    """Of the one that is part of another from now on: nobody is asked there any more."""
    return tuple(
        replace(it, withdrawn_at=it.withdrawn_at or now, remind_at=None) for it in merged.follow_ups
    )


def joined(draft: Draft, number: int) -> None:
    """Another incident became part of this one: teams that came with it are asked as well."""
    incident = draft.incidents[number]
    if incident.cause is not None and incident.cause.kind == "deployment":
        _ask(draft, incident)


def _ask(draft: Draft, incident: Incident) -> None:
    before = {it.team: it for it in incident.follow_ups}
    asked = {team: _asked(before.get(team), team, draft.now) for team in _teams(draft, incident)}
    after = before | asked
    if after == before:
        return
    incident = draft.put_incident(replace(incident, follow_ups=tuple(after.values())))
    waiting = tuple(it.team for it in incident.follow_ups if it.waiting)
    if not waiting:
        return
    draft.reply(incident.number, say.asked(incident, waiting, draft.policy))
    text = say.asked_in_short(waiting, draft.policy)
    _note(draft, "follow_up_asked", "midwatch", text, incident, (("teams", " ".join(waiting)),))


def _asked(before: FollowUp | None, team: str, now: datetime) -> FollowUp:
    """Asked now; one that is being asked stays, and reminders that went out count for ever."""
    if before is None:
        return FollowUp(team, now, remind_at=now + REMIND_AFTER[0])
    if before.asked:
        return before
    left = REMIND_AFTER[before.reminders :]
    remind_at = now + left[0] if left and before.at is None else None
    return replace(before, asked_at=now, withdrawn_at=None, remind_at=remind_at)


def _teams(draft: Draft, incident: Incident) -> tuple[str, ...]:
    """Those that were paged, and those of the service whose deployment it was."""
    id_ = incident.cause.deployment if incident.cause else None
    weighed = {it.deployment.id: it.deployment for it in incident.link.candidates}
    deployment = draft.deployments.get(id_ or "") or weighed.get(id_ or "")
    shipped = draft.policy.services.get(deployment.service) if deployment else None
    teams = [*(track.team for track in incident.tracks), *(shipped.teams if shipped else ())]
    return tuple(dict.fromkeys(team for team in teams if team in draft.policy.teams))


def _withdraw(draft: Draft, incident: Incident) -> None:
    if not any(it.asked for it in incident.follow_ups):
        return
    parts = tuple(
        replace(it, withdrawn_at=draft.now, remind_at=None) if it.asked else it
        for it in incident.follow_ups
    )
    incident = draft.put_incident(replace(incident, follow_ups=parts))
    text = say.withdrawn(incident)
    draft.reply(incident.number, text)
    _note(draft, "follow_up_withdrawn", "midwatch", text, incident)


def answered(draft: Draft, event: FollowUpAnswered) -> None:
    """A team's answer, or another one in its place."""
    actor, incident = event.actor, draft.by_number(event.number)
    if incident is None and actor.person is not None:
        draft.answer(actor, private.no_such_incident(event.number, actor))
        return
    refused = why_not(event, incident, draft.policy) if incident else private.stranger()
    if refused is not None or incident is None or actor.person is None:
        draft.answer(actor, refused or private.stranger())
        return
    before = _part(event, incident, draft.policy)
    assert before is not None
    text = several_lines(event.text, TEXT_AT_MOST)
    customers = several_lines(event.customers, CUSTOMERS_AT_MOST)
    if before.at is not None and (before.text, before.customers) == (text, customers):
        draft.answer(actor, say.stands(incident))
        return
    part = replace(
        before, by=actor.person, at=event.at, text=text, customers=customers, remind_at=None
    )
    parts = tuple(part if it.team == part.team else it for it in incident.follow_ups)
    incident = draft.put_incident(replace(incident, follow_ups=parts))
    changed = before.at is not None
    draft.reply(incident.number, say.answered(incident, part, draft.policy, changed=changed))
    facts = (
        ("team", part.team),
        ("text", text),
        ("customers", customers),
        ("text_before", before.text),
        ("customers_before", before.customers),
    )
    by = draft.policy.name_of(actor.person)
    told = say.answered_in_short(part, draft.policy, changed=changed)
    _note(draft, "follow_up_answered", by, told, incident, facts)
    if customers != before.customers:
        supporting.noticed(draft, incident.number, customers)
    draft.answer(actor, say.noted(incident, part, draft.policy))


def why_not(event: FollowUpAnswered, incident: Incident, policy: Policy) -> str | None:
    """Why this answer is refused, in words for the one who gave it; None when it is not."""
    person = event.actor.person
    if person is None or person not in policy.people:
        return private.stranger()
    if not any(it.asked for it in incident.follow_ups):
        return say.not_asked(incident)
    if _part(event, incident, policy) is None:
        mine = may_answer(incident, person, policy)
        return say.which_team(incident, mine, event.team, policy)
    if not several_lines(event.text, TEXT_AT_MOST):
        return say.nothing_said()
    for text, limit in ((event.text, TEXT_AT_MOST), (event.customers, CUSTOMERS_AT_MOST)):
        if len(several_lines(text, limit + 1)) > limit:
            return say.too_long(limit)
    return None


def may_answer(incident: Incident, person: str, policy: Policy) -> tuple[str, ...]:
    """The asked teams that this person may answer for: their own; an admin for each."""
    known = policy.people.get(person)
    own = policy.teams_of(person)
    admin = known is not None and known.admin
    return tuple(it.team for it in incident.follow_ups if it.asked and (admin or it.team in own))


def _part(event: FollowUpAnswered, incident: Incident, policy: Policy) -> FollowUp | None:
    """What is answered; None when it is not this person's, or not clear which."""
    mine = may_answer(incident, event.actor.person or "", policy)
    wanted = _named(event.team, mine, policy) if event.team is not None else mine
    parts = [it for it in incident.follow_ups if it.team in wanted]
    return parts[0] if len(parts) == 1 else None


def _named(name: str, among: Iterable[str], policy: Policy) -> tuple[str, ...]:
    """The team of that key or name, as people type it."""
    typed = name.strip().casefold()
    return tuple(
        key for key in among if typed in (key.casefold(), policy.team_name(key).casefold())
    )


def remind(draft: Draft, number: int) -> None:
    """Teams that have not answered after a day, and after three. While it is down nobody is."""
    incident = draft.incidents[number]
    due = [
        it for it in incident.follow_ups if it.remind_at is not None and it.remind_at <= draft.now
    ]
    if not due:
        return
    told = [] if incident.open else [it for it in due if it.team in draft.policy.teams]
    parts = tuple(
        _reminded(it, draft.now, said=it in told) if it in due else it for it in incident.follow_ups
    )
    incident = draft.put_incident(replace(incident, follow_ups=parts))
    if not told:
        return
    owners = {it.team: _owners(draft, incident, it.team) for it in told}
    draft.reply(number, say.reminded(incident, owners, draft.policy))
    text = say.reminded_in_short(owners, draft.policy)
    _note(draft, "follow_up_reminded", "midwatch", text, incident)


def _reminded(part: FollowUp, now: datetime, *, said: bool) -> FollowUp:
    if not said:
        return replace(part, remind_at=now + REMIND_AFTER[0])
    count = part.reminders + 1
    left = REMIND_AFTER[count:]
    following = max(part.asked_at + left[0], now + REMIND_AFTER[0]) if left else None
    return replace(part, reminders=count, remind_at=following)


def _owners(draft: Draft, incident: Incident, team: str) -> tuple[str, ...]:
    """Who had it for that team; where nobody did, whoever is on call for it now."""
    track = incident.track(team)
    if track is not None and track.by in draft.policy.people:
        return (track.by or "",)
    return recipients.on_call(draft.policy.teams[team], draft.policy, draft.now)


def _note(
    draft: Draft,
    kind: str,
    by: str,
    text: str,
    incident: Incident,
    facts: tuple[tuple[str, str], ...] = (),
) -> None:
    draft.note(kind, by, text, incident=incident.number, service=incident.service, facts=facts)
