"""How long before an outage something was deployed, and before whose."""

from bot.core.age import age
from bot.core.incident import Incident
from bot.core.link import Candidate


def when(candidate: Candidate) -> str:
    """How long before the outage: `7 min before`, `while rolling out`."""
    if candidate.rolling_out:
        return "while rolling out"
    about = "about " if candidate.about else ""
    return f"{about}{age(candidate.age)} before"


def before(candidate: Candidate, incident: Incident) -> str:
    """The same; where the incident began with another service also before what: `… payments`."""
    what = None if candidate.rolling_out else fell_after(candidate, incident)
    return f"{when(candidate)} {what}" if what else when(candidate)


def fell_after(candidate: Candidate, incident: Incident) -> str | None:
    """The service whose first failed probe the age is counted to, where the incident began earlier
    with another one.
    """
    ended = candidate.deployment.ended_at
    if ended is None:
        return None
    counted = [part for part in incident.services if part.began_at - ended == candidate.age]
    if not counted or any(part.began_at <= incident.down_since for part in counted):
        return None
    return counted[0].service
