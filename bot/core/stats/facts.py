"""What the numbers are counted from: deployments, incidents and pages, stripped to what counts.

Plain and light, since a year may hold a hundred thousand of them. Times are aware UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.deployment import DeploymentState
from bot.core.fairness import SentPage as SentPage
from bot.core.follow_up import FollowUp
from bot.core.link import Label

COUNTED = frozenset(
    {DeploymentState.SUCCEEDED, DeploymentState.FAILED, DeploymentState.ROLLED_BACK}
)
"""States of a deployment that happened. One that was rolled back had been rolled out before."""


@dataclass(frozen=True, slots=True)
class DeploymentFact:
    """One deployment, however many attempts it took: `started_at` and `ended_at` are the last's.

    `mends`: its release was announced as the mending of an incident. `untouched`: none of its
    commits touched its service. `commits` are (sha, when it was committed), where known.
    """

    id: str
    service: str
    environment: str
    state: DeploymentState
    ended_at: datetime | None
    started_at: datetime | None = None
    name: str = ""
    rollback: bool = False
    by_hand: bool = False
    mends: bool = False
    untouched: bool = False
    commits: tuple[tuple[str, datetime], ...] = ()

    @property
    def goes_back(self) -> bool:
        """It puts an older version back. Of one that was itself rolled back, a source may mean
        that by `rollback`.
        """
        return self.rollback and self.state is not DeploymentState.ROLLED_BACK


@dataclass(frozen=True, slots=True)
class TrackFact:
    """One team in an incident. `paged_at`: its first page, or when it was to be paged first.

    `acknowledged_at` None: nobody of it said "we have it". After a reopening both are of the
    last outage.
    """

    team: str
    paged_at: datetime
    acknowledged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PartFact:
    """A service inside an incident. `up_at` None: it is down, or not known apart."""

    service: str
    began_at: datetime
    up_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IncidentFact:
    """One incident that was not merged into another.

    `cause` is what people decided: `deployment`, `other`, or None. `label` is how strongly
    `suspected`, the deployment named first by its link, is suspected. `breaks` are the spans (up,
    down again) between its outages, where it was reopened. `by_itself`: no person ended it.
    `follow_ups` are those that were asked for and not withdrawn.
    """

    number: int
    parts: tuple[PartFact, ...]
    began_at: datetime
    triggered_at: datetime
    resolved_at: datetime | None = None
    by_itself: bool = True
    cause: str | None = None
    deployment: str | None = None
    label: Label = Label.NONE
    suspected: str | None = None
    tracks: tuple[TrackFact, ...] = ()
    reopened: int = 0
    breaks: tuple[tuple[datetime, datetime], ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()

    @property
    def services(self) -> tuple[str, ...]:
        """Keys, in the order in which they went down."""
        return tuple(part.service for part in self.parts)


@dataclass(frozen=True, slots=True)
class Place:
    """A service as it is configured now. `any_team`: one team's acknowledgement is enough."""

    environment: str = "production"
    teams: tuple[str, ...] = ()
    any_team: bool = False


@dataclass(frozen=True, slots=True)
class Outage:
    """A time that a deployment had caused, as people decided: for the streaks, of all time.

    `services` are those that were down. `until` None: it goes on.
    """

    number: int
    services: tuple[str, ...]
    teams: tuple[str, ...]
    began_at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of a period, and what reaches into it.

    `deployments`: those that ended in the period, and those that caused one of the incidents.
    `incidents`: those that were down in the period, and those of its deployments, whenever that
    was. `pages`: handed over in the period. `outages`: deploy-caused ones of all time, oldest
    first. `known_since`: of each service, since when anything is known.
    """

    deployments: tuple[DeploymentFact, ...] = ()
    incidents: tuple[IncidentFact, ...] = ()
    pages: tuple[SentPage, ...] = ()
    outages: tuple[Outage, ...] = ()
    known_since: Mapping[str, datetime] = field(default_factory=dict)
    services: Mapping[str, Place] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)
    """Each person's own zone, for the nights."""
