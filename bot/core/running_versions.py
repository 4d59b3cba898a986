"""Which versions of a service may run now, by what is known of its deployments. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.core.deployment import Deployment, DeploymentState
from bot.core.rollout import USUAL_ROLLOUT, end_of


def running_versions(
    history: Sequence[Deployment], now: datetime, settling: timedelta
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Versions that are right now, the one named to people first; and those that ran before.

    Right is the last deployment that succeeded, by its version and by its commit. While another
    one rolls out, and until `settling` after its end, however it ended, both are: some instances
    may run the old one, some the new one. None: no deployment has ever succeeded.
    """
    told = [it for it in history if _names(it) and not it.by_hand]
    ended = {it.id: end_of(it, USUAL_ROLLOUT, now) for it in told}
    succeeded = sorted(
        (it for it in told if it.state is DeploymentState.SUCCEEDED),
        key=lambda it: it.ended_at or it.reported_at,
        reverse=True,
    )
    if not succeeded:
        return None
    last = succeeded[0]
    unsettled = [it for it in told if _is_unsettled(ended[it.id], now, settling)]
    before = succeeded[1:2] if last in unsettled else []
    right = _all_names([last, *unsettled, *before])
    former = [it for it in told if it.state in _RAN]
    return right, tuple(name for name in _all_names(former) if name not in right)


_RAN = (DeploymentState.SUCCEEDED, DeploymentState.ROLLED_BACK)


def _is_unsettled(ended: datetime | None, now: datetime, settling: timedelta) -> bool:
    return ended is None or now - ended < settling


def _names(deployment: Deployment) -> tuple[str, ...]:
    """What the service may call it: its version, its commit."""
    return tuple(filter(None, (deployment.version.strip(), deployment.sha)))


def _all_names(deployments: Iterable[Deployment]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for it in deployments for name in _names(it)))
