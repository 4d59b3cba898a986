"""Answers to questions in Slack (mrkdwn, escaped): what is open, who is on call, what went out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot.core.age import age
from bot.core.deployment import Deployment, same_environment
from bot.core.incident import Incident, TrackState
from bot.core.policy import Policy
from bot.core.quiet import held_back
from bot.core.recipients import on_call
from bot.core.rules_of import is_not_needed
from bot.core.signal import Silence
from bot.core.wording.outside import code, linked, said
from bot.core.wording.words import and_list, on_and_off, slack_day, slack_time

MOST_SHOWN = 10
NOT_RECORDED = (
    "Nothing was recorded: Midwatch's database does not answer. Try again in a moment; "
    "until then, call the others yourself."
)
NO_FORM = "Slack did not open the form in time. Press the button again."
NOT_ANSWERED = "Midwatch's database does not answer, so it cannot tell. Try again in a moment."


def status(
    incidents: Sequence[Incident], silences: Iterable[Silence], policy: Policy, now: datetime
) -> str:
    """What is open, who has it, what is quiet besides, and who is on call."""
    quiet = quiet_lines(incidents, silences, policy, now)
    if not incidents:
        return "\n".join([nothing_open(quiet), *quiet, duty(policy, now)])
    lines = [incident_line(incident, policy, now) for incident in incidents[:MOST_SHOWN]]
    if len(incidents) > MOST_SHOWN:
        lines.append(f"and {len(incidents) - MOST_SHOWN} more")
    return "\n".join([*lines, *quiet, duty(policy, now)])


def nothing_open(quiet: Sequence[str]) -> str:
    """A quiet service may well be down: only without any is it known that nothing is."""
    return "No incident is open." if quiet else "Nothing is down."


def quiet_lines(
    incidents: Sequence[Incident], silences: Iterable[Silence], policy: Policy, now: datetime
) -> list[str]:
    """`checkout is quiet until 03:42: nobody is paged`, of services without an open incident."""
    seen = {part.service for incident in incidents for part in incident.services}
    found = held_back(policy, silences, now, seen)
    lines = [
        f"\U0001f515 {said(key, 80)} is quiet until {slack_time(until, policy.timezone)}: "
        "nobody is paged, even if it is down"
        for key, until in found[:MOST_SHOWN]
    ]
    return lines + ([f"and {len(found) - MOST_SHOWN} more"] if len(found) > MOST_SHOWN else [])


def incident_line(incident: Incident, policy: Policy, now: datetime) -> str:
    """`#12 checkout down for 14 min · IT: Ana · Development: nobody yet`."""
    names = [part.service for part in incident.services]
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    since = incident.down_since if incident.open else incident.began_at
    lasted = age((incident.resolved_at or now) - since)
    if not incident.open:
        lasted += on_and_off(incident.reopened + 1)
    state = "down for" if incident.open else "was down for"
    head = f"*#{incident.number} {said(names[0], 80)}*{more} {state} {lasted}"
    link = _page(incident, policy)
    lights = [_light(incident, index, policy) for index in range(len(incident.tracks))]
    return " · ".join([head, *lights, *([link] if link else [])])


def duty(policy: Policy, now: datetime) -> str:
    """Who is on call now, team by team."""
    if not policy.teams:
        return "No team is configured, so nobody is on call."
    lines = []
    for team in policy.teams.values():
        people = [said(policy.name_of(key), 80) for key in on_call(team, policy, now)]
        lines.append(f"On call for {said(team.name, 80)}: {and_list(people) or 'nobody'}")
    return "\n".join(lines)


def duty_then(policy: Policy, then: datetime) -> str:
    """The same at another time."""
    return f"{slack_day(then, policy.timezone)}:\n{duty(policy, then)}"


def calendar(link: str | None) -> str:
    """The secret address of one's own shifts, for one's own eyes; None: there is no such link."""
    if link is None:
        return "You are not in Midwatch's configuration, so there is no calendar of your shifts."
    return (
        f"Give this address to your calendar, and it shows your shifts: {link}\n"
        "Whoever has it sees them, so keep it to yourself."
    )


def deployments(
    found: Sequence[Deployment], service: str | None, policy: Policy, now: datetime
) -> str:
    """The last deployments, newest first."""
    of = f" of {said(service, 80)}" if service else ""
    if not found:
        return f"No deployment{of} is known."
    return "\n".join(
        [f"Last deployments{of}:", *[_deployment(item, policy, now) for item in found]]
    )


def deployment_choice(deployment: Deployment, now: datetime) -> str:
    """One option of a form, plain: `checkout v1.42 a1b2c3d by Bo, 3 h ago`."""
    at = deployment.ended_at or deployment.started_at or deployment.reported_at
    sha = deployment.short_sha or ""
    tag = [deployment.name, sha if sha not in deployment.name else ""]
    by = f" by {deployment.by}" if deployment.by else ""
    words = " ".join([deployment.service, *[word for word in tag if word]])
    return f"{words}{by}, {age(now - at)} ago"


def help_text(usage: Mapping[str, str], about: str | None, said_words: str) -> str:
    """Every command; or the closest one first, when something was not understood."""
    lines = [f"`/midwatch {words}` {what}" for words, what in usage.items()]
    if not said_words:
        return "\n".join(lines)
    head = f"Not understood, nothing changed: {code(said_words, 80)}."
    if about is None:
        return "\n".join([head, *lines])
    return f"{head} Did you mean `/midwatch {about}` ({usage[about]})? `/midwatch help` lists all."


def no_such_service(name: str, policy: Policy) -> str:
    """A service that is not configured."""
    known = ", ".join(sorted(policy.services)[:MOST_SHOWN])
    return f"There is no service {code(name)}. Nothing was changed. Known: {said(known, 400)}."


def _light(incident: Incident, index: int, policy: Policy) -> str:
    track = incident.tracks[index]
    name = said(policy.team_name(track.team), 80)
    if is_not_needed(track, incident, policy):
        return f"{name}: not needed"
    if track.state is TrackState.ACKNOWLEDGED:
        return f"{name}: {said(policy.owner_of(track.by), 80)}"
    return f"{name}: nobody yet" if incident.open else f"{name}: nobody"


def _page(incident: Incident, policy: Policy) -> str | None:
    if not policy.public_url:
        return None
    return linked(f"{policy.public_url}/incidents/{incident.number}", "page")


def _deployment(deployment: Deployment, policy: Policy, now: datetime) -> str:
    service = policy.services.get(deployment.service)
    usual = service.environment if service else "production"
    where = deployment.environment
    place = "" if same_environment(where, usual) else f" to {said(where, 60)}"
    at = deployment.ended_at or deployment.started_at or deployment.reported_at
    sha = deployment.short_sha or ""
    tag = f" {code(sha)}" if sha and sha not in deployment.name else ""
    by = f" by {said(deployment.by, 80)}" if deployment.by else ""
    state = deployment.state.value.replace("_", " ")
    head = f"*{said(deployment.service, 80)}* {said(deployment.name, 100)}{tag}{place}{by}"
    return f"{head}: {state}, {age(now - at)} ago ({slack_time(at, policy.timezone)})"
