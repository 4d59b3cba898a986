"""When a roll-out began and ended, also where nobody said so. Pure arithmetic on aware times."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median

from bot.core.deployment import Deployment, DeploymentState

USUAL_ROLLOUT = timedelta(minutes=15)
"""How long a roll-out takes while nobody has seen enough of them."""
ROLLOUTS_TO_LEARN_FROM = 5
LONGEST_UNENDED = timedelta(hours=1)
"""A roll-out that never reports its end counts as ended after this at most."""


def start_of(deployment: Deployment, usual: timedelta = USUAL_ROLLOUT) -> tuple[datetime, bool]:
    """When it started, and whether that is only "about".

    Without a reported start: when the source made the record, else `usual` before its end.
    """
    if deployment.started_at is not None:
        return deployment.started_at, False
    end = deployment.ended_at or deployment.reported_at
    if deployment.created_at is not None and not deployment.earlier:
        return min(deployment.created_at, end), False
    return end - usual, True


def end_of(deployment: Deployment, usual: timedelta, now: datetime) -> datetime | None:
    """When it ended; None while it is still rolling out at `now`.

    One that never reports its end counts as ended after three times the usual length, one hour at
    most.
    """
    if deployment.ended_at is not None:
        return deployment.ended_at
    given_up = start_of(deployment, usual)[0] + min(3 * usual, LONGEST_UNENDED)
    return given_up if given_up <= now else None


def usual_rollout(history: Sequence[Deployment]) -> timedelta:
    """How long a roll-out of this service takes: the median of those that succeeded.

    15 minutes until five of them reported both start and end. Parts done by hand do not count.
    """
    lengths = [
        deployment.ended_at - deployment.started_at
        for deployment in history
        if deployment.started_at is not None
        and deployment.ended_at is not None
        and deployment.state is DeploymentState.SUCCEEDED
        and not deployment.by_hand
    ]
    if len(lengths) < ROLLOUTS_TO_LEARN_FROM:
        return USUAL_ROLLOUT
    return timedelta(seconds=median(length.total_seconds() for length in lengths))


def as_of(deployment: Deployment, at: datetime, usual: timedelta) -> Deployment:
    """The deployment with the attempt that counted at `at`: the last one that had started.

    An incident must not lose sight of the attempt before it only because it was run again since.
    """
    view = deployment
    for index in reversed(range(len(deployment.earlier))):
        if start_of(view, usual)[0] <= at:
            return view
        attempt = deployment.earlier[index]
        view = replace(
            deployment,
            state=attempt.state,
            started_at=attempt.started_at,
            ended_at=attempt.ended_at,
            said_at=attempt.said_at,
            earlier=deployment.earlier[:index],
        )
    return view
