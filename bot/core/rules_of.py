"""By which service's rules an incident goes: how it escalates, and whether one team is enough."""

from bot.core.incident import Incident, Track
from bot.core.policy import SHARED_ANY_TEAM, Policy, Service


def led_by(incident: Incident, policy: Policy) -> Service | None:
    """The service that it is called by; once that has left the configuration, the next that has
    not.
    """
    known = (policy.services.get(part.service) for part in incident.services)
    return next((service for service in known if service is not None), None)


def any_team_is_enough(incident: Incident, policy: Policy) -> bool:
    """Whether one team's acknowledgement is the whole incident's."""
    service = led_by(incident, policy)
    return service is not None and service.acknowledge == SHARED_ANY_TEAM


def is_not_needed(track: Track, incident: Incident, policy: Policy) -> bool:
    """Whether somebody of another team has it, and that is enough."""
    if track.by is None or not any_team_is_enough(incident, policy):
        return False
    own = policy.teams_of(track.by)
    return track.team not in own and any(
        it.by == track.by and it.team in own for it in incident.tracks
    )
