"""Deployments for the link's tests. All times are counted back from the first failed probe."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.deployment import Deployment, DeploymentState
from bot.core.link import Candidate, Link, link

BEGAN = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)
FOUR_WEEKS_AGO = BEGAN - timedelta(days=28)


def deployed(
    age: float,
    *,
    id: str = "d1",  # noqa: A002 - the field's own name
    service: str = "checkout",
    took: float = 5,
    state: DeploymentState = DeploymentState.SUCCEEDED,
    environment: str = "production",
    start_known: bool = True,
    by_hand: bool = False,
    rollback: bool = False,
) -> Deployment:
    """A deployment whose roll-out took so many minutes and ended `age` minutes before BEGAN.

    A negative age ended after it. One in the state `started` has not reported its end.
    """
    end = BEGAN - timedelta(minutes=age)
    start = end - timedelta(minutes=took)
    return Deployment(
        id=id,
        service=service,
        environment=environment,
        version=f"v-{id}",
        sha=None,
        previous_sha=None,
        state=state,
        started_at=start if start_known else None,
        ended_at=None if state is DeploymentState.STARTED else end,
        reported_at=start if start_known else end,
        by_hand=by_hand,
        rollback=rollback,
    )


def innocents(count: int, service: str = "checkout") -> list[Deployment]:
    """So many deployments between 27 and 4 days before: too old to be weighed, but counted."""
    first, last = 27 * 1440, 4 * 1440
    step = (first - last) / max(1, count - 1)
    return [deployed(first - n * step, id=f"old{n}", service=service) for n in range(count)]


def linked(*deployments: Deployment, **more: Any) -> Link:
    facts: dict[str, Any] = {
        "service": "checkout",
        "began_at": BEGAN,
        "deployments": deployments,
        "first_seen": FOUR_WEEKS_AGO,
    }
    return link(**facts | more)


def named(found: Link) -> Candidate:
    assert found.named is not None
    return found.named
