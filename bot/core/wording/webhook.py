"""Pages as a program reads them: JSON of a fixed shape (docs/webhooks.md).

Every key is always there, null where nothing is known. The envelope is that of Standard Webhooks.
Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import json
from datetime import datetime

from bot.core.incident import Affected, Incident, Track
from bot.core.link import Candidate, Link
from bot.core.policy import Policy
from bot.core.wording import texts
from bot.core.wording.outside import one_line

MOST_SERVICES = 50
"""A storm of hundreds is counted in `service_count`."""
LONGEST_DETAIL = 300
_OF_AN_INCIDENT = (
    *("incident", "state", "reason", "team"),
    *("began_at", "resolved_at", "deployment", "url"),
)


def page_text(
    incident: Incident, track: Track, reason: str, person: str, policy: Policy, now: datetime
) -> str:
    """The body of one page. `text` in it is what a text message would say."""
    data: dict[str, object] = {
        "incident": incident.number,
        "state": incident.state.value,
        "reason": reason,
        "person": person,
        "team": track.team,
        "began_at": _when(incident.began_at),
        "resolved_at": _when(incident.resolved_at),
        "services": [_service(part) for part in incident.services[:MOST_SERVICES]],
        "service_count": len(incident.services),
        "deployment": _deployment(incident.link),
        "url": _url(incident, policy),
        "text": texts.page_text(incident, track, reason, person, policy, now),
    }
    return body(data, now)


def page_line(incident: Incident, person: str, policy: Policy) -> str:
    """What people read of it, where pages are listed."""
    return texts.page_line(incident, person, policy)


def alone(text: str, person: str, now: datetime) -> str:
    """The body of a page of no one incident: a test, blindness, a page from memory."""
    nothing: dict[str, object] = dict.fromkeys(_OF_AN_INCIDENT)
    return body(
        {**nothing, "person": person, "services": [], "service_count": 0, "text": text}, now
    )


def body(data: dict[str, object], now: datetime) -> str:
    """The envelope. `timestamp` is when the page was made, not when it was sent."""
    document = {"type": "page", "timestamp": _when(now), "data": data}
    return json.dumps(document, separators=(",", ":"))


def _when(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _service(part: Affected) -> dict[str, object]:
    return {
        "service": part.service,
        "state": "up" if part.up_at else "down",
        "began_at": _when(part.began_at),
        "detail": one_line(part.detail, LONGEST_DETAIL),
    }


def _deployment(link: Link) -> dict[str, object] | None:
    """The one that is named, and how strongly it is suspected."""
    if link.named is None:
        return None
    named: Candidate = link.named
    found = named.deployment
    return {
        "id": found.id,
        "service": found.service,
        "version": found.version,
        "sha": found.sha,
        "by": found.by,
        "url": found.url,
        "link": link.label.value,
    }


def _url(incident: Incident, policy: Policy) -> str | None:
    base = policy.public_url.rstrip("/")
    return f"{base}/incidents/{incident.number}" if base else None
