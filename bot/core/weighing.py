"""Linking an incident to its deployment: at trigger time, and again when a late report comes."""

from dataclasses import replace
from datetime import datetime

from bot.core import recipients
from bot.core.draft import Draft
from bot.core.escalation import advance, start_tracks, steps_of
from bot.core.incident import Incident, IncidentState
from bot.core.link import NOT_WEIGHED, Label, Link, link, relink_changed
from bot.core.page import Urgency
from bot.core.paging import new_page
from bot.core.policy import Service
from bot.core.wording import thread_replies as say


def weigh(draft: Draft, service: Service, began_at: datetime) -> Link:
    """Which deployment is suspected of an incident that began then.

    Only deployments of the service's environment and of what it directly depends on count.
    """
    if not draft.weighs:
        return NOT_WEIGHED
    known = {service.key, *service.depends_on}
    seen = draft.scene.first_seen
    candidates = [item for item in draft.deployments.values() if item.service in known]
    return link(
        service=service.key,
        began_at=began_at,
        deployments=candidates,
        environment=lambda key: _environment(draft, key),
        depends_on=service.depends_on,
        first_seen=seen.get(service.key),
        dependencies_seen=min((seen[of] for of in service.depends_on if of in seen), default=None),
        decided=draft.scene.decided,
        guilty=draft.scene.guilty,
        window=service.suspect_window,
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
        if incident.merged_into is None and incident.cause is None:
            _weigh_incident_again(draft, incident, service)


def _weigh_incident_again(draft: Draft, incident: Incident, deployed: str) -> None:
    service = draft.service(incident.service)
    if service is None or deployed not in (service.key, *service.depends_on):
        return
    found = weigh(draft, service, incident.down_since)
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
        _join_teams(draft, incident.number, teams_to_page(draft, service, found))


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
    _add_teams(draft, number, teams_to_page(draft, service, found))


def _named(found: Link) -> str | None:
    return found.named.deployment.id if found.named else None


def _text_once(draft: Draft, number: int) -> None:
    """One text when the label rises to suspected, to those who were paged."""
    incident = draft.incidents[number]
    pages = draft.pages_of(number)
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
    for team in _add_teams(draft, number, teams):
        advance(draft, number, team)


def _add_teams(draft: Draft, number: int, teams: tuple[str, ...]) -> tuple[str, ...]:
    """Those of them that had no track; they have not acknowledged, so the incident is not."""
    incident = draft.incidents[number]
    missing = tuple(team for team in teams if incident.track(team) is None)
    if missing:
        tracks = incident.tracks + start_tracks(draft, missing, steps_of(incident, draft.policy))
        state = IncidentState.TRIGGERED
        draft.put_incident(replace(incident, tracks=tracks, state=state, acknowledged_at=None))
        draft.reply(number, say.teams_joined(missing, draft.policy))
    return missing
