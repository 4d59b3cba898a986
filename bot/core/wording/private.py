"""Answers to one person: to a text, a click, a command. Plain text; escaped for Slack by sender."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.core.age import age
from bot.core.events import Actor
from bot.core.incident import Incident, Track, TrackState
from bot.core.policy import Policy
from bot.core.rules_of import is_not_needed
from bot.core.segments import ONE_SEGMENT, Fact, clean, fit, units
from bot.core.signal import Signal, from_alert
from bot.core.wording.outside import one_line
from bot.core.wording.words import and_list, clock, day_and_clock

TEXT_HELP = (
    "Say: {0} (have it), all, {0} esc (escalate), {0} ok (over), "
    "{0} ok 30m (quiet), web (sign-in link), ? (what is open)"
)
"""With the number of what is open: at three in the morning an example is taken for what to text."""
SHORTER_HELP = (
    "Say: {0} (have it), all, {0} esc, {0} ok (over), {0} ok 30m (quiet), web, ?",
    "Say: {0}, all, {0} esc, {0} ok, {0} ok 30m, web, ?",
)
EXAMPLE = 12
"""Where nothing is open."""
MOST_IN_FULL = 3
MOST_NAMES = 3
"""Services that an answer about many names."""
DETAIL_AT_MOST = 60
"""Characters of what a check said, so that what to do still fits the same text."""


def stranger() -> str:
    """Somebody who is in no team."""
    return (
        "You are in no team of Midwatch's configuration, so nothing was changed. "
        "Ask for your name to be added."
    )


def no_such_incident(number: int, actor: Actor) -> str:
    """A number that never was, and how to see what is open from where they asked."""
    text = f"There is no incident #{number}. Nothing was changed."
    see = {"sms": " Text ? to see what is open.", "slack": " `/midwatch` tells what is open."}
    return f"{text}{see.get(actor.via, '')}"


def led(number: int, incident: Incident) -> str:
    """Before what is said of the one that remains: the number they named was of a merged one."""
    return f"#{number} is part of #{incident.number} now. "


def nothing_open() -> str:
    """Nothing to acknowledge."""
    return "Nothing is open for your teams. Nothing was changed."


def which_one(incidents: Sequence[Incident], actor: Actor, now: datetime) -> str:
    """Several are open and none was named."""
    names = [f"#{i.number} {i.service} {age(now - i.down_since)}" for i in incidents[:6]]
    more = f" (+{len(incidents) - 6})" if len(incidents) > 6 else ""
    how = (
        "`/midwatch ack` with a number, or all"
        if actor.via == "slack"
        else "Reply a number, or all"
    )
    return f"{len(incidents)} open: {', '.join(names)}{more}. {how}"


def yours(incident: Incident, taken: list[Track], actor: Actor, policy: Policy) -> str:
    """`#12 is yours for Development (03:16). IT: Ana, 03:14. https://…`

    Of several services it says which: what they were paged for may have been the first of them.
    """
    zone = _zone(actor, policy)
    teams = and_list([policy.team_name(track.team) for track in taken])
    at = next((t.at for t in incident.tracks if t.by == actor.person and t.at), incident.began_at)
    mine = {track.team for track in taken}
    others = [
        _light(track, incident, zone, policy) for track in incident.tracks if track.team not in mine
    ]
    text = " ".join(
        [
            f"#{incident.number} is yours for {teams} ({clock(at, zone)}){_all_down(incident)}.",
            *[f"{light}." for light in others],
        ]
    )
    return _with_link(text, incident, actor, policy)


def _all_down(incident: Incident) -> str:
    """`: 8 down, s1, s2, s3 (+5)`; nothing where it is one."""
    names = incident.down()
    if len(names) < 2:
        return ""
    more = f" (+{len(names) - MOST_NAMES})" if len(names) > MOST_NAMES else ""
    return f": {len(names)} down, {', '.join(names[:MOST_NAMES])}{more}"


def already_acknowledged(incident: Incident, track: Track, actor: Actor, policy: Policy) -> str:
    """Their team has it already."""
    zone = _zone(actor, policy)
    who = "You have" if track.by == actor.person else f"{policy.name_of(track.by)} has"
    since = f" since {clock(track.at, zone)}" if track.at else ""
    team = f" for {policy.team_name(track.team)}"
    if is_not_needed(track, incident, policy):
        team = ""
    return f"{who} #{incident.number} {incident.service}{team}{since}."


def already_over(incident: Incident, actor: Actor, policy: Policy, now: datetime) -> str:
    """Resolve beats a late acknowledgement."""
    zone, ended = _zone(actor, policy), incident.resolved_at or incident.down_since
    return (
        f"#{incident.number} {incident.service} has been over since "
        f"{day_and_clock(ended, now, zone)} "
        f"(down {age(ended - incident.down_since)}). Nothing to do."
    )


def not_your_incident(incident: Incident, policy: Policy) -> str:
    """A known person in none of the incident's teams."""
    teams = and_list([policy.team_name(track.team) for track in incident.tracks])
    return (
        f"#{incident.number} {incident.service} belongs to {teams}; you are in neither, "
        "so nothing was changed."
    )


