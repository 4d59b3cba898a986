"""The numbers. What cannot be known is None, never 0. Durations are in seconds, streaks in days.

How each is counted, and what is not, stands where it is counted and in `docs/stats.md`.
"""

from dataclasses import dataclass, field
from datetime import datetime

from bot.core.fairness import Load
from bot.core.stats.facts import Outage
from bot.core.stats.period import Period, Scope, Unit

CAUSES = ("deployment", "other", "undecided")


@dataclass(frozen=True, slots=True)
class Bucket:
    """A day, a week or a month of the period, cut off at its ends. `end` is exclusive.

    `failed` and `suspected` are deployments that ended in it, `incidents` began in it.
    """

    start: datetime
    end: datetime
    deployments: int = 0
    failed: int = 0
    suspected: int = 0
    incidents: int = 0
    incidents_by_deployment: int = 0
    downtime_seconds_by_cause: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recovery:
    """A failed deployment that was recovered from. `incident` is the last one that it caused.

    `at` is when all of its incidents were over; `seconds` from the deployment,
    `seconds_from_failure` from the first failed probe.
    """

    incident: int
    deployment: str
    service: str
    name: str
    at: datetime
    seconds: float
    seconds_from_failure: float


@dataclass(frozen=True, slots=True)
class Streak:
    """Time without deploy-caused downtime, in whole days of 24 hours, up to `at`.

    `since` is the end of the last such downtime, or, `from_first_record`, of what is known at all.
    All None but `at`: nothing is known. `down`: a deployment keeps it down right now.
    """

    at: datetime
    days: int | None = None
    since: datetime | None = None
    from_first_record: bool = False
    down: bool = False
    longest_days: int | None = None
    longest_from: datetime | None = None
    longest_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """How quickly one team comes: of `paged` incidents it `acknowledged` so many."""

    team: str
    paged: int
    acknowledged: int
    median_seconds: float | None
    slowest_seconds: float | None


@dataclass(frozen=True, slots=True)
class Learned:
    """What one team says will keep a deploy-caused incident from happening again.

    `at` None: it was asked and has not answered. `customers`: what they noticed, where it was said.
    """

    incident: int
    team: str
    by: str | None = None
    at: datetime | None = None
    text: str = ""
    customers: str = ""


@dataclass(frozen=True, slots=True)
class Stats:
    """All numbers of a period and a scope, as of `at`. Ids are in the order of time."""

    period: Period
    scope: Scope
    at: datetime
    known_since: datetime | None = None

    deployments: int | None = None
    deployment_frequency_per_day: float | None = None
    change_failure_rate: float | None = None
    change_failure_rate_with_suspected: float | None = None
    failed_deployments: int | None = None
    failed_deployments_with_suspected: int | None = None
    failed_ids: tuple[str, ...] = ()
    suspected_ids: tuple[str, ...] = ()
    recovery_time_median_seconds: float | None = None
    recovery_time_from_failure_median_seconds: float | None = None
    recoveries: tuple[Recovery, ...] = ()
    unrecovered: int | None = None
    lead_time_median_seconds: float | None = None
    changes: int | None = None
    rework_rate: float | None = None
    reworks: int | None = None
    rollbacks: int | None = None
    unsuccessful: int | None = None
    by_hand: int | None = None
    not_counted: int | None = None

    incidents: int | None = None
    incidents_by_cause: dict[str, int] | None = None
    downtime_seconds_by_cause: dict[str, float] | None = None
    open_incidents: int | None = None
    false_alarms: int | None = None
    reopenings: int | None = None
    flapping: int | None = None

    streak: Streak | None = None
    days_since_deploy_caused_downtime: int | None = None
    longest_streak_days: int | None = None

    acknowledge_median_seconds_by_team: dict[str, float | None] | None = None
    acknowledgements: tuple[Acknowledgement, ...] = ()
    both_teams_acknowledged_rate: float | None = None
    both_teams_incidents: int | None = None
    pages: int | None = None
    pages_at_night: int | None = None
    loads: tuple[Load, ...] = ()
    follow_ups_asked: int | None = None
    follow_ups_answered: int | None = None
    follow_ups: tuple[Learned, ...] = ()

    unit: Unit = "day"
    series: tuple[Bucket, ...] = ()
    outages: tuple[Outage, ...] = ()
    """Deploy-caused ones of all time in this scope, oldest first: what the streak is made of."""
    notes: tuple[str, ...] = ()
    """Sentences that a reader of the numbers has to know (`wording.stats.with_notes`)."""
