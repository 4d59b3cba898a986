"""Linking an incident to its deployment: at trigger time, and again when a late report comes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.core import recipients
from bot.core.draft import Draft
from bot.core.escalation import advance, start_tracks, steps_of
from bot.core.incident import Incident, IncidentState
from bot.core.informing import HANDOVER
from bot.core.link import NOT_WEIGHED, Label, Link, link_storm, relink_changed
from bot.core.page import Urgency
from bot.core.paging import new_page
from bot.core.policy import Service
from bot.core.rules_of import any_team_is_enough
from bot.core.suspects import Outage
from bot.core.wording import thread_replies as say


def weigh(draft: Draft, service: Service, began_at: datetime) -> Link:
    """Which deployment is suspected of an incident that began then.

    Only deployments of the service's environment and of what it directly depends on count.
    """
    return _weighed_over(draft, [(service, began_at)])


def _weighed_over(draft: Draft, down: Sequence[tuple[Service, datetime]]) -> Link:
    """The link of services that went down together; the first one is in the title."""
    if not draft.weighs:
        return NOT_WEIGHED
    known = {key for service, _ in down for key in (service.key, *service.depends_on)}
    return link_storm(
        [_outage(draft, service, began) for service, began in down],
        [item for item in draft.deployments.values() if item.service in known],
        environment=lambda key: _environment(draft, key),
        decided=draft.scene.decided,
        guilty=draft.scene.guilty,
    )


def _outage(draft: Draft, service: Service, began_at: datetime) -> Outage:
    seen = draft.scene.first_seen
    return Outage(
        service=service.key,
        began_at=began_at,
        depends_on=frozenset(service.depends_on),
        first_seen=seen.get(service.key),
        window=service.suspect_window,
        dependencies_seen=min((seen[of] for of in service.depends_on if of in seen), default=None),
    )


def _environment(draft: Draft, service: str) -> str:
    known = draft.service(service)
    return known.environment if known else "production"


def teams_to_page(draft: Draft, service: Service, found: Link) -> tuple[str, ...]:
    """The service's teams, and those of the service whose deployment is suspected."""
    teams = list(service.teams)
    suspect = found.named.deployment.service if found.named else service.key
    if found.label is Label.SUSPECTED and suspect != service.key:
        other = draft.policy.services.get(suspect)
        teams += [team for team in (other.teams if other else ()) if team not in teams]
    return tuple(team for team in teams if team in draft.policy.teams)


def weigh_again(draft: Draft, service: str) -> None:
    """A deployment of `service` became known, or changed: look at the incidents it may concern."""
    if not draft.weighs:
        draft.note("not_weighed", "midwatch", say.not_weighed(), service=service)
        return
    for incident in list(draft.incidents.values()):
        if incident.merged_into is None and incident.cause is None and not incident.imported:
            _weigh_incident_again(draft, incident, service)


def _weigh_incident_again(draft: Draft, incident: Incident, deployed: str) -> None:
    if len(incident.services) > 1:
        if incident.open and any(
            _concerns(draft, it.service, deployed) for it in incident.services
        ):
            # Not all that it takes is known here: `weigh_due` looks at every service of it.
            draft.put_incident(replace(incident, weigh_at=incident.weigh_at or draft.now))
        return
    service = draft.service(incident.service)
    if service is None or not _concerns(draft, service.key, deployed):
        return
    _take(draft, incident, weigh(draft, service, incident.down_since))


def _concerns(draft: Draft, service: str, deployed: str) -> bool:
    known = draft.service(service)
    return known is not None and deployed in (known.key, *known.depends_on)


def weigh_due(draft: Draft, number: int) -> None:
    """Several services are down together: every deployment is weighed over all of them."""
    incident = draft.incidents.get(number)
    if incident is None or incident.weigh_at is None or incident.weigh_at > draft.now:
        return
    incident = draft.put_incident(replace(incident, weigh_at=None))
    down = [
        (service, max(part.began_at, incident.down_since))
        for part in incident.services
        if (service := draft.service(part.service)) is not None
    ]
    if down and incident.cause is None and incident.open and draft.weighs:
        _take(draft, incident, _weighed_over(draft, down))


