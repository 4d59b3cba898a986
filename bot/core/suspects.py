"""Who is weighed at all: what could have brought a service down, each with its odds.

Candidates are production deployments of the service and of what it directly depends on, of the
last three days, that had started when the first probe failed. Those of a repository of several
services that touched nothing of theirs are not.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.core.age import age as age_words
from bot.core.deployment import Deployment, DeploymentState, same_environment
from bot.core.odds import (
    DEPENDENCY,
    OWN,
    OWN_ALONE,
    RECENT,
    Pace,
    odds_words,
    pace,
    pace_words,
    prior_odds,
    weigh,
)
from bot.core.rollout import as_of, end_of, start_of, usual_rollout

NOT_COMPLETED = frozenset({DeploymentState.FAILED, DeploymentState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Outage:
    """One service that is down: when its first probe failed, and what it directly depends on.

    `first_seen`: since when its deployments are known; None: since the first that is given.
    `window`: `suspect_window`, in place of the odds. `dependencies_seen`: since when those of what
    it depends on are known; None: as `first_seen`.
    """

    service: str
    began_at: datetime
    depends_on: frozenset[str] = frozenset()
    first_seen: datetime | None = None
    window: timedelta | None = None
    dependencies_seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class Suspect:
    """A deployment against one outage. `odds` 0: too old to be weighed."""

    deployment: Deployment
    odds: float
    started_at: datetime
    age: timedelta
    about: bool
    rolling_out: bool
    relation: Literal["own", "dependency"]
    when: str
    how_often: str

    @property
    def key(self) -> tuple[str, str]:
        """Which deployment: ids are unique within a service."""
        return self.deployment.service, self.deployment.id

    def sentence(self, odds: float) -> str:
        """The reason in words, with the odds after all others were taken into account."""
        if self.odds == 0:
            return self.when
        return f"{self.when}; {self.how_often}: {odds_words(odds)}"


@dataclass(frozen=True, slots=True)
class _History:
    """Production deployments by service, and how long a roll-out of each service takes."""

    by_service: Mapping[str, Sequence[Deployment]]
    usual: Mapping[str, timedelta] = field(default_factory=dict)

    def views(self, services: Iterable[str], at: datetime) -> list[Deployment]:
        """Deployments of `services`, each with the attempt that counted at `at`."""
        return [
            as_of(deployment, at, self.usual[service])
            for service in sorted(services)
            for deployment in self.by_service.get(service, ())
        ]

    def start(self, view: Deployment) -> tuple[datetime, bool]:
        return start_of(view, self.usual[view.service])


def weigh_all(
    outages: Sequence[Outage],
    deployments: Iterable[Deployment],
    environment: str | Callable[[str], str],
    decided: int,
    guilty: int,
) -> list[Suspect]:
    """Every candidate with its odds against chance, highest first.

    In a storm the highest odds over its services count, times the share of them that the
    deployment can explain.
    """
    history = _history(deployments, environment)
    prior = prior_odds(decided, guilty)
    found: dict[tuple[str, str], list[Suspect]] = {}
    for outage in outages:
        for suspect in _weigh_one(outage, history, prior):
            found.setdefault(suspect.key, []).append(suspect)
    weighed = [_over_all(each, len(outages)) for each in found.values()]
    return sorted(weighed, key=lambda one: (-one.odds, -one.started_at.timestamp(), one.key))


def last_of(
    outage: Outage, deployments: Iterable[Deployment], environment: str | Callable[[str], str]
) -> Suspect | None:
    """The service's own last production deployment before the outage, however old; not weighed."""
    history = _history(deployments, environment)
    views = history.views([outage.service], outage.began_at)
    started = [view for view in views if history.start(view)[0] <= outage.began_at]
    if not started:
        return None
    last = max(started, key=lambda view: (history.start(view)[0], view.id))
    return _suspect(last, outage, history, "own", 0.0, Pace(RECENT, 1))


def _over_all(each: Sequence[Suspect], services: int) -> Suspect:
    strongest = max(each, key=lambda one: (one.odds, one.relation == "own"))
    return replace(strongest, odds=strongest.odds * len(each) / services)


