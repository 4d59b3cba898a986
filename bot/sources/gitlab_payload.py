"""What GitLab's payloads say, read with tolerance. Pure.

Source: docs.gitlab.com, "Webhook events" (deployment and push events), "Deployments API",
"Repositories API" (compare). Times of webhooks look like `2021-04-28 21:50:00 +0200`.
"""

import re

from bot.core.commit import (
    Commit,
    co_authors,
    pull_request_of,
    shortened_message,
)
from bot.core.deployment import DeploymentState, Report
from bot.core.policy import GITLAB, Policy
from bot.core.pushes import Push
from bot.sources.reading import clean, dig, listed, moment, text, web_address
from bot.sources.services import of_repository, person_name

STATES = {
    "running": DeploymentState.STARTED,
    "success": DeploymentState.SUCCEEDED,
    "failed": DeploymentState.FAILED,
    "canceled": DeploymentState.CANCELLED,
}
"""The rest (`created`, `blocked`, `skipped`) is not a start."""
MOST_FILES = 300
MOST_OF_MESSAGE = 100_000
"""Characters that are looked into; a commit keeps the beginning and the end."""
NO_REVISION = "0" * 40
_SHA_IN_URL = re.compile(r"/commit/([0-9a-f]{40,64})(?:[/?#]|\Z)")


def project_of(payload: object) -> str | None:
    """`group/subgroup/project`."""
    return text(dig(payload, "project", "path_with_namespace"), 300)


def hooked(policy: Policy, project: str, payload: object) -> list[Report]:
    """What a deployment's webhook says: one report a service, none if it is no start."""
    state = STATES.get(str(dig(payload, "status") or "").lower())
    number = text(dig(payload, "deployment_id"), 50)
    if state is None or number is None:
        return []
    at = moment(dig(payload, "status_changed_at"))
    found = _SHA_IN_URL.search(text(dig(payload, "commit_url"), 1000) or "")
    sha = found[1] if found else text(dig(payload, "short_sha"), 100)
    started = state is DeploymentState.STARTED
    return [
        Report(
            id=f"{GITLAB}:{number}:{service.key}",
            service=service.key,
            environment=environment,
            status=state,
            version=_version(dig(payload, "ref"), sha),
            sha=sha,
            started_at=at if started else None,
            ended_at=None if started else at,
            by=_by(policy, dig(payload, "user")),
            url=web_address(dig(payload, "deployable_url")),
            source=GITLAB,
            shared=True,
        )
        for service, environment in of_repository(
            policy, project, text(dig(payload, "environment"), 200) or "", host=GITLAB
        )
    ]


def listed_deployment(policy: Policy, project: str, item: object) -> list[Report]:
    """The same of one deployment of the API's list, its start and end together."""
    state = STATES.get(str(dig(item, "status") or "").lower())
    number = text(dig(item, "id"), 50)
    if state is None or number is None:
        return []
    job = dig(item, "deployable")
    ended = moment(dig(job, "finished_at")) or moment(dig(item, "updated_at"))
    sha = text(dig(item, "sha"), 100)
    return [
        Report(
            id=f"{GITLAB}:{number}:{service.key}",
            service=service.key,
            environment=environment,
            status=state,
            version=_version(dig(item, "ref"), sha),
            sha=sha,
            started_at=moment(dig(job, "started_at")) or moment(dig(item, "created_at")),
            ended_at=None if state is DeploymentState.STARTED else ended,
            by=_by(policy, dig(item, "user")),
            url=web_address(dig(job, "web_url")),
            source=GITLAB,
            created_at=moment(dig(item, "created_at")),
            shared=True,
        )
        for service, environment in of_repository(
            policy, project, text(dig(item, "environment", "name"), 200) or "", host=GITLAB
        )
    ]


def pushed(payload: object) -> Push | None:
    """The commits of a push; None where they are not all that lies between its two revisions.

    GitLab lists the newest 20 of a push, and counts all (`total_commits_count`); a new or deleted
    branch has no revision on one side.
    """
    project = project_of(payload)
    before, after = text(dig(payload, "before"), 100), text(dig(payload, "after"), 100)
    items, total = dig(payload, "commits"), dig(payload, "total_commits_count")
    if not (project and before and after) or NO_REVISION in (before, after):
        return None
    commits = [_pushed(item) for item in items] if isinstance(items, list) else []
    if not commits or None in commits or total != len(commits):
        return None
    return Push(project, before, after, tuple(commit for commit in commits if commit))


def compared(item: object, files: tuple[str, ...] = ()) -> Commit | None:
    """One commit of a comparison; its files stand beside the list, not in it."""
    sha = text(dig(item, "id"), 100)
    if sha is None:
        return None
    message = _message(dig(item, "message")) or _message(dig(item, "title"))
    parents = (text(parent, 100) for parent in listed(dig(item, "parent_ids")))
    return Commit(
        sha=sha,
        message=shortened_message(message),
        author=text(dig(item, "author_name"), 200),
        at=moment(dig(item, "authored_date")) or moment(dig(item, "created_at")),
        url=web_address(dig(item, "web_url")),
        files=files,
        committer=text(dig(item, "committer_name"), 200),
        email=text(dig(item, "author_email"), 200),
        co_authors=co_authors(message),
        pull_request=pull_request_of(message),
        parents=tuple(parent for parent in parents if parent),
    )


def _pushed(item: object) -> Commit | None:
    sha = text(dig(item, "id"), 100)
    if sha is None:
        return None
    files: list[str] = []
    for kind in ("added", "modified", "removed"):
        names = dig(item, kind)
        found = names[:MOST_FILES] if isinstance(names, list) else []
        files += [name for entry in found if (name := text(entry, 500))]
    message = _message(dig(item, "message"))
    return Commit(
        sha=sha,
        message=shortened_message(message),
        author=text(dig(item, "author", "name"), 200),
        at=moment(dig(item, "timestamp")),
        url=web_address(dig(item, "url")),
        files=tuple(files[:MOST_FILES]),
        email=text(dig(item, "author", "email"), 200),
        co_authors=co_authors(message),
        pull_request=pull_request_of(message),
    )


def _message(value: object) -> str:
    return clean(value, MOST_OF_MESSAGE) if isinstance(value, str) else ""


def _version(ref: object, sha: str | None) -> str:
    """The branch or tag; a deployment of neither is called by its commit."""
    return text(ref, 200) or (sha or "")[:8]


def _by(policy: Policy, user: object) -> str | None:
    """Somebody whom the configuration knows by that login, else GitLab's own name of them."""
    login = text(dig(user, "username"), 200)
    known = person_name(policy, login)
    return known if known != login else text(dig(user, "name"), 200) or login