def _take(draft: Draft, incident: Incident, found: Link) -> None:
    """The incident's new link, and what is said of it."""
    if found == incident.link:
        return
    worth_saying, rose = relink_changed(incident.link, found)
    old = incident.link
    draft.put_incident(replace(draft.incidents[incident.number], link=found))
    if not worth_saying:
        return
    text = say.weighed_again(old, found)
    draft.reply(incident.number, text)
    draft.note(
        "weighed_again",
        "midwatch",
        text,
        incident=incident.number,
        deployment=found.named.deployment.id if found.named else None,
        facts=(("from", old.label.value), ("to", found.label.value), ("reason", found.reason)),
    )
    if rose and incident.state is not IncidentState.RESOLVED:
        _text_once(draft, incident.number)
        _join_teams(draft, incident.number, _suspects_teams(draft, incident, found))


def _suspects_teams(draft: Draft, incident: Incident, found: Link) -> tuple[str, ...]:
    """Of the service that the suspected deployment belongs to, if it is not one of those down."""
    suspect = draft.service(found.named.deployment.service) if found.named else None
    first = draft.service(incident.service)
    if first is None or suspect is None or incident.affects(suspect.key):
        return first.teams if first is not None else ()
    return teams_to_page(draft, first, found)


def weigh_anew(draft: Draft, number: int) -> None:
    """A reopened incident began anew: what was rolled out since may have brought it down again.

    Teams that own it now join it, and are paged with the others. What people have decided stays.
    """
    incident = draft.incidents[number]
    service = draft.service(incident.service)
    if service is None or incident.cause is not None or not draft.weighs:
        return
    found, old = weigh(draft, service, incident.down_since), incident.link
    draft.put_incident(replace(incident, link=found))
    if _named(found) != _named(old):
        draft.reply(number, say.weighed_again(old, found))
    add_teams(draft, number, teams_to_page(draft, service, found))


def _named(found: Link) -> str | None:
    return found.named.deployment.id if found.named else None


def _text_once(draft: Draft, number: int) -> None:
    """One text when the label rises to suspected, to those who were paged."""
    incident = draft.incidents[number]
    pages = [page for page in draft.pages_of(number) if page.reason != HANDOVER]
    told = {page.person for page in pages if page.reason == "weighed"}
    for person in dict.fromkeys(page.person for page in pages):
        known = draft.policy.people.get(person)
        if known is None or person in told:
            continue
        if "sms" not in recipients.channels_of(known, draft.unusable):
            continue
        page = next(page for page in pages if page.person == person)
        track = incident.track(page.team)
        if track is not None:
            key = f"{number}-{track.team}-{track.round}-{person}-sms"
            new_page(draft, key, incident, track, person, "sms", "weighed", Urgency.INFO)


def _join_teams(draft: Draft, number: int, teams: tuple[str, ...]) -> None:
    """Joint ownership must reach those who shipped it."""
    for team in add_teams(draft, number, teams):
        advance(draft, number, team)


def add_teams(draft: Draft, number: int, teams: tuple[str, ...]) -> tuple[str, ...]:
    """Those of them that had no track; they have not acknowledged, so the incident is not, unless
    one team is enough.
    """
    incident = draft.incidents[number]
    missing = tuple(team for team in teams if incident.track(team) is None)
    if missing:
        tracks = incident.tracks + start_tracks(draft, missing, steps_of(incident, draft.policy))
        changed = replace(incident, tracks=tracks)
        enough = any_team_is_enough(incident, draft.policy)
        if not (enough and incident.state is IncidentState.ACKNOWLEDGED):
            state = IncidentState.TRIGGERED
            changed = replace(changed, state=state, acknowledged_at=None)
        draft.put_incident(changed)
        own = {team for it in incident.services for team in _teams_of(draft, it.service)}
        shipped = tuple(team for team in missing if team not in own)
        joined = tuple(team for team in missing if team in own)
        if joined:
            draft.reply(number, say.teams_joined(joined, draft.policy))
        if shipped:
            draft.reply(number, say.shippers_joined(shipped, draft.policy))
    return missing


def _teams_of(draft: Draft, key: str) -> tuple[str, ...]:
    service = draft.service(key)
    return service.teams if service is not None else ()
