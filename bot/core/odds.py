"""How strongly a deployment is suspected, weighed against chance. Arithmetic and words only.

A fixed window is wrong at both ends: it misses half of the guilty where people deploy twice a week
and blames a third of the innocent where they deploy ten times a day. So the age of a deployment is
compared with how often there is one anyway.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

RECENT = timedelta(days=3)
"""Older deployments are not weighed."""
HISTORY = timedelta(days=28)
HISTORY_AT_LEAST = timedelta(days=7)
DECIDED_TO_LEARN_FROM = 30
OWN, OWN_ALONE, DEPENDENCY = 0.85, 1.0, 0.15
"""How often an outage comes from the service's own deployment, or from a dependency's."""
ROLLING_OUT, FAILED_BEFORE, ROLLBACK = 2.0, 0.1, 0.3
SLACK_MINUTES, STEEPNESS = 5, 7
CLEARLY = 100


@dataclass(frozen=True, slots=True)
class Pace:
    """How often something is deployed: `count` times in `period`."""

    period: timedelta
    count: int

    @property
    def gap(self) -> timedelta:
        """The usual time between two deployments; none counts as one."""
        return self.period / max(1, self.count)


def pace(starts: Iterable[datetime], at: datetime, known_since: datetime | None) -> Pace:
    """The pace in the 28 days before `at`; a shorter history counts as it is, 7 days at least.

    The history reaches back to `known_since` or to the first of `starts`, whichever is earlier.
    """
    past = [start for start in starts if start <= at]
    since = min(past if known_since is None else [*past, known_since], default=at)
    period = min(HISTORY, max(HISTORY_AT_LEAST, at - since))
    return Pace(period, sum(start >= at - period for start in past))


def prior_odds(decided: int, guilty: int) -> float:
    """Odds that an outage comes from a deployment at all: even until 30 were decided.

    Counts the whole organisation's incidents whose cause people decided, and those among them
    that were a deployment.
    """
    if decided < DECIDED_TO_LEARN_FROM:
        return 1.0
    share = (guilty + 5) / (decided + 10)
    return share / (1 - share)


def weigh(
    *,
    age: timedelta,
    gap: timedelta,
    relation: float,
    prior: float = 1.0,
    rolling_out: bool = False,
    failed_before: bool = False,
    rollback: bool = False,
) -> float:
    """The odds of one deployment against chance, before the others are taken into account."""
    minutes = age / timedelta(minutes=1)
    odds = prior * relation * (gap / timedelta(minutes=1)) / (STEEPNESS * (minutes + SLACK_MINUTES))
    odds *= ROLLING_OUT if rolling_out else 1
    odds *= FAILED_BEFORE if failed_before else 1
    return odds * (ROLLBACK if rollback else 1)


def odds_words(odds: float, which: str = "it is this one") -> str:
    """Odds for people: "7 to 1 it is this one". Never to the percent."""
    if odds >= CLEARLY:
        return f"more than {CLEARLY} to 1 {which}"
    if odds >= 1.5:
        return f"{_nearest(odds)} to 1 {which}"
    if odds > 1 / 1.5:
        return f"as likely as not {which}"
    against = which.replace(" is ", " is not ", 1)
    if odds <= 1 / CLEARLY:
        return f"more than {CLEARLY} to 1 {against}"
    return f"{_nearest(1 / odds)} to 1 {against}"


def span_words(span: timedelta) -> str:
    """A length of time as it is said: `7 min`, `3 h`, `3 d`."""
    seconds = span.total_seconds()
    if seconds < 60:
        return "under 1 min"
    if seconds < 3600:
        return f"{int(seconds // 60)} min"
    hours = _nearest(seconds / 3600)
    return f"{hours} h" if hours < 48 else f"{_nearest(seconds / 86400)} d"


def pace_words(subject: str, pace: Pace, plural: bool = False) -> str:
    """How often `subject` is deployed: "checkout is deployed about every 11 h"."""
    if pace.count <= 1:
        was = "were" if plural else "was"
        return f"{subject} {was} deployed once in {span_words(pace.period)}"
    verb = "are" if plural else "is"
    return f"{subject} {verb} deployed about every {span_words(pace.gap)}"


def _nearest(number: float) -> int:
    return int(number + 0.5)
