"""The first message of an incident's thread: edited in place, so it always tells how things stand.

    *#12 checkout is down* since 03:12 · 14 min
    HTTP 503 from /health, 3 of 3 tries; last good 03:11:50
    *Last deployment:* v1.42 `a1b2c3d` by Bo, 7 min before, *suspected* · 4 commits · compare
    IT: Ana has it, 03:14 · Development: paging Bo (text delivered 03:13, next at 03:16)
    [I have it] [Escalate] [Resolve] · Was it this deployment? [This deployment] [Another one] …

Times are Slack's date markup, which each reader sees in their own zone. Whatever others wrote is
escaped. Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.age import age
from bot.core.effects import Entry
from bot.core.incident import Affected, Incident
from bot.core.page import Page
from bot.core.policy import Policy
from bot.core.quiet import quiet_until
from bot.core.signal import Silence
from bot.core.wording import follow_ups
from bot.core.wording.lights import light
from bot.core.wording.outside import linked, one_line, said
from bot.core.wording.thread_deployment import deployment_lines, plain_deployment
from bot.core.wording.words import clock, escape, on_and_off, slack_ago, slack_time, some, tries

MOST_SERVICES = 8
VALUE_AT_MOST = 2000
"""Slack's limit for what a button carries."""


@dataclass(frozen=True, slots=True)
class Button:
    """`action` names it in Slack's payload, `value` travels with the click."""

    label: str
    action: str
    value: str
    style: str | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """The message in parts. `text` is its plain fallback, escaped; `lines` are mrkdwn.

    `buttons` act on the incident, `cause_buttons` answer `question`, `follow_up_buttons` open the
    form that the teams fill in afterwards.
    """

    text: str
    lines: tuple[str, ...]
    buttons: tuple[Button, ...] = ()
    question: str = ""
    cause_buttons: tuple[Button, ...] = ()
    follow_up_buttons: tuple[Button, ...] = ()


def header(
    incident: Incident,
    *,
    pages: Sequence[Page],
    silences: Iterable[Silence],
    policy: Policy,
    now: datetime,
    timeline: Sequence[Entry] = (),
) -> Header:
    """Word it as of `now`. `timeline` gives the words of what people decided."""
    lines = [
        _title(incident, policy, now),
        *_facts(incident, policy),
        *deployment_lines(incident, policy),
        *_lights(incident, pages, policy),
        *_quiet(incident, silences, policy, now),
        *_cause(incident, timeline, policy),
        *_follow_up(incident, policy),
        *_page_link(incident, policy),
    ]
    merged = incident.merged_into is not None
    return Header(
        text=_plain(incident, policy, now),
        lines=tuple(lines),
        buttons=() if merged else tuple(_buttons(incident)),
        question="" if merged else _question(incident),
        cause_buttons=() if merged else tuple(_cause_buttons(incident)),
        follow_up_buttons=() if merged else tuple(_follow_up_buttons(incident)),
    )


def _title(incident: Incident, policy: Policy, now: datetime) -> str:
    number, zone = incident.number, policy.timezone
    names = said(some([part.service for part in incident.told_of]), 400)
    if incident.merged_into is not None:
        return f"*#{number} {names}* is part of *#{incident.merged_into}* now"
    if incident.resolved_at is not None and not incident.open:
        by = incident.resolved_by
        what = f"is resolved* by {said(policy.name_of(by), 80)}" if by else f"{_up(incident)}*"
        span = f"{slack_time(incident.began_at, zone)}–{slack_time(incident.resolved_at, zone)}"
        return f"*#{number} {names} {what} after {_lasted(incident, now)} ({span})"
    since = slack_time(incident.down_since, zone)
    ago = slack_ago(incident.down_since, _lasted(incident, now))
    words = [f"*#{number} {names} {_down(incident)}* since {since}", ago]
    began = incident.down_since
    if back := [it for it in incident.services if it.up_at is not None and it.up_at >= began]:
        words.append(f"{len(back)} of {len(back) + len(incident.down())} are back")
    if incident.opened_by:
        words.append(f"opened by {said(policy.name_of(incident.opened_by), 80)}")
    if incident.reopened:
        words.append(_again(incident))
    return " · ".join(words)


def _down(incident: Incident) -> str:
    return "is down" if len(incident.told_of) == 1 else "are down"


def _up(incident: Incident) -> str:
    return "is up again" if len(incident.services) == 1 else "are up again"


def _lasted(incident: Incident, now: datetime) -> str:
    """Once it is over: of the whole outage, however often it was down."""
    if incident.open or incident.resolved_at is None:
        return age(now - incident.down_since)
    lasted = age(incident.resolved_at - incident.began_at)
    return f"{lasted}{on_and_off(incident.reopened + 1)}"


def _again(incident: Incident) -> str:
    times = "again" if incident.reopened == 1 else f"again {incident.reopened} times"
    if not incident.flapping:
        return f"down {times}"
    waits = any(track.open and not track.begun for track in incident.tracks)
    then = ", nobody is paged until it stays down for 5 min" if waits else ""
    return f"down {times}: *flapping*{then}"


