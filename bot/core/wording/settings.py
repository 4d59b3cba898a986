"""What a person reads of their own settings, in the app's Home (Slack mrkdwn, escaped)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.core.duty_hours import Hours
from bot.core.policy import Person, Policy
from bot.core.wording.outside import said
from bot.core.wording.words import and_list, slack_day

Shifts = Mapping[str, tuple[datetime, datetime | None]]
"""By team: the shift that lasts or comes next. Without an end: none is in sight."""
_CHANNELS = {
    "sms": "text",
    "call": "call",
    "slack": "Slack message",
    "email": "e-mail",
    "webhook": "webhook",
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def lines(person: Person, policy: Policy, shifts: Shifts, now: datetime) -> list[str]:
    """Phone, channels, clock, quiet hours, next shift, and how each of them is changed."""
    return [
        _phone(person),
        _channels(person),
        f"My clock: {said(person.timezone, 60)}",
        _quiet(person),
        *_shifts(person, policy, shifts, now),
        f"All but shifts stand in the configuration, at `people.{said(person.key, 60)}`: `phone`, "
        "`channels`, `timezone`, `quiet_hours`. Whoever keeps it changes them. `/midwatch "
        "override` lets somebody stand in for a shift; `/midwatch on-call calendar` shows shifts "
        "in a calendar.",
    ]


def _phone(person: Person) -> str:
    if not person.phone_ends:
        return "No phone is configured, so no text and no call reaches me."
    return f"My phone ends in …{person.phone_ends}"


def _channels(person: Person) -> str:
    if not person.channels:
        return "*No channel reaches me:* I am never paged."
    names = [_CHANNELS.get(name, name) for name in person.channels]
    return f"I am paged by {', then '.join(names)}, unless a policy says how"


def _quiet(person: Person) -> str:
    if not person.quiet:
        return "No quiet hours: texts that only inform may come at any time"
    spans = and_list([_span(part) for part in person.quiet])
    return f"Quiet hours: {spans}. Pages come all the same"


def _span(hours: Hours) -> str:
    days = "" if len(hours.days) == 7 else f"{_named(hours.days)} "
    ends = (hours.since + hours.lasts) % timedelta(days=1)
    return f"{days}{_wall(hours.since)}-{_wall(ends)}"


def _named(days: frozenset[int]) -> str:
    """`Mon-Fri`, `Sat, Sun`."""
    found = sorted(days)
    whole = len(found) > 2 and found[-1] - found[0] == len(found) - 1
    return f"{_DAYS[found[0]]}-{_DAYS[found[-1]]}" if whole else ", ".join(_DAYS[d] for d in found)


def _wall(since_midnight: timedelta) -> str:
    minutes = int(since_midnight.total_seconds()) // 60
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _shifts(person: Person, policy: Policy, shifts: Shifts, now: datetime) -> list[str]:
    """Of each team: on call now, or the next shift."""
    found: list[str] = []
    for key in policy.teams_of(person.key):
        name = said(policy.team_name(key), 80)
        if policy.teams[key].rota is None:
            found.append(f"{name}: everyone is on call, always")
            continue
        if key not in shifts:
            found.append(f"{name}: no shift of mine is planned")
            continue
        start, end = shifts[key]
        until = f" until {slack_day(end, person.timezone)}" if end is not None else ""
        head = f"next shift from {slack_day(start, person.timezone)}"
        found.append(f"{name}: {'on call now' if start <= now else head}{until}")
    return found or ["I am in no team, so I have no shifts."]
