"""GitHub's releases and workflow runs as deployments, for services that are deployed by them. Pure.

Source: docs.github.com, "Webhook events and payloads" (release, workflow_run) and the REST API's
releases and workflow runs, whose shapes are the same.
"""

import re
from datetime import datetime, timedelta

from bot.core.deployment import DeploymentState, Report
from bot.core.policy import BY_RELEASE, BY_WORKFLOW, Policy, Service
from bot.sources.github_payload import SOURCE
from bot.sources.reading import dig, moment, text, web_address
from bot.sources.services import in_repository, person_name

CONCLUSIONS = {
    "success": DeploymentState.SUCCEEDED,
    "failure": DeploymentState.FAILED,
    "timed_out": DeploymentState.FAILED,
    "startup_failure": DeploymentState.FAILED,
    "cancelled": DeploymentState.CANCELLED,
}
"""The rest (`skipped`, `neutral`, `action_required`, `stale`) deployed nothing."""
_FOREIGN = ("pull_request", "merge_group")
"""Events whose runs try what is not merged yet."""
PROMOTED_AFTER = timedelta(minutes=10)
"""A `released` that comes this long after the publishing is of a pre-release become a release."""
_SHA = re.compile(r"[0-9a-f]{40,64}")


def released_by(policy: Policy, repository: str) -> list[Service]:
    """Services that a release of the repository deploys."""
    return [s for s in in_repository(policy, repository) if s.deployed_by == BY_RELEASE]


def run_by(policy: Policy, repository: str, file: str = "") -> list[Service]:
    """Services that a workflow's run deploys: of that file, or of any."""
    return [
        s
        for s in in_repository(policy, repository)
        if s.deployed_by.startswith(BY_WORKFLOW) and file in ("", workflow_of(s))
    ]


def workflow_of(service: Service) -> str:
    """The file of the workflow that deploys it; "" where none does."""
    named = service.deployed_by.startswith(BY_WORKFLOW)
    return service.deployed_by.removeprefix(BY_WORKFLOW) if named else ""


def is_release(release: object) -> bool:
    """Drafts and pre-releases deploy nothing."""
    return True not in (dig(release, "draft"), dig(release, "prerelease"))


def of_release(
    policy: Policy,
    repository: str,
    release: object,
    *,
    sha: str | None = None,
    released_at: datetime | None = None,
) -> list[Report]:
    """A published release is a deployment that succeeded then.

    `target_commitish` may be a branch; `sha` is the commit of the tag, if it is known.
    `released_at` is when it became a release, where that is told: a pre-release was published long
    before.
    """
    number, tag = text(dig(release, "id"), 50), text(dig(release, "tag_name"), 200)
    at = moment(dig(release, "published_at"))
    if number is None or tag is None or at is None or not is_release(release):
        return []
    if released_at is not None and released_at - at > PROMOTED_AFTER:
        at = released_at
    target = text(dig(release, "target_commitish"), 100) or ""
    return [
        Report(
            id=f"{SOURCE}:release{number}:{service.key}",
            service=service.key,
            environment=service.environment,
            status=DeploymentState.SUCCEEDED,
            version=tag,
            sha=sha or (target if _SHA.fullmatch(target) else None),
            ended_at=at,
            by=person_name(policy, text(dig(release, "author", "login"), 200)),
            url=web_address(dig(release, "html_url")),
            source=SOURCE,
            shared=True,
        )
        for service in released_by(policy, repository)
    ]


def of_run(policy: Policy, repository: str, run: object, branch: str | None) -> list[Report]:
    """A run of a service's workflow, once it is under way or has ended.

    `branch` is the repository's default one: a push to another deploys nothing (a tag does). Runs
    of pull requests and of forks never count. A run that is run again is another attempt of the
    same deployment: its start is later than the last end.
    """
    state, number = _state(run), text(dig(run, "id"), 50)
    if state is None or number is None or not _counts(run, repository, branch):
        return []
    file = (text(dig(run, "path"), 500) or "").partition("@")[0].rpartition("/")[2]
    ended = state is not DeploymentState.STARTED
    sha = text(dig(run, "head_sha"), 100)
    ref = text(dig(run, "head_branch"), 200)
    return [
        Report(
            id=f"{SOURCE}:run{number}:{service.key}",
            service=service.key,
            environment=service.environment,
            status=state,
            version=(sha or "")[:7] if ref in (None, branch) else ref,
            sha=sha,
            started_at=moment(dig(run, "run_started_at")) or moment(dig(run, "created_at")),
            ended_at=moment(dig(run, "updated_at")) if ended else None,
            by=person_name(policy, _who(run)),
            url=web_address(dig(run, "html_url")),
            source=SOURCE,
            shared=True,
        )
        for service in run_by(policy, repository, file)
        if file
    ]


def _state(run: object) -> DeploymentState | None:
    """`queued`, `waiting` (for an approval) and `requested` are not a start."""
    status = dig(run, "status")
    if status == "in_progress":
        return DeploymentState.STARTED
    return CONCLUSIONS.get(str(dig(run, "conclusion"))) if status == "completed" else None


def _counts(run: object, repository: str, branch: str | None) -> bool:
    event = text(dig(run, "event"), 100) or ""
    home = text(dig(run, "head_repository", "full_name"), 200)
    if event.startswith(_FOREIGN) or (home and home.casefold() != repository.casefold()):
        return False
    ref = text(dig(run, "head_branch"), 200)
    looks_like_a_tag = bool(ref) and re.match(r"v?\d", ref or "") is not None
    return event != "push" or branch is None or ref == branch or looks_like_a_tag


def _who(run: object) -> str | None:
    names = [text(dig(run, who, "login"), 200) for who in ("triggering_actor", "actor")]
    people = [name for name in names if name and not name.endswith("[bot]")]
    return people[0] if people else next((name for name in names if name), None)
