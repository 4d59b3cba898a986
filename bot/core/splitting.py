"""A service that stays down when what it depends on is back is an outage of its own."""

from dataclasses import replace

from bot.core.draft import Draft
from bot.core.incident import Incident
from bot.core.joining import stays_down
from bot.core.merging import reword
from bot.core.resolving import resolve_recovered
from bot.core.trigger import attend
from bot.core.wording import joining as say


def split_due(draft: Draft, number: int) -> None:
    """When that time has come. A storm stays together: it is over when all of it is up."""
    incident = draft.incidents.get(number)
    if incident is None or incident.split_at is None or incident.split_at > draft.now:
        return
    incident = draft.put_incident(replace(incident, split_at=None))
    alone = stays_down(draft.policy, incident)
    if alone and incident.open and incident.storm_at is None:
        _part(draft, incident, alone)


def _part(draft: Draft, incident: Incident, alone: dict[str, str]) -> None:
    """`alone`: the services, each with the dependency that is back."""
    rest = tuple(part for part in incident.services if part.service not in alone)
    incident = draft.put_incident(replace(incident, services=rest))
    for service, dependency in alone.items():
        text = say.stays_down(service, dependency)
        draft.reply(incident.number, text)
        draft.note("split", "midwatch", text, incident=incident.number, service=service)
    if not incident.down():
        resolve_recovered(draft, incident)
    for service, dependency in alone.items():
        attend(draft, service)
        own = draft.open_with(service)
        if own is None:
            continue
        draft.reply(own.number, say.was_part_of(service, dependency, incident.number))
        if own.service == service and own.triggered_at == draft.now:
            draft.put_incident(replace(own, parted_from=dependency))
            reword(draft, own.number)
