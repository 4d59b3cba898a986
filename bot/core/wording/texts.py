"""Text messages: what matters first, one GSM-7 segment where it fits, no fact split.

Design: "#12 DOWN checkout 03:12: HTTP 503, 3 of 3 tries. Last deploy v1.42 a1b2c3d by Bo,
7 min before. IT+Development paged. Reply 12 to ack".
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.age import age
from bot.core.deployment import Deployment
from bot.core.incident import Affected, Incident, Track, TrackState
from bot.core.link import Candidate, Label
from bot.core.policy import Person, Policy
from bot.core.rules_of import is_not_needed
from bot.core.segments import Fact, fit, listed
from bot.core.wording.before import before
from bot.core.wording.words import clock, day_and_clock, tries

AGAIN_AFTER = timedelta(minutes=1)
"""A text within this time is still the first one, whomever and by whatever way it reaches."""
MOST_NAMES = 4
"""Services that a text about many names."""
LONGEST_VERSION = 24
"""Characters of a version that a text always has room for."""


def page_text(
    incident: Incident, track: Track, reason: str, person: str, policy: Policy, now: datetime
) -> str:
    """The text of one page, in the reader's own time."""
    return fit(page_facts(incident, track, reason, person, policy, now))


def page_facts(
    incident: Incident, track: Track, reason: str, person: str, policy: Policy, now: datetime
) -> list[Fact]:
    """What it says, the most important first; other written channels say the same."""
    zone = zone_of(person, policy)
    if reason == "resolved":
        return _over(incident, zone, policy)
    if reason == "notice":
        return _notice(incident, policy, now)
    if reason == "weighed":
        return _weighed(incident, now)
    if reason == "reminder":
        return _reminder(incident, person, policy, now)
    if reason == "escalated" and not track.open:
        return _asked_for(incident, track, policy, now)
    if reason == "storm":
        return _storm(incident, zone, policy, now)
    if is_first(incident, track, now) and reason in ("step", "undelivered"):
        many = incident.storm_at is not None and len(incident.told_of) > 1
        return (_storm if many else _down)(incident, zone, policy, now)
    return _still_down(incident, policy, now)


def is_first(incident: Incident, track: Track, now: datetime) -> bool:
    """Whether a page of now is one of the team's first: for a team that joined because another
    service went down, counted from then.
    """
    since = incident.triggered_at if len(incident.services) == 1 else track.started_at
    return now - since < AGAIN_AFTER and not track.reopening


def zone_of(person: str, policy: Policy) -> str:
    """The reader's zone; the configured one when they have none."""
    known = policy.people.get(person)
    return known.timezone if known and known.timezone else policy.timezone


def page_line(incident: Incident, person: str, policy: Policy) -> str:
    """One incident's share of a text that names several: `#12 checkout 03:12`."""
    began = clock(began_at(incident), zone_of(person, policy))
    return f"#{incident.number} {_services(incident)} {began}"


def several(lines: Sequence[str]) -> str:
    """Several open incidents in one text, oldest first. Those that do not fit are counted."""
    return listed(f"{len(lines)} DOWN", lines, "Reply a number, or all")


def _down(incident: Incident, zone: str, policy: Policy, now: datetime) -> list[Fact]:
    teams = "+".join(policy.team_name(track.team) for track in incident.tracks)
    began = day_and_clock(began_at(incident), now, zone)  # an alert may have fired for days
    head = f"#{incident.number} DOWN {_services(incident)} {began}:"
    return [
        Fact(head, priority=0),
        *_what(incident.told_of[0]),
        *_parted(incident),
        *_deployment(incident),
        Fact(f"{teams} paged.", priority=5),
        Fact(f"Reply {incident.number} to ack", priority=1, by_text=True),
    ]


def _parted(incident: Incident) -> list[Fact]:
    back = incident.parted_from
    return [Fact(f"{back} is back, it is not.", priority=3)] if back else []


def _what(part: Affected) -> list[Fact]:
    """What failed; who deployed matters more than where exactly it failed."""
    if not part.detail:
        return []
    first = part.detail.split(": ")[0]
    shortest = first.split(" from ")[0]
    how_often = f", {tries(part.tries, part.needed)}" if part.tries else ""
    forms = (f"{part.detail}.", f"{first}{how_often}.", f"{shortest}{how_often}.", f"{shortest}.")
    return [Fact(f"{part.detail}{how_often}.", priority=3, short=forms)]