def _weigh_one(outage: Outage, history: _History, prior: float) -> Iterable[Suspect]:
    others = outage.depends_on - {outage.service}
    own = OWN if others else OWN_ALONE
    yield from _weigh_group(outage, history, [outage.service], "own", prior * own)
    yield from _weigh_group(outage, history, others, "dependency", prior * DEPENDENCY)


def _weigh_group(
    outage: Outage,
    history: _History,
    services: Iterable[str],
    relation: Literal["own", "dependency"],
    prior: float,
) -> Iterable[Suspect]:
    """The candidates among `services`, whose deployments share one pace."""
    views = history.views(services, outage.began_at)
    starts = [history.start(view)[0] for view in views]
    theirs = None if relation == "own" else outage.dependencies_seen
    often = pace(starts, outage.began_at, theirs or outage.first_seen)
    recent = RECENT if outage.window is None else max(RECENT, outage.window)
    for view, start in zip(views, starts, strict=True):
        # Most of a history is told apart by this alone, before any words are made of it.
        old = view.ended_at is not None and outage.began_at - view.ended_at > recent
        if start <= outage.began_at and not old:
            suspect = _suspect(view, outage, history, relation, prior, often)
            if suspect.age <= recent:
                yield suspect


def _suspect(
    view: Deployment,
    outage: Outage,
    history: _History,
    relation: Literal["own", "dependency"],
    prior: float,
    often: Pace,
) -> Suspect:
    start, about = history.start(view)
    end = end_of(view, history.usual[view.service], outage.began_at)
    rolling_out = end is None or end > outage.began_at
    age = timedelta() if end is None else max(timedelta(), outage.began_at - end)
    odds = weigh(
        age=age,
        gap=often.gap,
        relation=prior,
        rolling_out=rolling_out,
        failed_before=view.state in NOT_COMPLETED and not rolling_out,
        rollback=view.rollback,
    )
    unended = end is not None and view.ended_at is None
    return Suspect(
        deployment=view,
        odds=odds,
        started_at=start,
        age=age,
        about=about or unended,
        rolling_out=rolling_out,
        relation=relation,
        when=_when(view, age, outage.began_at - start, rolling_out, about),
        how_often=_how_often(view, outage, relation, often),
    )


def _when(
    view: Deployment, age: timedelta, since_start: timedelta, rolling_out: bool, about: bool
) -> str:
    if rolling_out:
        words = "was probably still rolling out" if about else "was still rolling out"
    elif view.ended_at is None:
        words = f"started {age_words(since_start)} before and never reported its end"
    elif view.by_hand:
        words = f"was done by hand {age_words(age)} before"
    else:
        verbs = {DeploymentState.FAILED: "failed", DeploymentState.CANCELLED: "was cancelled"}
        words = f"{verbs.get(view.state, 'ended')} {age_words(age)} before"
    return f"is a rollback, {words}" if view.rollback else words


def _how_often(view: Deployment, outage: Outage, relation: str, often: Pace) -> str:
    others = outage.depends_on - {outage.service}
    if relation == "own" or len(others) == 1:
        return pace_words(view.service, often)
    subject = f"the {len(others)} services that {outage.service} depends on"
    return pace_words(subject, often, plural=True)


def _history(
    deployments: Iterable[Deployment], environment: str | Callable[[str], str]
) -> _History:
    known: dict[tuple[str, str], Deployment] = {}
    for deployment in deployments:
        name = environment if isinstance(environment, str) else environment(deployment.service)
        if same_environment(deployment.environment, name) and not deployment.untouched:
            key = (deployment.service, deployment.id)
            known[key] = _later(known.get(key, deployment), deployment)
    by_service: dict[str, list[Deployment]] = {}
    for deployment in sorted(known.values(), key=lambda one: (one.service, one.id)):
        by_service.setdefault(deployment.service, []).append(deployment)
    usual = {service: usual_rollout(each) for service, each in by_service.items()}
    return _History(by_service, usual)


def _later(one: Deployment, other: Deployment) -> Deployment:
    """Of two records of the same deployment, always the same one, whatever their order."""
    if one == other:
        return one
    return max(one, other, key=lambda record: (record.reported_at, repr(record)))
