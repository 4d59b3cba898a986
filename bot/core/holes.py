"""Holes of the rotas: when nobody has a duty, or somebody whom no phone reaches."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.core.policy import Policy, Team
from bot.core.recipients import BY_PHONE, channels_of
from bot.core.spans import spans

AHEAD = timedelta(days=7)
BEYOND = timedelta(days=4)
"""A span is looked at so far beyond both ends, so that it is the same one tomorrow."""


class Lack(StrEnum):
    """What is missing in a span."""

    NOBODY = "nobody"
    NO_PHONE = "no_phone"


@dataclass(frozen=True, slots=True)
class Hole:
    """In this span (`end` exclusive, aware) the duty of `team` is nobody's, or of no use.

    `person` has it and no phone that works; `mark` says so where a provider has refused it.
    `since` and `until` tell whether its beginning and its end were seen.
    """

    team: str
    start: datetime
    end: datetime
    lack: Lack
    person: str | None = None
    mark: str | None = None
    since: bool = True
    until: bool = True


def holes(
    policy: Policy, unusable: Mapping[tuple[str, str], str], now: datetime, ahead: timedelta = AHEAD
) -> list[Hole]:
    """What lacks from `now` (aware) on, team by team, oldest first.

    Nobody has a phone that works where Midwatch cannot text or call at all: that is told elsewhere.
    """
    phones = any(BY_PHONE & set(person.channels) for person in policy.people.values())
    found = [
        hole
        for team in policy.teams.values()
        for hole in _of_team(team, policy, unusable, now, ahead)
    ]
    return [hole for hole in found if phones or hole.lack is Lack.NOBODY]


def digest_of(found: list[Hole], policy: Policy) -> str:
    """The same as long as the same is missing: a hole of every week is none that is new."""
    zone = ZoneInfo(policy.timezone)
    said = sorted({_pattern(hole, zone) for hole in found})
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def _of_team(
    team: Team,
    policy: Policy,
    unusable: Mapping[tuple[str, str], str],
    now: datetime,
    ahead: timedelta,
) -> Iterator[Hole]:
    low, high = now - BEYOND, now + ahead + BEYOND
    for span in spans(team, low, high):
        if span.end <= now or span.start >= now + ahead:
            continue
        seen = (span.start > low, span.end < high)
        people = [key for key in span.people if key in policy.people]
        if not people:
            yield Hole(team.key, span.start, span.end, Lack.NOBODY, None, None, *seen)
        for key in people:
            if not BY_PHONE & set(channels_of(policy.people[key], unusable)):
                marks = [unusable.get((key, channel)) for channel in ("sms", "call")]
                mark = next((it for it in marks if it), None)
                yield Hole(team.key, span.start, span.end, Lack.NO_PHONE, key, mark, *seen)


def _pattern(hole: Hole, zone: ZoneInfo) -> str:
    """Of a gap: the hours of the week. Of a person: who and why, whenever their turn comes."""
    if hole.lack is Lack.NO_PHONE:
        return f"{hole.team} {hole.person} {hole.mark}"
    edges = [
        at.astimezone(zone).strftime("%a %H:%M") if seen else "open"
        for at, seen in ((hole.start, hole.since), (hole.end, hole.until))
    ]
    return f"{hole.team} {' '.join(edges)}"
