"""What support reads of outages (Slack mrkdwn, escaped): plain words, no checks, no commits."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.age import age
from bot.core.deployment import Deployment
from bot.core.incident import Affected, Incident
from bot.core.policy import Policy
from bot.core.wording.outside import said
from bot.core.wording.words import and_list, clock, escape, on_and_off, slack_time

MOST_NAMES = 6
WORDS_AT_MOST = 1500
A_MINUTE = timedelta(minutes=1)


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
    down = incident.told_of
    what = f"{_names(down, policy)} {_not(down)} work{again} since {since}."
    return f"{what}{who} {_tag(incident)}"


def joined(incident: Incident, parts: Sequence[Affected], policy: Policy) -> str:
    """`*Payments* does not work either, since 03:13. (#12)`."""
    first = max(min(part.began_at for part in parts), incident.down_since)
    since = slack_time(first, policy.timezone)
    return f"{_names(parts, policy)} {_not(parts)} work either, since {since}. {_tag(incident)}"


def grew(incident: Incident, policy: Policy) -> str:
    """Many at once."""
    since = slack_time(incident.down_since, policy.timezone)
    down = incident.told_of
    return (
        f"*{len(down)} services* do not work since {since}: {_names(down, policy, bold=False)}. "
        f"{_tag(incident)}"
    )


def ended(incident: Incident, parts: Sequence[Affected], policy: Policy) -> str:
    """`*Checkout* works again: it was down 03:12-03:26 (14 min). (#12)`. `parts`: what was down.

    Of the last time, where it was down several times: the times before are over, and told.
    """
    works, it = ("works", "it was") if len(parts) == 1 else ("work", "they were")
    end = incident.resolved_at or incident.down_since
    since = slack_time(incident.began_at, policy.timezone)
    times = f", {incident.reopened + 1} times since {since}" if incident.reopened else ""
    return (
        f"{_names(parts, policy)} {works} again: {it} down "
        f"{_between(incident.down_since, end, policy)}{times}. {_tag(incident)}"
    )


def explained(
    incident: Incident, deployment: Deployment | None, policy: Policy, *, changed: bool
) -> str:
    """Which release it was, or that it was none, once people said so."""
    cause = incident.cause
    lead = "Correction: " if changed else ""
    of_it = incident.told_of
    what = f"{_names(of_it, policy)} {_was(incident)} down {_span(incident, policy)}."
    if cause is None or cause.kind == "other":
        note = f": {said(cause.note, 300)}" if cause is not None and cause.note else ""
        return f"{lead}{what} The cause was not a release{note}. {_tag(incident)}"
    name = said(deployment.name, 80) if deployment else "a release"
    of = _of(deployment, incident, policy)
    back = ", which was taken back" if deployment and deployment.state == "rolled_back" else ""
    if deployment and deployment.by_hand:
        return f"{lead}{what} The cause was {name}{of}, done by hand. {_tag(incident)}"
    return f"{lead}{what} The cause was release {name}{of}{back}. {_tag(incident)}"


def noticed(incident: Incident, words: str, policy: Policy) -> str:
    """What customers noticed: asked for, never made up."""
    return (
        f"{_names(incident.told_of, policy)}, {_span(incident, policy)}. What customers noticed: "
        f"{said(words, WORDS_AT_MOST)} {_tag(incident)}"
    )


def _names(parts: Sequence[Affected], policy: Policy, *, bold: bool = True) -> str:
    names = [_name(part.service, policy) for part in parts]
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


def _not(parts: Sequence[Affected]) -> str:
    return "does not" if len(parts) == 1 else "do not"


def _was(incident: Incident) -> str:
    one, many = ("is", "are") if incident.open else ("was", "were")
    return one if len(incident.told_of) == 1 else many


def _span(incident: Incident, policy: Policy) -> str:
    """Of the whole outage, from the first time that it was down to the end of the last."""
    if incident.resolved_at is None or incident.open:
        return f"since {slack_time(incident.down_since, policy.timezone)}"
    return _between(incident.began_at, incident.resolved_at, policy, incident.reopened + 1)


def _between(start: datetime, end: datetime, policy: Policy, times: int = 1) -> str:
    since, until = slack_time(start, policy.timezone), slack_time(end, policy.timezone)
    same = clock(start, policy.timezone) == clock(end, policy.timezone)
    span = since if same and end - start < A_MINUTE else f"{since}–{until}"
    return f"{span} ({age(end - start)}{on_and_off(times)})"


def _tag(incident: Incident) -> str:
    return f"(#{incident.number})"
