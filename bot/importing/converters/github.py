"""GitHub's deployments of one repository, asked of its API with `GITHUB_TOKEN`.

Read by the code that reads them while Midwatch runs, so ids are the same: what a webhook tells
later belongs to the same deployment. A deployment's statuses are told in its one line: the start is
the first `in_progress`, or else its creation; `inactive`, `queued` and the like are none.
A call for each deployment: GitHub allows 5000 an hour. Sources: docs.github.com, "REST API
endpoints for deployments", "REST API endpoints for deployment statuses", "Rate limits".
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.deployment import Deployment, DeploymentState, Report, apply, same_environment
from bot.core.policy import BY_DEPLOYMENT, GITHUB, Policy
from bot.importing.converters import Converted, Converter, Record, Unconvertible, Wanted
from bot.ports import Transient
from bot.sources.services import by_key

NAME = "github"
YEAR = timedelta(days=365)


async def _convert(wanted: Wanted) -> Converted:
    if wanted.source.count("/") != 1 or not all(wanted.source.split("/")):
        raise Unconvertible(f"{wanted.source!r} is not a repository: give OWNER/REPO")
    if wanted.github is None:
        raise Unconvertible("GITHUB_TOKEN is not set: GitHub's API is asked with it")
    policy = _as_asked(wanted)
    source = wanted.github(lambda: policy)
    try:
        reports = await source.history(wanted.source, wanted.since or wanted.now - YEAR)
    except Transient as away:
        wait = away.retry_after_seconds
        later = f": try again in {int(wait // 60) + 1} min, or with a later --since" if wait else ""
        raise Unconvertible(f"{away}{later}; nothing was imported") from None
    finally:
        await source.close()
    ours = by_key(wanted.policy, wanted.service or "").environment
    theirs = wanted.environment or ours
    return Converted([_record(_in(it, theirs, ours)) for it in _whole(reports)])


def _in(it: Deployment, theirs: str, ours: str) -> Deployment:
    """In the environment as it is called here."""
    return replace(it, environment=ours) if same_environment(it.environment, theirs) else it


def _as_asked(wanted: Wanted) -> Policy:
    """The policy in which this repository's deployments are that service's."""
    if wanted.service is None:
        raise Unconvertible("Whose deployments are they? Name the service: --service KEY")
    service = by_key(wanted.policy, wanted.service)
    mine = replace(
        service,
        repository=wanted.source,
        host=GITHUB,
        deployed_by=BY_DEPLOYMENT,
        environment=wanted.environment or service.environment,
        staging=wanted.environment or service.staging,
    )
    return replace(wanted.policy, services={service.key: mine})


def _whole(reports: Sequence[Report]) -> list[Deployment]:
    """Each deployment as its statuses, in their order, left it."""
    found: dict[str, Deployment] = {}
    for report in reports:
        at = report.ended_at or report.started_at
        if at is not None:
            found[report.id] = apply(found.get(report.id), report, at)
    return list(found.values())


def _record(it: Deployment) -> Record:
    started = it.started_at or it.created_at
    if started and it.ended_at:
        started = min(started, it.ended_at)
    over = it.state is not DeploymentState.STARTED
    return {
        "kind": "deployment",
        "id": it.id,
        "service": it.service,
        "environment": it.environment,
        "version": it.version,
        "sha": it.sha,
        "previous_sha": it.previous_sha,
        "status": it.state.value,
        "started_at": _text(started),
        "finished_at": _text(it.ended_at) if over else None,
        "by": it.by,
        "url": it.url,
        "artifact": it.artifact,
        "rollback": it.rollback,
    }


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


CONVERTER = Converter(_convert, reads_file=False)
