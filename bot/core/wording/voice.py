"""What a call says: what is down, since when, which deployment, which keys.

Design: "Midwatch. Incident twelve. Checkout is down since three twelve. Last deployment seven
minutes before, by Bo. Press four to say you have it, five to escalate, star to hear this again."
Answers to a key are in `voice_answers`.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.core.events import SignalReported, Unrecorded
from bot.core.incident import Incident, Track, TrackState
from bot.core.link import Candidate, Label
from bot.core.policy import Person, Policy
from bot.core.rules_of import is_not_needed
from bot.core.wording import spoken
from bot.core.wording.before import fell_after
from bot.core.wording.texts import began_at, has_it, is_first, zone_of
from bot.core.wording.words import and_list

CHOICES = "Press four to say you have it, five to escalate, star to hear this again."
CHOICES_OF_MANY = (
    "Press four to say you have them all, five to escalate them, star to hear this again."
)
CHOICES_WHEN_YOURS = "Press five to escalate, six if it is over, star to hear this again."
CHOICES_OF_A_TEST = "Press any key to say that you hear this."
MOST_NAMED = 5
"""Incidents or outages that one call names; the others are counted."""
_UNRECORDED: dict[Unrecorded, str] = {
    "database": "Midwatch's database is down, so no key is recorded.",
    "fault": "Midwatch has a fault, so no key is recorded.",
    "behind": "Midwatch is behind, so keys are not recorded yet.",
}


def page_text(
    incident: Incident, track: Track, reason: str, person: str, policy: Policy, now: datetime
) -> str:
    """The words of one call, in the listener's own time."""
    zone, since = zone_of(person, policy), incident.down_since
    lead = f"Midwatch. Incident {spoken.number(incident.number)}."
    what = services(incident)
    if reason == "reminder":
        mine = has_it(incident, person)
        yours = "You have it." if mine else "You are on call now."
        down = f"{what} still down since {spoken.clock(since, zone)}. {yours}"
        choices = CHOICES_WHEN_YOURS if mine else CHOICES
        return _joined(lead, down, *lights(incident, zone, policy), choices)
    if reason == "escalated" and not track.open:
        asked = f"Help is asked of {spoken.name(policy.team_name(track.team))}."
        down = f"{what} still down, since {spoken.clock(since, zone)}."
        known = (*lights(incident, zone, policy), _deployment(incident))
        return _joined(lead, asked, down, *known, CHOICES_WHEN_YOURS)
    if is_first(incident, track, now) and reason in ("step", "undelivered", "storm"):
        down = f"{what} down since {spoken.clock(began_at(incident), zone)}."
        return _joined(lead, down, _deployment(incident), CHOICES)
    again = "down again" if incident.reopened else "still down"
    down = f"{what} {again}, since {spoken.clock(since, zone)}."
    return _joined(lead, down, *lights(incident, zone, policy), _deployment(incident), CHOICES)


def page_line(incident: Incident, person: str, policy: Policy) -> str:
    """One incident's share of a call about several: `twelve, checkout, since three twelve`."""
    began = spoken.clock(began_at(incident), zone_of(person, policy))
    name = spoken.name(incident.told_of[0].service)
    return f"{spoken.number(incident.number)}, {name}, since {began}"


def several(lines: Sequence[str]) -> str:
    """Several open incidents in one call, oldest first. Those beyond a handful are counted."""
    more = len(lines) - MOST_NAMED
    return _joined(
        f"Midwatch. {spoken.sentence(spoken.number(len(lines)))} incidents are open.",
        *[f"Incident {line}." for line in lines[:MOST_NAMED]],
        f"And {spoken.number(more)} more." if more > 0 else "",
        CHOICES_OF_MANY,
    )


def from_memory(outages: Sequence[SignalReported], zone: str, why: Unrecorded) -> str:
    """The first page of outages that are not recorded."""
    named = [
        f"{spoken.sentence(spoken.name(outage.service))} is down since "
        f"{spoken.clock(outage.began_at, zone)}."
        for outage in outages[:MOST_NAMED]
    ]
    more = len(outages) - MOST_NAMED
    counted = f"And {spoken.number(more)} more." if more > 0 else ""
    return _joined("Midwatch.", *named, counted, _UNRECORDED[why], "Every team is paged.")


def blind(since: datetime, policy: Policy) -> str:
    """To everybody on call: Midwatch cannot see."""
    return _joined(
        f"Midwatch is blind since {spoken.clock(since, policy.timezone)}.",
        "No check and no canary answers; its own network may be down.",
        "Nobody is paged for services until it sees again.",
        CHOICES_OF_A_TEST,
    )


def test_page(person: Person, now: datetime) -> str:
    """`midwatch page PERSON --by call`."""
    at = spoken.clock(now, person.timezone)
    return _joined(
        f"This is Midwatch, with a test page for {spoken.name(person.name)}, at {at}.",
        "Nothing is down. This is how a call reaches you.",
        CHOICES_OF_A_TEST,
    )


def services(incident: Incident) -> str:
    """`Checkout is`, `Checkout and two more are`."""
    first, *others = incident.told_of
    name = spoken.sentence(spoken.name(first.service)) or "A service"
    return f"{name} and {spoken.number(len(others))} more are" if others else f"{name} is"


def lights(incident: Incident, zone: str, policy: Policy) -> list[str]:
    """Who has it, team by team: `IT: Ana, since three fourteen.`, `Development: nobody yet.`"""
    return [light(track, incident, zone, policy) for track in incident.tracks]


def light(track: Track, incident: Incident, zone: str, policy: Policy) -> str:
    """One team's."""
    team = spoken.name(policy.team_name(track.team))
    if is_not_needed(track, incident, policy):
        return f"{team}: not needed."
    if track.state is not TrackState.ACKNOWLEDGED:
        return f"{team}: nobody yet."
    since = f", since {spoken.clock(track.at, zone)}" if track.at else ""
    return f"{team}: {spoken.name(policy.name_of(track.by))}{since}."


def people(names: Sequence[str], policy: Policy) -> str:
    """`Bo`, `Bo and Cy`, by their keys."""
    return and_list([spoken.name(policy.name_of(name)) for name in dict.fromkeys(names)])


def _deployment(incident: Incident) -> str:
    link = incident.link
    if link.named is None:
        return "No deployment is known." if link.weighed else "Deployments were not weighed."
    lead = {Label.UNLIKELY: "Unlikely, but the ", Label.ONE_OF: "One of several: the "}
    last = link.most_recent
    same = last is not None and last.deployment.id == link.named.deployment.id
    what = "last deployment" if same else "suspected deployment"
    return spoken.sentence(f"{lead.get(link.label, '')}{what}{_named(link.named, incident)}.")


def _named(candidate: Candidate, incident: Incident) -> str:
    """` of payments, version one point four, seven minutes before, by Bo`."""
    deployment = candidate.deployment
    other = deployment.service != incident.service
    of = f" of {spoken.name(deployment.service)}" if other else ""
    version = spoken.version(deployment.version or "")
    when = "while rolling out"
    if not candidate.rolling_out:
        when = f"{'about ' if candidate.about else ''}{spoken.age(candidate.age)} before"
        fell = fell_after(candidate, incident)
        when += f" {spoken.name(fell)}" if fell else ""
    by = spoken.name(deployment.by or "")
    tag = f" {version}," if version else ""
    return f"{of}{tag} {when}" + (f", by {by}" if by else "")


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
