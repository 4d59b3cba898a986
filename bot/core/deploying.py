"""What a deployment's reports change: the record itself, and the incidents it may have caused."""

from dataclasses import replace
from datetime import datetime

from bot.core.announcing import announce
from bot.core.deployment import (
    Deployment,
    DeploymentState,
    RangeKnown,
    Report,
    apply,
    elsewhere,
    same_environment,
    with_commits,
)
from bot.core.draft import Draft
from bot.core.effects import FetchCommits
from bot.core.events import CommitsFound, CommitsPushed, DeployedByHand, DeploymentReported
from bot.core.history import went_back
from bot.core.paths import touches
from bot.core.pushes import between
from bot.core.release_contents import commits_known
from bot.core.signed import deployment_met
from bot.core.weighing import weigh_again
from bot.core.wording import private
from bot.core.wording import thread_replies as say


def deployment_reported(draft: Draft, event: DeploymentReported) -> None:
    """A source says something. The same report twice changes nothing.

    It arrived when the event was received, however long it waited to be decided.
    """
    take_report(draft, event.report, min(event.at, draft.now), listed=event.listed)


def take_report(
    draft: Draft, report: Report, arrived_at: datetime, *, listed: bool = False
) -> None:
    """Work a report into what is known, and into what follows from it."""
    report = _under_its_own_id(draft, report)
    current = draft.deployments.get(report.id)
    changed = apply(current, report, arrived_at)
    changed = _known_as_rollback(draft, _with_predecessor(draft, changed))
    changed = _judged_by_its_paths(draft, _with_pushed_commits(draft, changed))
    if changed == current:
        return
    draft.put_deployment(changed)
    if current is None or current.state is not changed.state:
        draft.note(
            "deployment",
            changed.by or changed.source or "unknown",
            say.deployment_reported(changed),
            service=changed.service,
            deployment=changed.id,
            facts=(
                ("state", changed.state.value),
                ("version", changed.version),
                ("sha", changed.sha or ""),
                ("previous_sha", changed.previous_sha or ""),
            ),
        )
    _ask_for_commits(draft, changed)
    announce(draft, changed)
    deployment_met(draft, _as_told(changed, report), current, listed)
    weigh_again(draft, changed.service)


def _as_told(deployment: Deployment, report: Report) -> Deployment:
    """The build that this very report names: the record keeps the first that was named."""
    return replace(
        deployment,
        sha=report.sha or deployment.sha,
        artifact=report.artifact or deployment.artifact,
    )


def _under_its_own_id(draft: Draft, report: Report) -> Report:
    """One id for two services or environments is two deployments, or the second would be lost."""
    known = draft.deployments.get(report.id)
    same_place = known is None or (
        known.service == report.service and same_environment(known.environment, report.environment)
    )
    return report if same_place else replace(report, id=elsewhere(report))


def _with_predecessor(draft: Draft, deployment: Deployment) -> Deployment:
    """Without a `previous_sha` of its own: what ran there before it."""
    if deployment.previous_sha or not deployment.sha:
        return deployment
    before = [
        other.sha
        for other in _before(draft, deployment)
        if other.state is DeploymentState.SUCCEEDED and other.sha and other.sha != deployment.sha
    ]
    return replace(deployment, previous_sha=before[-1]) if before else deployment


def _known_as_rollback(draft: Draft, deployment: Deployment) -> Deployment:
    """Going back is seldom announced: it is an older one than the last that went out again."""
    if deployment.rollback or deployment.by_hand:
        return deployment
    back = went_back(_before(draft, deployment), deployment)
    return replace(deployment, rollback=True) if back else deployment


def _before(draft: Draft, deployment: Deployment) -> list[Deployment]:
    """What had ended there before it began, in that order."""
    began = deployment.started_at or _end(deployment)
    found = [
        other
        for other in draft.deployments.values()
        if other.service == deployment.service
        and same_environment(other.environment, deployment.environment)
        and other.id != deployment.id
        and _end(other) <= began
    ]
    return sorted(found, key=lambda other: (_end(other), other.id))


def _end(deployment: Deployment) -> datetime:
    return deployment.ended_at or deployment.reported_at


def commits_pushed(draft: Draft, event: CommitsPushed) -> None:
    """Kept for the deployments that will name them."""
    draft.put_push(event.push)


def _with_pushed_commits(draft: Draft, deployment: Deployment) -> Deployment:
    """Without a list of its own: the commits that were pushed between its two revisions."""
    if deployment.commits or not deployment.sha or not deployment.previous_sha:
        return deployment
    pushed = between(draft.scene.pushes, deployment.previous_sha, deployment.sha)
    if not pushed:
        return deployment
    return replace(with_commits(deployment, pushed), range_known=RangeKnown.COMPLETE)


def _judged_by_its_paths(draft: Draft, deployment: Deployment) -> Deployment:
    """Of a repository of several services, only those that it touches were deployed."""
    service = draft.service(deployment.service)
    if service is None or not service.paths or not deployment.shared:
        return replace(deployment, untouched=False) if deployment.untouched else deployment
    touched = touches(service.paths, deployment.commits)
    return deployment if touched is None else replace(deployment, untouched=not touched)


def _ask_for_commits(draft: Draft, deployment: Deployment) -> None:
    service = draft.service(deployment.service)
    if service is None or not service.repository or deployment.commits:
        return
    if deployment.sha and deployment.previous_sha and deployment.source:
        draft.emit(
            FetchCommits(
                deployment=deployment.id,
                service=service.key,
                source=service.host,
                repository=service.repository,
                base=deployment.previous_sha,
                head=deployment.sha,
            )
        )


def commits_found(draft: Draft, event: CommitsFound) -> None:
    """The commits of a range arrived; who wrote them now shows where the deployment does."""
    if event.release:
        whole = event.complete or event.files_only
        commits_known(draft, event.release, event.commits, whole)
        return
    deployment = draft.deployments.get(event.deployment)
    if deployment is None:
        return
    changed = replace(
        with_commits(deployment, event.commits),
        range_known=_known_of_range(event),
        rollback=deployment.rollback or event.behind,
    )
    if event.complete:
        changed = _judged_by_its_paths(draft, changed)
    if changed == deployment:
        return
    draft.put_deployment(changed)
    if not event.complete:
        draft.note(
            "commits_cut",
            "midwatch",
            say.commits_cut(changed),
            service=changed.service,
            deployment=changed.id,
        )
    announce(draft, changed)
    if deployment.untouched:
        deployment_met(draft, changed, deployment, listed=True)
    weigh_again(draft, changed.service)


def _known_of_range(event: CommitsFound) -> RangeKnown:
    if event.complete:
        return RangeKnown.COMPLETE
    return RangeKnown.FILES_CUT if event.files_only else RangeKnown.COMMITS_CUT


def deployed_by_hand(draft: Draft, event: DeployedByHand) -> None:
    """A part that is not automated went out: a deployment like any other."""
    if event.actor.person is None:
        draft.answer(event.actor, private.stranger())
        return
    service = draft.service(event.service)
    if service is None:
        draft.answer(event.actor, private.unknown_service(event.service, draft.policy))
        return
    take_report(
        draft,
        Report(
            id=f"hand:{draft.event_key}",
            service=service.key,
            environment=service.environment,
            status=DeploymentState.SUCCEEDED,
            version=event.what or "by hand",
            started_at=event.at,
            ended_at=event.at,
            by=draft.policy.name_of(event.actor.person),
            by_hand=True,
            source="hand",
        ),
        min(event.at, draft.now),
    )
    draft.answer(event.actor, private.deployed_noted(service.key, event.what))
