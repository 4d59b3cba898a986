"""Pages as e-mail: the same facts as a text, with room for all of them, and where to answer."""

from datetime import datetime

from bot.core.incident import Incident, Track
from bot.core.policy import Policy
from bot.core.segments import fit
from bot.core.wording import texts

LONGEST = 1000
"""Characters of the first paragraph."""


def page_text(
    incident: Incident, track: Track, reason: str, person: str, policy: Policy, now: datetime
) -> str:
    """The facts in one paragraph, which is the subject too; then where to answer."""
    facts = texts.page_facts(incident, track, reason, person, policy, now)
    told = fit([fact for fact in facts if not fact.by_text], LONGEST)
    return f"{told}\n\n{_where(incident, policy)}"


def page_line(incident: Incident, person: str, policy: Policy) -> str:
    """One incident's share of a mail that names several."""
    return texts.page_line(incident, person, policy)


def _where(incident: Incident, policy: Policy) -> str:
    number = incident.number
    if policy.public_url:
        return f"Acknowledge or escalate: {policy.public_url.rstrip('/')}/incidents/{number}"
    return f"Acknowledge in Slack, or text {number} to Midwatch's number."
