"""What happened before Midwatch watched: past deployments and incidents as our own records. Pure.

They are over. Nobody is paged, asked or told about them; they are only looked at and counted.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.deployment import Deployment, Report, apply, same_environment, same_version
from bot.core.incident import (
    Affected,
    Cause,
    Incident,
    IncidentState,
    Track,
    TrackState,
    all_acknowledged,
)
from bot.core.link import Label, Link, link
from bot.core.odds import HISTORY, RECENT
from bot.core.page import IMPORTED, Page, PageState, Urgency
from bot.core.policy import SHARED_ANY_TEAM, Policy, Service

BY = "import"
"""Who decided a cause that was imported; a person's own decision here is kept over it."""
LOOKED_BACK = HISTORY + RECENT + timedelta(days=4)
"""Deployments so long before an incident are weighed with it, as when it happens here."""
STARTED_UNKNOWN = timedelta(hours=1)
"""An end alone may belong to a roll-out that had begun up to so long before it."""


@dataclass(frozen=True, slots=True)
class PastPage:
    """Somebody was paged by another tool."""

    person: str
    team: str
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PastIncident:
    """One line of an import. `acknowledged`: (team, when, by whom if that is known).

    `cause` is `deployment` (then `deployment` is its id), `other`, or None: nobody decided.
    """

    id: str
    service: str
    began_at: datetime
    triggered_at: datetime
    resolved_at: datetime
    source: str = "import"
    acknowledged: tuple[tuple[str, datetime, str | None], ...] = ()
    cause: str | None = None
    deployment: str | None = None
    note: str = ""
    title: str = ""
    url: str | None = None
    pages: tuple[PastPage, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """When people decided about a cause, and whether it was a deployment."""

    at: datetime
    guilty: bool


def deployment_of(report: Report) -> Deployment:
    """The record of a past report, as if it had arrived at the time that it speaks of."""
    arrived = report.ended_at or report.started_at
    assert arrived is not None
    return apply(None, report, arrived)


def went_back(before: Sequence[Deployment], deployment: Deployment) -> bool:
    """Whether it is an older one than the last that went out again."""
    past = [other for other in before if not other.by_hand]
    if not past:
        return False
    here = next((at for at, it in enumerate(past) if same_version(it, deployment)), None)
    last = next(at for at, it in enumerate(past) if it == past[-1] or same_version(it, past[-1]))
    return here is not None and here < last


def incident_of(past: PastIncident, policy: Policy, number: int, found: Link) -> Incident:
    """The record of a past incident: resolved, with its teams' acknowledgements."""
    service = policy.services[past.service]
    said = {team: (at, by) for team, at, by in past.acknowledged}
    teams = dict.fromkeys([*service.teams, *said])
    tracks = tuple(_track(team, said.get(team), past.triggered_at) for team in teams)
    any_team = service.acknowledge == SHARED_ANY_TEAM
    acknowledged_at = None
    if all_acknowledged(tracks, any_team):
        times = [at for at, _by in said.values()]
        acknowledged_at = min(times) if any_team else max(times)
    cause = None
    if past.cause is not None:
        cause = Cause(past.cause, past.deployment, past.note, BY, past.resolved_at)
    part = Affected(
        past.service,
        past.began_at,
        past.title,
        up_at=past.resolved_at,
        links=((past.source[:20], past.url),) if past.url else (),
    )
    return Incident(
        number=number,
        state=IncidentState.RESOLVED,
        services=(part,),
        began_at=past.began_at,
        triggered_at=past.triggered_at,
        tracks=tracks,
        link=found,
        acknowledged_at=acknowledged_at,
        resolved_at=past.resolved_at,
        cause=cause,
        imported_from=past.source,
        imported_id=past.id,
    )


def _track(team: str, said: tuple[datetime, str | None] | None, started_at: datetime) -> Track:
    if said is None:
        return Track(team, TrackState.RESOLVED, started_at)
    return Track(team, TrackState.ACKNOWLEDGED, started_at, by=said[1], via=BY, at=said[0])


def still_decided(new: Incident, old: Incident) -> Incident:
    """A line that changed: what people decided here about it, and what was said to it, stays."""
    kept = replace(new, follow_ups=old.follow_ups)
    if old.cause is not None and old.cause.by != BY:
        kept = replace(kept, cause=old.cause)
    return kept


def pages_of(past: PastIncident, number: int) -> tuple[Page, ...]:
    """Its pages, over and done with: they count, and no one sends them."""
    return tuple(
        Page(
            key=f"{IMPORTED}:{number}:{place}",
            incident=number,
            person=it.person,
            team=it.team,
            channel=it.channel,
            urgency=Urgency.LATER,
            reason=IMPORTED,
            text="",
            line="",
            created_at=it.at,
            due_at=it.at,
            state=PageState.DELIVERED,
            sent_at=it.at,
            state_at=it.at,
        )
        for place, it in enumerate(past.pages, start=1)
    )


class Linker:
    """Links past incidents by the rule of live ones, each with what was known at its time.

    `deployments` are all that may concern them, of any service and environment. `decided`: causes
    that people decided, whenever. `seen`: since when each service's deployments are known.
    """

    def __init__(
        self,
        policy: Policy,
        deployments: Iterable[Deployment],
        decided: Iterable[Decided] = (),
        seen: Mapping[str, datetime] | None = None,
    ) -> None:
        self.policy, self.seen = policy, seen or {}
        self._by_service: dict[str, list[Deployment]] = defaultdict(list)
        for it in deployments:
            self._by_service[it.service].append(it)
        for each in self._by_service.values():
            each.sort(key=lambda it: (_moment(it), it.id))
        self._moments = {key: [_moment(it) for it in its] for key, its in self._by_service.items()}
        known = list(decided)
        self._decided = sorted(it.at for it in known)
        self._guilty = sorted(it.at for it in known if it.guilty)

    def link(self, service_key: str, began_at: datetime) -> Link:
        """Which deployment is suspected of an outage that began then."""
        service = self.policy.services.get(service_key)
        if service is None:
            return Link(Label.NONE, reason=f"{service_key} is not configured any more")
        others = [self.seen[key] for key in service.depends_on if key in self.seen]
        return link(
            service=service.key,
            began_at=began_at,
            deployments=self._around(service, began_at),
            environment=self._environment,
            depends_on=service.depends_on,
            first_seen=self.seen.get(service.key),
            decided=bisect_left(self._decided, began_at),
            guilty=bisect_left(self._guilty, began_at),
            window=service.suspect_window,
            dependencies_seen=min(others, default=None),
        )

    def _environment(self, key: str) -> str:
        known = self.policy.services.get(key)
        return known.environment if known else "production"

    def _around(self, service: Service, began_at: datetime) -> list[Deployment]:
        """Those that are weighed, and of each service the last one before."""
        found: list[Deployment] = []
        for key in {service.key, *service.depends_on}:
            moments, its = self._moments.get(key, []), self._by_service.get(key, [])
            first = bisect_left(moments, began_at - LOOKED_BACK)
            until = bisect_right(moments, began_at + STARTED_UNKNOWN)
            last = next(
                (
                    it
                    for it in reversed(its[max(0, first - 50) : first])
                    if same_environment(it.environment, self._environment(key))
                ),
                None,
            )
            found += ([last] if last else []) + its[first:until]
        return found


def _moment(deployment: Deployment) -> datetime:
    return deployment.started_at or deployment.ended_at or deployment.reported_at