def _storm(incident: Incident, zone: str, policy: Policy, now: datetime) -> list[Fact]:
    """Many services are one incident: how many, the first of them, and who has it."""
    down = incident.down()
    began = day_and_clock(incident.down_since, now, zone)
    names = ", ".join(down[:MOST_NAMES])
    more = f" (+{len(down) - MOST_NAMES})" if len(down) > MOST_NAMES else ""
    head = f"#{incident.number} {len(down)} DOWN since {began}:"
    return [
        Fact(head, priority=0),
        Fact(
            f"{names}{more}.",
            priority=1,
            short=(f"{', '.join(down[:2])} (+{len(down) - 2}).", f"{down[0]} (+{len(down) - 1})."),
        ),
        *_deployment(incident),
        *[Fact(f"{_light(track, incident, policy)}.", priority=5) for track in incident.tracks],
        Fact(f"Reply {incident.number} to ack", priority=1, by_text=True),
    ]


def _still_down(incident: Incident, policy: Policy, now: datetime) -> list[Fact]:
    again = "DOWN AGAIN" if incident.reopened and not _anybody(incident) else "STILL DOWN"
    lights = [_light(track, incident, policy) for track in incident.tracks]
    return [
        Fact(
            f"#{incident.number} {again} {_services(incident)}, {age(now - incident.down_since)}.",
            priority=0,
        ),
        *[Fact(f"{light}.", priority=3) for light in lights],
        *_deployment(incident),
        Fact(f"Reply {incident.number} to ack", priority=1, by_text=True),
    ]


def _reminder(incident: Incident, person: str, policy: Policy, now: datetime) -> list[Fact]:
    lights = [_light(track, incident, policy) for track in incident.tracks]
    number, mine = incident.number, has_it(incident, person)
    yours = "You have it." if mine else "You are on call now."
    ask = f"{number} esc for help, {number} ok 30m for quiet"
    return [
        Fact(
            f"#{number} {_services(incident)} is still down, "
            f"{age(now - incident.down_since)}. {yours}",
            priority=0,
        ),
        *[Fact(f"{light}.", priority=4) for light in lights],
        Fact(ask if mine else f"Reply {number} to take it over", priority=2, by_text=True),
    ]


def _asked_for(incident: Incident, track: Track, policy: Policy, now: datetime) -> list[Fact]:
    """A team that has it is asked for once more: there is nothing to acknowledge."""
    lights = [_light(other, incident, policy) for other in incident.tracks]
    return [
        Fact(
            f"#{incident.number} HELP ASKED of {policy.team_name(track.team)}: "
            f"{_services(incident)} down {age(now - incident.down_since)}.",
            priority=0,
        ),
        *[Fact(f"{light}.", priority=3) for light in lights],
        *_deployment(incident),
        Fact("Look in the thread, or call whoever has it.", priority=4),
    ]


def has_it(incident: Incident, person: str) -> bool:
    """Whether it is this person who acknowledged for a team, and no successor told of it."""
    return any(track.by == person for track in incident.tracks)


def _notice(incident: Incident, policy: Policy, now: datetime) -> list[Fact]:
    missing = "+".join(
        policy.team_name(track.team)
        for track in incident.tracks
        if track.state is TrackState.EXHAUSTED
    )
    return [
        Fact(
            f"#{incident.number} {_services(incident)}: nobody from {missing} came in "
            f"{age(now - incident.triggered_at)}.",
            priority=0,
        ),
        Fact("Everyone there was paged. You are on your own for now.", priority=1),
    ]


def _weighed(incident: Incident, now: datetime) -> list[Fact]:
    return [
        Fact(
            f"#{incident.number} {_services(incident)}: a deployment is now suspected.",
            priority=0,
        ),
        *_deployment(incident),
        Fact(f"Down for {age(now - incident.down_since)}.", priority=3),
    ]


