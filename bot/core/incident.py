"""The incident and its tracks: state only; what changes it lives in the files beside this one."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.follow_up import FollowUp
from bot.core.link import Link
from bot.core.signal import Links

REOPEN_WITHIN = timedelta(minutes=15)
"""Down again within this time of recovery reopens the same incident."""
FLAPPING_FROM = 3
"""From the third reopening on it is flapping: nobody is paged until it holds."""
HOLDS_AFTER = timedelta(minutes=5)
REMIND_AFTER = timedelta(minutes=30)
REMIND_EVERY = timedelta(hours=1)
REMINDERS_AT_MOST = 3


class IncidentState(StrEnum):
    """`triggered` -> `acknowledged` -> `resolved`; may be reopened."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class TrackState(StrEnum):
    """One team's escalation inside an incident."""

    PAGING = "paging"
    ACKNOWLEDGED = "acknowledged"
    EXHAUSTED = "exhausted"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Track:
    """One team's way through the escalation policy.

    `step` is the index of the next step, `repeated` how often the last one (once the track is
    exhausted: the last resort) was repeated, `next_at` when it is due (None: nothing is). `round`
    counts reopenings and hand-made escalations so that page keys never repeat. `reopening`: its
    pages are first pages again.
    """

    team: str
    state: TrackState
    started_at: datetime
    step: int = 0
    repeated: int = 0
    next_at: datetime | None = None
    round: int = 0
    reopening: bool = False
    by: str | None = None
    via: str | None = None
    at: datetime | None = None

    @property
    def open(self) -> bool:
        """Nobody of this team has said "we have it" yet."""
        return self.state in (TrackState.PAGING, TrackState.EXHAUSTED)

    @property
    def begun(self) -> bool:
        """Its first step has run."""
        return (self.step, self.repeated) != (0, 0)


@dataclass(frozen=True, slots=True)
class Affected:
    """A service inside an incident; `up_at` is set while it is up again.

    `detail` and `links` are of one signal that is down; `ended` says how the last one ended, where
    that is not simply that it works again. `told_at`: when support was told that it is down.
    """

    service: str
    began_at: datetime
    detail: str
    last_good_at: datetime | None = None
    tries: int = 0
    needed: int = 0
    up_at: datetime | None = None
    links: Links = ()
    ended: str | None = None
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """What people decided. `kind` is `deployment` or `other`."""

    kind: str
    deployment: str | None
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident, one thread, however many services and teams.

    `again_at` is when it began anew, the last time that it was reopened. `storm_at` is when a
    service joined it last as one of a storm; None: it is none. `weigh_at`: when its deployments are
    to be weighed over all its services. `split_at`: when what still is down although its
    dependency is back becomes an incident of its own; that one names the dependency in
    `parted_from`. `storm_told`: how many services were down when people were last told that it is a
    storm. `support_at`: when support is to be told what it does not know yet to be down.
    `imported_from`: the tool that it was imported from, with the id that it had there; None: it
    happened here.
    """

    number: int
    state: IncidentState
    services: tuple[Affected, ...]
    began_at: datetime
    triggered_at: datetime
    tracks: tuple[Track, ...]
    link: Link
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    cause: Cause | None = None
    reopened: int = 0
    reminders: int = 0
    remind_at: datetime | None = None
    last_resort_at: datetime | None = None
    merged_into: int | None = None
    opened_by: str | None = None
    thread_channel: str | None = None
    thread_ts: str | None = None
    again_at: datetime | None = None
    storm_at: datetime | None = None
    weigh_at: datetime | None = None
    split_at: datetime | None = None
    follow_ups: tuple[FollowUp, ...] = ()
    parted_from: str | None = None
    storm_told: int | None = None
    support_at: datetime | None = None
    imported_from: str | None = None
    imported_id: str | None = None

    @property
    def imported(self) -> bool:
        """It is history from elsewhere: nobody is paged, asked or told about it."""
        return self.imported_id is not None

    @property
    def open(self) -> bool:
        """Not resolved."""
        return self.state is not IncidentState.RESOLVED

    @property
    def down_since(self) -> datetime:
        """The first failed probe of this outage: of the last one, where it was reopened."""
        return self.again_at or self.began_at

    @property
    def flapping(self) -> bool:
        """Down again so often that the next pages wait until it stays down."""
        return self.reopened >= FLAPPING_FROM

    @property
    def service(self) -> str:
        """The service that it began with: the name in texts and titles."""
        return self.services[0].service

    @property
    def next_due_at(self) -> datetime | None:
        """When time alone changes something: a step or a reminder. None while nothing is due."""
        times = [it.remind_at for it in self.follow_ups]
        if self.open:
            times += [*(track.next_at for track in self.tracks), self.remind_at, self.support_at]
        return min((at for at in times if at is not None), default=None)

    @property
    def opened_at(self) -> datetime:
        """When its first team was paged for it: since it was opened, or reopened last."""
        return min((track.started_at for track in self.tracks), default=self.triggered_at)

    def track(self, team: str) -> Track | None:
        """The track of `team`, if it takes part."""
        return next((track for track in self.tracks if track.team == team), None)

    def affects(self, service: str) -> bool:
        """Whether `service` is part of it."""
        return any(part.service == service for part in self.services)

    def part(self, service: str) -> Affected:
        """That service inside of it. It must be part of it (see `affects`)."""
        return next(part for part in self.services if part.service == service)

    def with_part(self, changed: Affected) -> "Incident":
        """The same with a new version of one service."""
        parts = [changed if it.service == changed.service else it for it in self.services]
        return replace(self, services=tuple(parts))

    def down(self) -> tuple[str, ...]:
        """Its services that are still down."""
        return tuple(part.service for part in self.services if part.up_at is None)

    @property
    def told_of(self) -> tuple[Affected, ...]:
        """What a sentence about it names: what is still down of it; once it is over, all."""
        down = tuple(part for part in self.services if part.up_at is None)
        return down if self.open and down else self.services

    @property
    def last_down(self) -> tuple[Affected, ...]:
        """What was down in this outage: in the last one, where it was reopened."""
        if not self.reopened:
            return self.services
        since = self.opened_at
        last = tuple(it for it in self.services if it.up_at is None or it.up_at > since)
        return last or self.services


def all_acknowledged(tracks: Iterable[Track], any_team: bool) -> bool:
    """Whether the incident counts as acknowledged: each team has, or (`any_team`) one has."""
    states = [track.state is TrackState.ACKNOWLEDGED for track in tracks]
    return bool(states) and (any(states) if any_team else all(states))
