"""What support hears of outages: that one began, that it is over, its cause, what customers saw.

In words for customers, once each. While an outage flaps, its back and forth is not told.
"""

from bot.core.draft import Draft
from bot.core.incident import Incident
from bot.core.wording import support as say


def began(draft: Draft, number: int) -> None:
    """An outage opened, or is down again."""
    incident = draft.incidents[number]
    if not incident.flapping:
        draft.post("support", say.began(incident, draft.policy))


def joined(draft: Draft, number: int, service: str) -> None:
    """Another service turned out to belong to it."""
    incident = draft.incidents[number]
    if not incident.flapping:
        draft.post("support", say.joined(incident, service, draft.policy))


def grew(draft: Draft, number: int) -> None:
    """Many services turned out to be one outage."""
    draft.post("support", say.grew(draft.incidents[number], draft.policy))


def ended(draft: Draft, number: int) -> None:
    """It is over."""
    incident = draft.incidents[number]
    if not incident.flapping:
        draft.post("support", say.ended(incident, draft.policy))


def explained(draft: Draft, number: int, before: Incident) -> None:
    """People decided the cause, or changed their minds."""
    incident = draft.incidents[number]
    deployment = None
    if incident.cause is not None and incident.cause.deployment is not None:
        known = [it.deployment for it in incident.link.candidates]
        known += list(draft.deployments.values())
        deployment = next((it for it in known if it.id == incident.cause.deployment), None)
    changed = before.cause is not None
    draft.post("support", say.explained(incident, deployment, draft.policy, changed=changed))


def noticed(draft: Draft, number: int, words: str) -> None:
    """What customers noticed, as somebody of a team tells it."""
    if words.strip():
        draft.post("support", say.noticed(draft.incidents[number], words, draft.policy))