def _over(incident: Incident, zone: str, policy: Policy) -> list[Fact]:
    ended = incident.resolved_at or incident.down_since
    since, until = clock(incident.down_since, zone), clock(ended, zone)
    short = since == until and ended - incident.down_since < timedelta(minutes=1)
    span = since if short else f"{since}-{until}"
    by = f" by {policy.name_of(incident.resolved_by)}" if incident.resolved_by else ""
    first, *others = incident.last_down
    names = f"{first.service} (+{len(others)})" if others else first.service
    how = first.ended
    ask = "Was it the deploy? Say so in the thread" if incident.link.named else ""
    facts = [
        Fact(
            f"#{incident.number} {'RESOLVED' if by else 'UP'} {names}{by} "
            f"after {age(ended - incident.down_since)} ({span}).",
            priority=0,
        ),
    ]
    if how and not by:
        facts.append(Fact(f"{how}.", priority=1))
    if ask and incident.cause is None:
        facts.append(Fact(ask, priority=2))
    return facts


def _deployment(incident: Incident) -> list[Fact]:
    """The deployment that is named, as facts of a text."""
    link = incident.link
    if link.named is None:
        words = "No deployment known." if link.weighed else "Deployments not weighed (our fault)."
        return [Fact(words, priority=3)]
    whose = _whose(link.named, incident)
    first = _named("Last deploy" if _is_last(incident) else "Suspect", whose, link.named)
    lead = {
        Label.UNLIKELY: "Unlikely: ",
        Label.ONE_OF: f"One of {link.among} deploys: ",
    }.get(link.label, "")
    facts = [
        Fact(
            f"{lead}{first}, {before(link.named, incident)}.",
            priority=2,
            short=(
                f"{first}, {before(link.named, incident)}.",
                _short(whose, link.named, link.named.deployment.name, incident),
                _short(whose, link.named, _cut(link.named.deployment), incident),
            ),
        )
    ]
    if link.second is not None:
        other = f"{_whose(link.second, incident)}{_tag(link.second.deployment)}"
        facts.append(Fact(f"Or {other}.", priority=6))
    return facts


def _is_last(incident: Incident) -> bool:
    last, named = incident.link.most_recent, incident.link.named
    return bool(last and named and last.deployment.id == named.deployment.id)


def _named(lead: str, whose: str, candidate: Candidate) -> str:
    deployment = candidate.deployment
    by = f" by {deployment.by}" if deployment.by else ""
    return f"{lead} {whose}{_tag(deployment)}{by}"


def _short(whose: str, candidate: Candidate, version: str, incident: Incident) -> str:
    return f"Deploy {whose}{version}, {before(candidate, incident)}."


def _cut(deployment: Deployment) -> str:
    """A name that would fill the text gives way to its commit; without one, to its beginning."""
    if len(deployment.name) <= LONGEST_VERSION:
        return deployment.name
    return deployment.short_sha or f"{deployment.name[: LONGEST_VERSION - 2]}.."


def _whose(candidate: Candidate, incident: Incident) -> str:
    """A version without its service would be taken for one of the service that is down."""
    service = candidate.deployment.service
    return "" if service == incident.service else f"{service} "


def _tag(deployment: Deployment) -> str:
    """Version and short sha, once each."""
    sha = deployment.short_sha
    if not sha or sha in deployment.name:
        return deployment.name
    return f"{deployment.name} {sha}"


def began_at(incident: Incident) -> datetime:
    """When the service that it is called by went down."""
    return incident.told_of[0].began_at


def _services(incident: Incident) -> str:
    first, *others = incident.told_of
    return f"{first.service} (+{len(others)})" if others else first.service


def _anybody(incident: Incident) -> bool:
    return any(track.state is TrackState.ACKNOWLEDGED for track in incident.tracks)


def _light(track: Track, incident: Incident, policy: Policy) -> str:
    name = policy.team_name(track.team)
    if is_not_needed(track, incident, policy):
        return f"{name}: not needed"
    if track.state is TrackState.ACKNOWLEDGED:
        return f"{name}: {policy.name_of(track.by)} has it"
    return f"{name}: nobody yet"


def blind(since: datetime, policy: Policy) -> str:
    """To everybody on call: Midwatch cannot see."""
    return fit(
        [
            Fact(f"Midwatch is blind since {clock(since, policy.timezone)}:", priority=0),
            Fact("no check and no canary answers. Its own network may be down.", priority=1),
            Fact("Nobody is paged for services until it sees again.", priority=2),
        ]
    )


def test_page(person: Person, now: datetime) -> str:
    """`midwatch page PERSON`."""
    return fit(
        [
            Fact(
                f"Midwatch test page for {person.name}, {clock(now, person.timezone)}.", priority=0
            ),
            Fact("Nothing is down. This is how a page reaches you.", priority=1),
        ]
    )
