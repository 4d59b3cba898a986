"""Outages that belong together: what depends on something that is down, and storms.

A service whose dependency is down joins the dependency's incident; one that went down up to two
minutes before its dependency is taken over by it. More than `storm` services that go down within a
minute become one incident, the first of them.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core import following_up, supporting
from bot.core.draft import Draft
from bot.core.escalation import advance, let_go, quiet_end
from bot.core.incident import Affected, Incident
from bot.core.merging import merge, reword, tell_of_storm
from bot.core.policy import Policy, Service
from bot.core.signal import Signal
from bot.core.weighing import add_teams, teams_to_page, weigh
from bot.core.wording import joining as say

TAKEN_OVER_WITHIN = timedelta(minutes=2)
"""A dependency that goes down this long after its dependent was the reason all the same."""
STORM_WITHIN = timedelta(minutes=1)
STORM_AT_MOST = timedelta(minutes=15)
"""So long after its beginning a storm takes in no more, though they keep falling."""
WEIGH_AFTER = timedelta(seconds=5)
"""The deployments are weighed over all services once those of the moment have joined."""
GIVES_UP_AFTER = timedelta(minutes=2)
"""A service that is still down so long after its dependency is back is an outage of its own."""


def affected(signal: Signal, began: datetime) -> Affected:
    """A service as part of an incident."""
    return Affected(
        service=signal.service,
        began_at=began,
        detail=signal.detail,
        last_good_at=signal.last_good_at,
        tries=signal.tries,
        needed=signal.needed,
        links=signal.links,
    )


def above(policy: Policy, service: str) -> tuple[str, ...]:
    """All that `service` depends on, directly or through others, the nearest first."""
    found: dict[str, None] = {}
    waiting = [service]
    for key in waiting:
        known = policy.services.get(key)
        for of in known.depends_on if known else ():
            if of not in found and of != service:
                found[of] = None
                waiting.append(of)
    return tuple(found)


def below(policy: Policy, service: str) -> tuple[str, ...]:
    """All that depend on `service`, directly or through others."""
    users: dict[str, list[str]] = {}
    for user, known in policy.services.items():
        for of in known.depends_on:
            users.setdefault(of, []).append(user)
    found: dict[str, None] = {}
    waiting = [service]
    for key in waiting:
        for user in users.get(key, ()):
            if user not in found and user != service:
                found[user] = None
                waiting.append(user)
    return tuple(found)


def join(draft: Draft, service: Service, signal: Signal) -> bool:
    """Into the incident that this outage belongs to; False: it belongs to none."""
    began = min(signal.began_at, draft.now)
    for dependency in above(draft.policy, service.key):
        incident = draft.open_with(dependency)
        if incident is not None and incident.part(dependency).up_at is None:
            _add(draft, incident, service, signal, say.depends(signal, dependency))
            return True
    taken = list(_dependents(draft, service.key, began))
    if taken:
        _take_over(draft, taken, service, signal)
        return True
    return _storm(draft, service, signal)


def dependency_is_back(draft: Draft, incident: Incident, service: str) -> None:
    """What depends on it gets a little time to come back too."""
    if incident.storm_at is not None or incident.split_at is not None:
        return
    if any(service in above(draft.policy, key) for key in incident.down()):
        draft.put_incident(replace(incident, split_at=draft.now + GIVES_UP_AFTER))


def stays_down(policy: Policy, incident: Incident) -> dict[str, str]:
    """Services that are down although all in the incident that they depend on is up again.

    Each with the nearest of those dependencies.
    """
    down, found = incident.down(), {}
    for key in down:
        inside = [of for of in above(policy, key) if incident.affects(of)]
        if inside and not any(of in down for of in inside):
            found[key] = inside[0]
    return found


def _dependents(draft: Draft, service: str, began: datetime) -> Iterator[Incident]:
    """Open incidents of what depends on the service, and went down at most so long before it."""
    users = set(below(draft.policy, service))
    for incident in draft.open_incidents() if users else ():
        if any(
            began <= part.began_at + TAKEN_OVER_WITHIN and part.up_at is None
            for part in incident.services
            if part.service in users
        ):
            yield incident


def _take_over(draft: Draft, taken: list[Incident], service: Service, signal: Signal) -> None:
    """The dependency comes first from now on; one incident remains."""
    first, *others = taken
    text = say.takes_over(signal)
    for other in others:
        merge(draft, first.number, other.number, text)
    found = weigh(draft, service, min(signal.began_at, draft.now))
    incident = draft.incidents[first.number]
    stronger = (found.odds or 0.0) >= (incident.link.odds or 0.0)
    if stronger and incident.cause is None:
        # Else what was suspected of the others stays until all are weighed together, and what
        # people decided stays for good.
        incident = draft.put_incident(replace(incident, link=found))
    _add(draft, incident, service, signal, text, leads=True)


def _blows(incident: Incident, since: datetime, began: datetime) -> bool:
    """Whether it is a storm that still grows, or that the service was silenced in meanwhile.

    What goes down much later is paged by itself, or it would be lost in what people have already.
    """
    last = incident.storm_at
    if last is None or began > incident.triggered_at + STORM_AT_MOST:
        return False
    return last >= since or incident.began_at - STORM_WITHIN <= began <= last


def _storm(draft: Draft, service: Service, signal: Signal) -> bool:
    since = draft.now - STORM_WITHIN
    for incident in draft.open_incidents():
        if _blows(incident, since, signal.began_at):
            text = say.blows(signal, len(incident.down()) + 1)
            _add(draft, incident, service, signal, text, storm=True)
            return True
    recent = [
        incident
        for incident in draft.open_incidents()
        if incident.opened_at >= since and quiet_end(draft, incident) is None
    ]
    count = sum(len(incident.down()) for incident in recent) + 1
    if count <= draft.policy.storm:
        return False
    first, *others = recent
    text = say.storm(count)
    for other in others:
        merge(draft, first.number, other.number, text)
    _add(draft, draft.incidents[first.number], service, signal, text, storm=True)
    tell_of_storm(draft, first.number)
    supporting.grew(draft, first.number)
    return True


def _add(
    draft: Draft,
    incident: Incident,
    service: Service,
    signal: Signal,
    text: str,
    *,
    leads: bool = False,
    storm: bool = False,
) -> None:
    part = affected(signal, min(signal.began_at, draft.now))
    number = incident.number
    changed = replace(
        incident,
        services=(part, *incident.services) if leads else (*incident.services, part),
        began_at=min(incident.began_at, part.began_at),
        weigh_at=incident.weigh_at or draft.now + WEIGH_AFTER,
        storm_at=draft.now if storm else incident.storm_at,
    )
    draft.put_incident(changed)
    if say.worth_a_reply(len(changed.down())):
        draft.reply(number, text)
    draft.note("joined", "midwatch", text, incident=number, service=service.key)
    supporting.joined(draft, number)
    teams = teams_to_page(draft, service, changed.link) if leads else service.teams
    known = tuple(team for team in teams if team in draft.policy.teams)
    for team in (*let_go(draft, incident, known), *add_teams(draft, number, known)):
        advance(draft, number, team)
    following_up.joined(draft, number)
    reword(draft, number)
