"""A stream of results becomes a judgement: still fine, suspicious, down, recovered. Pure.

One bad probe means nothing: `failures` in a row do, and they come at the pace of `recheck`, so that
confirming takes seconds. The way back needs `successes` good ones in a row. A warning (`degraded`)
is an answer: it counts as good, and has a verdict of its own with the same thresholds, so that a
service on the edge of its latency limit does not chatter. A result that is `final` counts alone.
"""

import json
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from checks import Outcome, Result

SETTLING = timedelta(seconds=60)
"""A roll-out that ended less than this before the first bad probe still counts as its reason."""
LATE_AT_MOST = timedelta(minutes=1)
"""An older result than the last one came late and is ignored. If it is older by more than this,
no probe was that slow: the clock was set back, and deaf until then is not an option."""


class Verdict(StrEnum):
    """What one result means for the check. Four of them are changes, the others are not."""

    FINE = "fine"
    SUSPICIOUS = "suspicious"
    DOWN = "down"  # a change: confirmed by this result
    STILL_DOWN = "still_down"
    RECOVERED = "recovered"  # a change
    DEGRADED = "degraded"  # a change: works, but warns
    STILL_DEGRADED = "still_degraded"
    NO_LONGER_DEGRADED = "no_longer_degraded"  # a change
    UNKNOWN = "unknown"  # nothing learned: our own fault, or a result that came late


@dataclass(frozen=True, slots=True)
class Rules:
    """A check's thresholds (see `CheckOptions`)."""

    every: timedelta
    recheck: timedelta
    rollout_grace: timedelta
    failures: int
    successes: int


@dataclass(frozen=True, slots=True)
class Rollout:
    """The service's own newest roll-out; `ended_at` None: not known."""

    running: bool
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Streak:
    """What is remembered of the results so far; kept in the database, so a restart forgets none.

    `bad`, `good`, `warned`, `clear`: results in a row that were down, not down, degraded, up.
    `first_bad_at` is when the outage began, if it is one. Times are the starts of probes.
    """

    confirmed_down: bool = False
    degraded: bool = False
    bad: int = 0
    good: int = 0
    warned: int = 0
    clear: int = 0
    first_bad_at: datetime | None = None
    last_good_at: datetime | None = None
    last_at: datetime | None = None

    def to_json(self) -> str:
        """As text, for the database."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return json.dumps(values, default=datetime.isoformat)

    @classmethod
    def from_json(cls, text: str) -> "Streak":
        """From `to_json`, of this version or a neighbour's. What cannot be read is forgotten: a
        streak that starts anew costs seconds, a bot that does not start costs the night.
        """
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return cls()
        if not isinstance(found, dict):
            return cls()
        known = {item.name: _read(item.default, found.get(item.name)) for item in fields(cls)}
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What to remember, what it means, when to probe again (from this probe's start), and
    whether streak and result must be stored before that."""

    streak: Streak
    verdict: Verdict
    next_in: timedelta
    store_now: bool


def judge(streak: Streak, result: Result, rules: Rules, rollout: Rollout | None) -> Judgement:
    """Take one more result into account. `rollout` is the service's own, if there was one."""
    if result.final:
        rules = replace(rules, failures=1, successes=1)
    if result.outcome is Outcome.UNKNOWN or _is_late(streak, result.at):
        return Judgement(streak, Verdict.UNKNOWN, _next_in(streak, rules), store_now=False)
    counted = _counted(streak, result)
    if result.outcome is Outcome.DOWN:
        after, verdict = _after_bad(counted, rules, rollout)
    elif streak.confirmed_down:
        after, verdict = _recovering(counted, rules)
    else:
        after, verdict = _after_good(counted, rules)
    store_now = result.outcome is Outcome.DOWN or _matters(streak, after)
    return Judgement(after, verdict, _next_in(after, rules), store_now)


def _is_late(streak: Streak, at: datetime) -> bool:
    if streak.last_at is None:
        return False
    behind = streak.last_at - at
    return timedelta() <= behind <= LATE_AT_MOST


def _counted(streak: Streak, result: Result) -> Streak:
    at = result.at
    if result.outcome is Outcome.DOWN:
        first = min(streak.first_bad_at or at, at)
        return replace(
            streak, bad=streak.bad + 1, good=0, warned=0, clear=0, first_bad_at=first, last_at=at
        )
    up = result.outcome is Outcome.UP
    return replace(
        streak,
        bad=0,
        good=streak.good + 1,
        warned=0 if up else streak.warned + 1,
        clear=streak.clear + 1 if up else 0,
        last_good_at=at,
        last_at=at,
    )


def _after_bad(streak: Streak, rules: Rules, rollout: Rollout | None) -> tuple[Streak, Verdict]:
    if streak.confirmed_down:
        return streak, Verdict.STILL_DOWN
    if streak.bad < rules.failures or _may_be_a_restart(streak, rules, rollout):
        return streak, Verdict.SUSPICIOUS
    return replace(streak, confirmed_down=True, degraded=False), Verdict.DOWN


def _may_be_a_restart(streak: Streak, rules: Rules, rollout: Rollout | None) -> bool:
    """Whether the service's own roll-out explains the streak, as long as it is short."""
    first, last = streak.first_bad_at, streak.last_at
    if rollout is None or first is None or last is None:
        return False
    recent = rollout.ended_at is not None and first - rollout.ended_at < SETTLING
    return (rollout.running or recent) and last - first < rules.rollout_grace


def _recovering(streak: Streak, rules: Rules) -> tuple[Streak, Verdict]:
    if streak.good < rules.successes:
        return streak, Verdict.STILL_DOWN
    return replace(streak, confirmed_down=False, first_bad_at=None), Verdict.RECOVERED


def _after_good(streak: Streak, rules: Rules) -> tuple[Streak, Verdict]:
    streak = replace(streak, first_bad_at=None)
    if not streak.degraded and streak.warned >= rules.failures:
        return replace(streak, degraded=True), Verdict.DEGRADED
    if streak.degraded and streak.clear >= rules.successes:
        return replace(streak, degraded=False), Verdict.NO_LONGER_DEGRADED
    return streak, Verdict.STILL_DEGRADED if streak.degraded else Verdict.FINE


def _next_in(streak: Streak, rules: Rules) -> timedelta:
    """Soon while something is about to change, else at the check's own interval."""
    if streak.confirmed_down:
        turning = streak.good > 0
    elif streak.degraded:
        turning = streak.bad > 0 or streak.clear > 0
    else:
        turning = streak.bad > 0 or streak.warned > 0
    return min(rules.recheck, rules.every) if turning else rules.every


def _matters(before: Streak, after: Streak) -> bool:
    """Whether a restart that forgot this good result would judge differently or tell it twice."""
    first_after_bad = before.bad > 0
    on_the_way_back = before.confirmed_down
    changed = before.degraded != after.degraded
    return first_after_bad or on_the_way_back or changed


def _read(default: Any, value: object) -> Any:
    """One stored value, or the default where it is missing or of another kind."""
    if isinstance(default, bool):
        return value if isinstance(value, bool) else default
    if isinstance(default, int):
        fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53
        return value if fits else default
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
        return at.astimezone(UTC) if at is not None and at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
