"""What support hears of outages: that one began, that it is over, its cause, what customers saw.

In words for customers, once each, of what was really down. While an outage flaps, its back and
forth is not told; what then stays down is. What joins it within a moment is told together.
"""

from dataclasses import replace
from datetime import timedelta

from bot.core.draft import Draft
from bot.core.incident import HOLDS_AFTER, Affected, Incident
from bot.core.wording import support as say

TOGETHER = timedelta(seconds=20)
"""What joins an outage within this time is told in one message."""


def began(draft: Draft, number: int) -> None:
    """An outage opened, or is down again: told at once, but while it flaps not until it holds."""
    incident = _nothing_told(draft, draft.incidents[number])
    if incident.flapping:
        draft.put_incident(replace(incident, support_at=draft.now + HOLDS_AFTER))
    else:
        _tell(draft, incident)


def joined(draft: Draft, number: int) -> None:
    """Another service turned out to belong to it, perhaps the first of many."""
    incident = draft.incidents[number]
    soon = draft.now + TOGETHER
    draft.put_incident(replace(incident, support_at=min(incident.support_at or soon, soon)))


def grew(draft: Draft, number: int) -> None:
    """Many services turned out to be one outage."""
    incident = draft.incidents[number]
    draft.post("support", say.grew(incident, draft.policy))
    _told(draft, incident)


def time_passed(draft: Draft, number: int) -> None:
    """Tell what is down and not told of yet, where its time has come."""
    incident = draft.incidents[number]
    if incident.support_at is not None and incident.support_at <= draft.now:
        _tell(draft, incident)


def ended(draft: Draft, number: int) -> None:
    """It is over, and support was told that it began."""
    incident = draft.incidents[number]
    told = [part for part in incident.services if part.told_at is not None]
    if told or incident.support_at is None:
        draft.post("support", say.ended(incident, told or incident.last_down, draft.policy))
    draft.put_incident(replace(incident, support_at=None))


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


def _tell(draft: Draft, incident: Incident) -> None:
    down = [part for part in incident.services if part.up_at is None]
    new = [part for part in down if part.told_at is None]
    if new and any(part.told_at is not None for part in incident.services):
        draft.post("support", say.joined(incident, new, draft.policy))
    elif new:
        draft.post("support", say.began(incident, draft.policy))
    _told(draft, incident)


def _told(draft: Draft, incident: Incident) -> None:
    """Support knows of all that is down now."""
    parts = tuple(_knows(part, draft) for part in incident.services)
    draft.put_incident(replace(incident, services=parts, support_at=None))


def _knows(part: Affected, draft: Draft) -> Affected:
    new = part.up_at is None and part.told_at is None
    return replace(part, told_at=draft.now) if new else part


def _nothing_told(draft: Draft, incident: Incident) -> Incident:
    """Of this time that it is down."""
    parts = tuple(replace(part, told_at=None) for part in incident.services)
    return draft.put_incident(replace(incident, services=parts, support_at=None))
