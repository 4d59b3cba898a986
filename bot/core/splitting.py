"""A service that stays down when what it depends on is back is an outage of its own."""

from dataclasses import replace

from bot.core.draft import Draft
from bot.core.incident import Incident
from bot.core.joining import stays_down
from bot.core.resolving import resolve_recovered
from bot.core.trigger import attend
from bot.core.wording import joining as say


def split(draft: Draft, incident: Incident) -> None:
    """When that time has come."""
    if incident.split_at is None or incident.split_at > draft.now:
        return
    alone = stays_down(draft.policy, incident)
    rest = tuple(part for part in incident.services if part.service not in alone)
    incident = draft.put_incident(replace(incident, services=rest, split_at=None))
    for service in alone:
        text = say.stays_down(service)
        draft.reply(incident.number, text)
        draft.note("split", "midwatch", text, incident=incident.number, service=service)
    if alone and not incident.down():
        resolve_recovered(draft, incident)
    for service in alone:
        attend(draft, service)
        own = draft.open_with(service)
        if own is not None:
            draft.reply(own.number, say.was_part_of(service, incident.number))
