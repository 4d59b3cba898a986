"""What is said in the thread when people decide the cause (Slack mrkdwn, escaped)."""

from bot.core.deployment import Deployment
from bot.core.incident import Cause, Incident
from bot.core.policy import Policy
from bot.core.wording.words import and_list, escape


def cause_decided(
    incident: Incident,
    cause: Cause,
    deployment: Deployment | None,
    policy: Policy,
    authors: tuple[str, ...] = (),
) -> str:
    """What people said."""
    who = escape(policy.name_of(cause.by))
    before = " (changed)" if incident.cause else ""
    note = f": {escape(cause.note)}" if cause.note else ""
    if cause.kind == "other":
        return f"{who} says it was *not a deployment*{note}{before}."
    version = escape(deployment.name if deployment else cause.deployment or "")
    other = deployment is not None and not incident.affects(deployment.service)
    of = f"{escape(deployment.service)} " if deployment and other else ""
    by = f" by {escape(deployment.by)}" if deployment and deployment.by else ""
    wrote = f" Written by {escape(and_list(list(authors)))}." if authors else ""
    return f"{who} says the cause was deployment {of}*{version}*{by}{note}{before}.{wrote}"