def joined(told: Sequence[str]) -> str:
    """Several answers as one; of many, what each says first."""
    if len(told) > MOST_IN_FULL:
        told = [f"{text.split('. ')[0].removesuffix('.')}." for text in told]
    return " ".join(told)


def already_open(incident: Incident) -> str:
    """Opened before by somebody or something else."""
    return f"#{incident.number} {incident.service} is open already; your note is in its thread."


def opened(incident: Incident | None, service: str, policy: Policy) -> str:
    """After `/midwatch open`."""
    if incident is None:
        return f"{service} is noted as down, but it is silenced or in maintenance: nobody is paged."
    teams = and_list([policy.team_name(track.team) for track in incident.tracks])
    return f"#{incident.number} {service} is open; {teams} are paged."


def resolve_refused(incident: Incident, signal: Signal, actor: Actor) -> str:
    """While it is down it cannot be over; there is a way to be quiet."""
    number, detail = incident.number, one_line(signal.detail, DETAIL_AT_MOST)
    when = "the alert does" if from_alert(signal.source) else "up"
    quiet = f"`/midwatch silence {number} 30m`" if actor.via != "sms" else f"{number} ok 30m"
    return (
        f"#{number} stays open: {signal.service} is still down ({detail}). "
        f"It resolves by itself when {when}. For quiet: {quiet}"
    )


def resolved(incident: Incident) -> str:
    """To the one who resolved it."""
    return f"#{incident.number} {incident.service} is resolved."


def escalated(
    incident: Incident,
    paged: Mapping[str, Sequence[str]],
    quiet_until: datetime | None,
    actor: Actor,
    policy: Policy,
) -> str:
    """To the one who asked for more people: who is asked for now, by team, and whether the rest
    is quiet.
    """
    asked = [
        f"{policy.team_name(team)} ({and_list([policy.name_of(person) for person in people])})"
        for team, people in paged.items()
        if people
    ]
    nobody = [policy.team_name(team) for team, people in paged.items() if not people]
    parts = [f"{and_list(asked)} paged again, next step now."] if asked else []
    if nobody:
        parts.append(f"Nobody in {and_list(nobody)} can be reached.")
    if quiet_until is not None:
        parts.append(f"Otherwise quiet until {clock(quiet_until, _zone(actor, policy))}.")
    return f"#{incident.number}: {' '.join(parts)}"


def just_escalated(incident: Incident, teams: tuple[str, ...], policy: Policy) -> str:
    """Pressed twice."""
    names = and_list([policy.team_name(team) for team in teams])
    return f"#{incident.number}: {names} paged a moment ago already, so nothing more was done."


def which_deployment(incident: Incident) -> str:
    """A cause without a deployment that is known."""
    return (
        f"#{incident.number}: no deployment is linked, so there is nothing to confirm. "
        "Choose one with Another one."
    )


def cause_noted(incident: Incident) -> str:
    """To the one who decided."""
    return f"#{incident.number}: noted. It can be changed at any time."