def _facts(incident: Incident, policy: Policy) -> Iterator[str]:
    """What failed, and when it last worked; what is still down comes first."""
    if len(incident.services) == 1:
        yield from [_fact(incident.services[0], policy)] if incident.services[0].detail else []
        return
    parts = sorted(incident.services, key=lambda part: part.up_at is not None)
    for part in parts[:MOST_SERVICES]:
        name = said(part.service, 80)
        if part.up_at is not None:
            yield f"• *{name}* is up since {slack_time(part.up_at, policy.timezone)}"
        else:
            since = slack_time(part.began_at, policy.timezone)
            yield f"• *{name}* since {since}: {_fact(part, policy)}"
    hidden = parts[MOST_SERVICES:]
    if hidden:
        down = sum(part.up_at is None for part in hidden)
        yield f"• and {len(hidden)} more" + (f", {down} of them down" if down < len(hidden) else "")


def _fact(part: Affected, policy: Policy) -> str:
    often = f", {tries(part.tries, part.needed)}" if part.tries else ""
    good = ""
    if part.last_good_at is not None:
        good = f"; last good {slack_time(part.last_good_at, policy.timezone, seconds=True)}"
    links = "".join(f" · {link}" for label, url in part.links if (link := linked(url, label)))
    ended = f"; {said(part.ended)}" if part.ended and part.up_at is not None else ""
    return f"{said(part.detail)}{often}{good}{ended}{links}"


def _lights(incident: Incident, pages: Sequence[Page], policy: Policy) -> list[str]:
    if incident.merged_into is not None or not incident.tracks:
        return []
    return [" · ".join(light(track, incident, pages, policy) for track in incident.tracks)]


def _quiet(
    incident: Incident, silences: Iterable[Silence], policy: Policy, now: datetime
) -> Iterator[str]:
    known = tuple(silences)
    for service in incident.down() if incident.open else ():
        found = quiet_until(service, known, policy.windows, now)
        if found is not None:
            until, why = slack_time(found[0], policy.timezone), said(found[1], 120)
            yield f"🔕 {said(service, 80)} is quiet until {until} ({why}): nobody is paged"


def _cause(incident: Incident, timeline: Sequence[Entry], policy: Policy) -> Iterator[str]:
    cause = incident.cause
    if cause is None:
        return
    told = [entry.text for entry in timeline if entry.kind == "cause_decided"]
    if told:
        yield f"*Cause:* {told[-1]}"
        return
    who, note = said(policy.name_of(cause.by), 80), f": {said(cause.note)}" if cause.note else ""
    what = "not a deployment" if cause.kind == "other" else "a deployment"
    yield f"*Cause:* {what}, says {who}{note}"


def _follow_up(incident: Incident, policy: Policy) -> Iterator[str]:
    words = follow_ups.line(incident, policy)
    if words:
        yield f"*Follow-up:* {words}"


def _page_link(incident: Incident, policy: Policy) -> list[str]:
    link = linked(f"{policy.public_url}/incidents/{incident.number}", "Timeline")
    return [link] if link and policy.public_url else []


def _buttons(incident: Incident) -> Iterator[Button]:
    number = str(incident.number)
    if not incident.open:
        return
    if any(track.open for track in incident.tracks):
        yield Button("I have it", "ack", number, "primary")
    yield Button("Escalate", "escalate", number)
    yield Button("Resolve", "resolve", number)


def _question(incident: Incident) -> str:
    was = "Was" if incident.cause is None else "Change it: was"
    return f"{was} it {'this' if incident.link.named else 'a'} deployment?"


def _cause_buttons(incident: Incident) -> Iterator[Button]:
    """They stay after the end, and after an answer: it can be changed."""
    number = str(incident.number)
    if incident.link.named is not None:
        # The click means the deployment that its reader saw, whatever was weighed since.
        seen = f"{number} {incident.link.named.deployment.id}"
        yield Button(
            "This deployment", "cause_this", seen if len(seen) <= VALUE_AT_MOST else number
        )
    yield Button("Another one", "cause_another", number)
    yield Button("Not a deployment", "cause_other", number)


def _follow_up_buttons(incident: Incident) -> Iterator[Button]:
    """It stays after the last answer: each can be changed."""
    if any(it.asked for it in incident.follow_ups):
        waits = not incident.open and any(it.waiting for it in incident.follow_ups)
        style = "primary" if waits else None
        yield Button(follow_ups.QUESTION, "follow_up", str(incident.number), style)


def _plain(incident: Incident, policy: Policy, now: datetime) -> str:
    if incident.merged_into is not None:
        names = one_line(some([part.service for part in incident.services]), 400)
        return escape(f"#{incident.number} {names} is part of #{incident.merged_into} now")
    names, lasted = some([part.service for part in incident.told_of]), _lasted(incident, now)
    if incident.open:
        state = f"{_down(incident)} since {clock(incident.down_since, policy.timezone)}"
        first = incident.told_of[0]
        detail = f": {first.detail}" if first.detail else ""
    else:
        state, detail = f"{_up(incident)} after {lasted}", ""
    told = one_line(f"#{incident.number} {names} {state}{detail}", 400)
    return escape(f"{told}; {plain_deployment(incident)}")
