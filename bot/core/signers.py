"""Who may sign a release, what freezes the signatures of a service, what a build waits for. Pure.

No words here: see `bot.core.sign_off` for refusals and `bot.core.wording` for cards.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.authors import people_of, unknown_authors
from bot.core.incident import Incident
from bot.core.policy import GITHUB, Policy
from bot.core.release import Release, ReleaseState, StagingCheck, green_from, same_artifact

BACK, MENDS = "back", "mends"
"""Why a release is an emergency one: an approved artifact returns, or it mends the incident."""


@dataclass(frozen=True, slots=True)
class Freeze:
    """An open incident that people say a deployment of this service caused."""

    number: int
    service: str
    deployment: str | None = None


def frozen_by(service: str, incidents: Iterable[Incident]) -> Freeze | None:
    """What freezes the sign-off of `service`, the oldest of them; None: nothing does."""
    for incident in sorted(incidents, key=lambda it: it.number):
        if incident.open and incident.merged_into is None and service in blamed(incident):
            cause = incident.cause
            return Freeze(incident.number, service, cause.deployment if cause else None)
    return None


def blamed(incident: Incident) -> tuple[str, ...]:
    """The services whose deployment is the decided cause; empty while none is."""
    cause = incident.cause
    if cause is None or cause.kind != "deployment":
        return ()
    link = incident.link
    known = [it for it in (link.named, link.second, link.most_recent, *link.candidates) if it]
    named = {it.deployment.service for it in known if it.deployment.id == cause.deployment}
    return tuple(sorted(named)) or tuple(part.service for part in incident.services)


def emergency_of(release: Release, freeze: Freeze | None, earlier: Iterable[Release]) -> str:
    """Why it may be signed although the service is frozen: `back`, `mends` or "".

    Going back: to an artifact (or commit, where none names one) that was signed and deployed, and
    is not the one that is blamed.
    """
    if freeze is None:
        return ""
    if release.mends == freeze.number:
        return MENDS
    signed = (it for it in earlier if it.service == release.service and it.id != release.id)
    same = [it for it in signed if it.state is ReleaseState.DEPLOYED and same_artifact(it, release)]
    blamed_itself = any(it.deployment == freeze.deployment for it in same)
    return BACK if same and not blamed_itself else ""


def writers(release: Release, policy: Policy) -> frozenset[str]:
    """Keys of the people who wrote any of it, as far as they are known."""
    return people_of(release.commits, policy, _host(release, policy))


def strangers(release: Release, policy: Policy) -> tuple[str, ...]:
    """Names of those who wrote some of it and are nobody's of the configuration."""
    return unknown_authors(release.commits, policy, _host(release, policy))


def _host(release: Release, policy: Policy) -> str:
    service = policy.services.get(release.service)
    return service.host if service else GITHUB


def eligible(release: Release, policy: Policy) -> tuple[str, ...]:
    """Keys of the approvers who neither wrote any of it nor asked for it, in their order."""
    if policy.sign_off is None:
        return ()
    involved = {*writers(release, policy), release.requested_by}
    return tuple(
        key for key in policy.sign_off.approvers if key in policy.people and key not in involved
    )


@dataclass(frozen=True, slots=True)
class Wait:
    """What a release waits for: an incident, checks that are not good, a deployment, or time.

    All empty: somebody has to look at staging.
    """

    frozen: int | None = None
    red: tuple[StagingCheck, ...] = ()
    elsewhere: bool = False
    left: timedelta | None = None


def waits_for(release: Release, soak: timedelta, now: datetime) -> Wait:
    """Why it cannot be signed yet."""
    if release.frozen is not None:
        return Wait(frozen=release.frozen)
    red = tuple(check for check in release.checks if not check.green)
    if red:
        return Wait(red=red)
    if release.staging_at is None:
        return Wait(elsewhere=True)
    start = green_from(release)
    left = soak - (now - start) if start is not None else timedelta()
    return Wait(left=left) if left > timedelta() else Wait()
