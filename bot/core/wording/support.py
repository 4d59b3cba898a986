"""What support reads of outages (Slack mrkdwn, escaped): plain words, no checks, no commits."""

from bot.core.age import age
from bot.core.deployment import Deployment
from bot.core.incident import Incident
from bot.core.policy import Policy
from bot.core.wording.outside import said
from bot.core.wording.words import and_list, escape, slack_time

MOST_NAMES = 6
WORDS_AT_MOST = 1500


def began(incident: Incident, policy: Policy) -> str:
    """`*Checkout* does not work since 03:12. IT and Development were alerted. (#12)`."""
    again = " again" if incident.reopened else ""
    since = slack_time(incident.down_since, policy.timezone)
    teams = and_list([policy.team_name(track.team) for track in incident.tracks])
    who = (
        f" {escape(teams)} {'were' if len(incident.tracks) > 1 else 'was'} alerted."
        if teams
        else ""
    )
    what = f"{_names(incident, policy)} {_not(incident)} work{again} since {since}."
    return f"{what}{who} {_tag(incident)}"


def joined(incident: Incident, service: str, policy: Policy) -> str:
    """`*Payments* does not work either, since 03:13. (#12)`."""
    since = slack_time(incident.part(service).began_at, policy.timezone)
    name = said(_name(service, policy), 80)
    return f"*{name}* does not work either, since {since}. {_tag(incident)}"


def grew(incident: Incident, policy: Policy) -> str:
    """Many at once."""
    since = slack_time(incident.down_since, policy.timezone)
    count = len(incident.down())
    return (
        f"*{count} services* do not work since {since}: {_names(incident, policy, bold=False)}. "
        f"{_tag(incident)}"
    )


def ended(incident: Incident, policy: Policy) -> str:
    """`*Checkout* works again: it was down 03:12-03:26, 14 min. (#12)`."""
    works = "works" if len(incident.services) == 1 else "work"
    it = "it was" if len(incident.services) == 1 else "they were"
    return (
        f"{_names(incident, policy)} {works} again: {it} down {_span(incident, policy)}. "
        f"{_tag(incident)}"
    )


def explained(
    incident: Incident, deployment: Deployment | None, policy: Policy, *, changed: bool
) -> str:
    """Which release it was, or that it was none, once people said so."""
    cause = incident.cause
    lead = "Correction: " if changed else ""
    what = f"{_names(incident, policy)} {_was(incident)} down {_span(incident, policy)}."
    if cause is None or cause.kind == "other":
        note = f": {said(cause.note, 300)}" if cause is not None and cause.note else ""
        return f"{lead}{what} The cause was not a release{note}. {_tag(incident)}"
    name = said(deployment.name, 80) if deployment else "a release"
    of = _of(deployment, incident, policy)
    back = ", which was taken back" if deployment and deployment.state == "rolled_back" else ""
    return f"{lead}{what} The cause was release {name}{of}{back}. {_tag(incident)}"


def noticed(incident: Incident, words: str, policy: Policy) -> str:
    """What customers noticed: asked for, never made up."""
    return (
        f"{_names(incident, policy)}, {_span(incident, policy)}. What customers noticed: "
        f"{said(words, WORDS_AT_MOST)} {_tag(incident)}"
    )


def _names(incident: Incident, policy: Policy, *, bold: bool = True) -> str:
    names = [_name(part.service, policy) for part in incident.services]
    more = len(names) - MOST_NAMES
    shown = [f"*{said(name, 80)}*" if bold else said(name, 80) for name in names[:MOST_NAMES]]
    return and_list([*shown, f"{more} more"] if more > 0 else shown)


def _name(service: str, policy: Policy) -> str:
    known = policy.services.get(service)
    return known.name if known and known.name else service


def _of(deployment: Deployment | None, incident: Incident, policy: Policy) -> str:
    if deployment is None or incident.affects(deployment.service):
        return ""
    return f" of {said(_name(deployment.service, policy), 80)}"


def _not(incident: Incident) -> str:
    return "does not" if len(incident.services) == 1 else "do not"


def _was(incident: Incident) -> str:
    return "was" if len(incident.services) == 1 else "were"


def _span(incident: Incident, policy: Policy) -> str:
    since = slack_time(incident.down_since, policy.timezone)
    if incident.resolved_at is None or incident.open:
        return f"since {since}"
    until = slack_time(incident.resolved_at, policy.timezone)
    return f"{since}–{until} ({age(incident.resolved_at - incident.down_since)})"


def _tag(incident: Incident) -> str:
    return f"(#{incident.number})"