def cause_stands(incident: Incident) -> str:
    """The same answer twice."""
    return f"#{incident.number}: that is what is noted already."


def unknown_service(service: str, policy: Policy) -> str:
    """A service that is not configured."""
    known = ", ".join(sorted(policy.services)[:10])
    return f"There is no service {service}. Known: {known}."


def deployed_noted(service: str, what: str) -> str:
    """A by-hand part was noted as a deployment."""
    return f"Noted: {what or 'by hand'} was deployed to {service}."


def status(
    incidents: Sequence[Incident],
    held_back: Sequence[tuple[str, datetime]],
    actor: Actor,
    policy: Policy,
    now: datetime,
) -> str:
    """What is open, what is quiet besides (service, until when), and what I can say."""
    zone = _zone(actor, policy)
    quiet = f" {_quiet(held_back, now, zone)}" if held_back else ""
    if not incidents:
        nothing = "Nothing is open." if quiet else "Nothing is down."
        return _with_help(f"{nothing}{quiet}", EXAMPLE, actor)
    parts = []
    for incident in incidents[:4]:
        lights = ", ".join(_light(track, incident, zone, policy) for track in incident.tracks)
        parts.append(
            f"#{incident.number} {incident.service} {age(now - incident.down_since)} ({lights})"
        )
    more = f" (+{len(incidents) - 4})" if len(incidents) > 4 else ""
    return _with_help(f"{'; '.join(parts)}{more}.{quiet}", incidents[0].number, actor)


def _with_help(text: str, number: int, actor: Actor) -> str:
    """What can be said, in a text as fully as one segment allows."""
    words = TEXT_HELP.format(number)
    if actor.via != "sms":
        return f"{text} {words}"
    shorter = tuple(form.format(number) for form in SHORTER_HELP)
    return fit([Fact(text, priority=0), Fact(words, priority=0, short=shorter)])


def _quiet(held_back: Sequence[tuple[str, datetime]], now: datetime, zone: str) -> str:
    """`Quiet, nobody is paged: checkout until 03:42.`"""
    parts = [f"{key} until {day_and_clock(until, now, zone)}" for key, until in held_back[:3]]
    more = f" (+{len(held_back) - 3})" if len(held_back) > 3 else ""
    return f"Quiet, nobody is paged: {', '.join(parts)}{more}."


def unknown_words(incidents: Sequence[Incident], actor: Actor, *, several: bool) -> str:
    """One short help, about the first of what is open. `several`: they named several numbers."""
    number = incidents[0].number if incidents else EXAMPLE
    one = " One number a text, or all." if several else ""
    return _with_help(f"Not understood, nothing changed.{one}", number, actor)


def last_answer(free_at: datetime, zone: str, *, understood: bool) -> str:
    """Before the last answer of an hour to texts that change nothing, or that are no commands."""
    which = "that change nothing" if understood else "that are not understood"
    return f"Last answer until {clock(free_at, zone)} to texts {which}."


def sign_in() -> str:
    """The link itself is added when it is sent."""
    return "Sign in with this link, once, within 10 min:"


def _light(track: Track, incident: Incident, zone: str, policy: Policy) -> str:
    name = policy.team_name(track.team)
    if is_not_needed(track, incident, policy):
        return f"{name}: not needed"
    if track.state is TrackState.ACKNOWLEDGED:
        at = f", {clock(track.at, zone)}" if track.at else ""
        return f"{name}: {policy.name_of(track.by)}{at}"
    return f"{name}: nobody yet"


def _zone(actor: Actor, policy: Policy) -> str:
    known = policy.people.get(actor.person or "")
    return known.timezone if known and known.timezone else policy.timezone


def _with_link(text: str, incident: Incident, actor: Actor, policy: Policy) -> str:
    """The page's address, where it still fits one segment."""
    if not policy.public_url:
        return text
    longer = f"{text} {policy.public_url}/incidents/{incident.number}"
    return longer if actor.via != "sms" or units(clean(longer)) <= ONE_SEGMENT else text
