"""What people are told when a duty changes hands, and of the hours that the coming week leaves."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.incident import Incident, TrackState
from bot.core.policy import Policy, Team
from bot.core.segments import Fact
from bot.core.spans import Lasting
from bot.core.wording.texts import zone_of
from bot.core.wording.words import and_list, clock, day_and_clock, escape, slack_time

MOST_NAMED = 5


def comes_on(
    person: str,
    team: Team,
    before: Sequence[str],
    following: Sequence[str],
    span: Lasting,
    incidents: Sequence[Incident],
    policy: Policy,
    now: datetime,
) -> list[Fact]:
    """To whoever has the duty from now on. `following` is asked if they do not answer."""
    zone = zone_of(person, policy)
    until = f" until {day_and_clock(span.end, now, zone)}" if span.end else ""
    facts = [Fact(f"You are on call for {team.name}{until}.", 0), _open(team, incidents, policy)]
    if following:
        facts.append(Fact(f"If you do not answer: {_names(following, policy)}.", 2))
    if before:
        facts.append(Fact(f"Before you: {_names(before, policy)}.", 3))
    if span.after:
        facts.append(Fact(f"After you: {_names(span.after, policy)}.", 4))
    return facts


def goes_off(
    person: str,
    team: Team,
    people: Sequence[str],
    span: Lasting,
    incidents: Sequence[Incident],
    policy: Policy,
    now: datetime,
) -> list[Fact]:
    """To whoever had the duty until now."""
    zone = zone_of(person, policy)
    until = f" until {day_and_clock(span.end, now, zone)}" if span.end else ""
    who = f"{_names(people, policy)} is{until}." if people else "nobody is: all of it is paged."
    return [
        Fact(f"You are no longer on call for {team.name}; {who}", 0),
        _open(team, incidents, policy),
    ]


def noted(team: Team, people: Sequence[str], before: Sequence[str], policy: Policy) -> str:
    """A line of the audit log."""
    after = f", after {_names(before, policy)}" if before else ""
    who = _names(people, policy) or "Nobody"
    return f"{who} is on call for {team.name}{after}"


def handed_over(
    incident: Incident, team: Team, owner: str, ended: datetime, policy: Policy, person: str
) -> list[Fact]:
    """To whoever is on call now: an outage that somebody has whose shift is over."""
    zone, number = zone_of(person, policy), incident.number
    names = "+".join(part.service for part in incident.services if part.up_at is None)
    what = names or incident.service
    since = clock(incident.down_since, zone)
    deployment = incident.link.named.deployment.name if incident.link.named else None
    return [
        Fact(f"#{number} {what} is down since {since}.", 0, (f"#{number} down since {since}.",)),
        Fact(
            f"{policy.name_of(owner)} has it for {team.name}, off call since {clock(ended, zone)}.",
            1,
            (f"{policy.name_of(owner)} has it.",),
        ),
        Fact(f"Last deploy {deployment}." if deployment else "No deployment known.", 3),
        Fact(f"Reply {number} to take it over", 2, by_text=True),
    ]


def handed_over_in_thread(
    owner: str, told: Sequence[str], people: Sequence[str], ended: datetime, policy: Policy
) -> str:
    """In the thread (Slack mrkdwn, escaped)."""
    at = slack_time(ended, policy.timezone)
    shift = f"{escape(policy.name_of(owner))}'s shift ended at {at}"
    if not people:
        return f"{shift}; nobody is on call now, so they still have it."
    names = escape(_names(people, policy))
    are = "are" if len(people) > 1 else "is"
    was = "was told" if told else "could not be told: no channel of theirs works"
    return f"{shift}; {names} {are} on call now and {was}."


def taken_over(person: str, owners: Sequence[str], teams: Sequence[str], policy: Policy) -> str:
    """In the thread (Slack mrkdwn, escaped)."""
    of = and_list([policy.team_name(team) for team in teams])
    return escape(f"{policy.name_of(person)} took it over from {_names(owners, policy)} for {of}.")


def _open(team: Team, incidents: Sequence[Incident], policy: Policy) -> Fact:
    """What is open of the team, shortest form last."""
    if not incidents:
        return Fact("Nothing is open.", 1)
    each = [_one(incident, team, policy) for incident in incidents[:MOST_NAMED]]
    numbers = [f"#{incident.number}" for incident in incidents[:MOST_NAMED]]
    more = len(incidents) - MOST_NAMED
    beyond = [f"{more} more"] if more > 0 else []
    return Fact(
        f"Open: {'; '.join([*each, *beyond])}.",
        1,
        (f"Open: {and_list([*numbers, *beyond])}.", f"{len(incidents)} open."),
    )


def _one(incident: Incident, team: Team, policy: Policy) -> str:
    track = incident.track(team.key)
    has_it = track is not None and track.state is TrackState.ACKNOWLEDGED
    who = f"acknowledged by {policy.name_of(track.by)}" if track and has_it else "nobody has it"
    return f"#{incident.number} {incident.service}, {who}"


def _names(people: Sequence[str], policy: Policy) -> str:
    return and_list([policy.name_of(key) for key in people])
