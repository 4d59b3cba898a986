"""What GitHub's payloads say, read with tolerance: null names and missing fields are normal. Pure.

Webhook and REST answers have the same shapes. Source: docs.github.com, "Webhook events and
payloads" and "REST API endpoints for deployments"; the samples of octokit/webhooks.
"""

import json
from collections.abc import Sequence

from bot.core.commit import (
    Commit,
    co_authors,
    pull_request_of,
    shortened_message,
)
from bot.core.deployment import DeploymentState, Report
from bot.core.policy import Policy
from bot.core.pushes import Push
from bot.sources.reading import clean, dig, listed, moment, text, web_address
from bot.sources.services import of_repository, person_name

SOURCE = "github"
STATES = {
    "in_progress": DeploymentState.STARTED,
    "success": DeploymentState.SUCCEEDED,
    "failure": DeploymentState.FAILED,
    "error": DeploymentState.FAILED,
}
"""The rest (`waiting`, `queued`, `pending`) is not a start; `inactive` is what becomes of an older
deployment when a newer one succeeds."""
MOST_FILES = 300
MOST_OF_MESSAGE = 100_000
"""Characters that are looked into; a commit keeps the beginning and the end."""
MOST_PUSHED = 2048
"""GitHub lists no more commits of a push. Source: docs.github.com, "push"."""


def repository_of(payload: object) -> str | None:
    """`owner/name`."""
    return text(dig(payload, "repository", "full_name"), 200)


def reports(
    policy: Policy, repository: str, deployment: object, status: object, run: object = None
) -> list[Report]:
    """The reports that a deployment's status makes: one for each service, none if it is no start.

    `run` is the whole webhook, whose `workflow_run` tells who began it.
    """
    state = STATES.get(str(dig(status, "state") or "").lower())
    number = text(dig(deployment, "id"), 50)
    if state is None or number is None:
        return []
    own = _payload(deployment)
    at = moment(dig(status, "created_at")) or moment(dig(status, "updated_at"))
    started = state is DeploymentState.STARTED
    named = text(dig(own, "service"), 200)
    known = of_repository(policy, repository, environment_of(deployment, status), named)
    return [
        Report(
            id=f"{SOURCE}:{number}:{service.key}",
            service=service.key,
            environment=environment,
            status=state,
            version=_version(deployment, own),
            sha=text(dig(deployment, "sha"), 100),
            previous_sha=text(dig(own, "previous_sha"), 100),
            started_at=at if started else None,
            ended_at=None if started else at,
            by=person_name(policy, _who(deployment, run)),
            url=web_address(dig(status, "log_url")) or web_address(dig(status, "target_url")),
            artifact=text(dig(own, "artifact"), 500),
            rollback=_is_rollback(deployment, own),
            source=SOURCE,
            created_at=moment(dig(deployment, "created_at")),
            shared=(named or "").casefold() != service.key.casefold(),
        )
        for service, environment in known
    ]


def environment_of(deployment: object, status: object) -> str:
    """A status may name another environment than the deployment was made for."""
    given = text(dig(status, "environment"), 200) or text(dig(deployment, "environment"), 200)
    return given or ""


def pushed(payload: object) -> Push | None:
    """The commits of a push; None where they are not all that lies between its two revisions.

    So it is for a deleted branch, a forced push (what it took back stays in no list), one with as
    many commits as GitHub lists at most, and when the essentials are missing.
    """
    repository = repository_of(payload)
    before, after = text(dig(payload, "before"), 100), text(dig(payload, "after"), 100)
    listed = dig(payload, "commits")
    taken_back = True in (dig(payload, "deleted"), dig(payload, "forced"))
    if not (repository and before and after) or taken_back:
        return None
    commits = [_pushed(item) for item in listed] if isinstance(listed, list) else []
    if len(commits) >= MOST_PUSHED:
        return None
    return Push(repository, before, after, tuple(commit for commit in commits if commit))


def compared(item: object, files: Sequence[str] = ()) -> Commit | None:
    """One commit of a comparison; its files stand beside the list, not in it."""
    sha = text(dig(item, "sha"), 100)
    if sha is None:
        return None
    message, login = (
        _message(dig(item, "commit", "message")),
        text(dig(item, "author", "login"), 200),
    )
    parents = (text(dig(parent, "sha"), 100) for parent in listed(dig(item, "parents")))
    return Commit(
        sha=sha,
        message=shortened_message(message),
        author=text(dig(item, "commit", "author", "name"), 200) or login,
        at=moment(dig(item, "commit", "author", "date")),
        url=web_address(dig(item, "html_url")),
        files=tuple(files),
        committer=text(dig(item, "commit", "committer", "name"), 200),
        email=text(dig(item, "commit", "author", "email"), 200),
        login=login,
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
    message, login = _message(dig(item, "message")), text(dig(item, "author", "username"), 200)
    return Commit(
        sha=sha,
        message=shortened_message(message),
        author=text(dig(item, "author", "name"), 200) or login,
        at=moment(dig(item, "timestamp")),
        url=web_address(dig(item, "url")),
        files=tuple(files[:MOST_FILES]),
        committer=text(dig(item, "committer", "name"), 200),
        email=text(dig(item, "author", "email"), 200),
        login=login,
        co_authors=co_authors(message),
        pull_request=pull_request_of(message),
    )


def _message(value: object) -> str:
    return clean(value, MOST_OF_MESSAGE) if isinstance(value, str) else ""


def _payload(deployment: object) -> object:
    """`deployment.payload` is an object, or JSON in a text, or anything at all."""
    given = dig(deployment, "payload")
    if isinstance(given, str):
        try:
            return json.loads(given)
        except (ValueError, RecursionError):
            return None
    return given


def _version(deployment: object, own: object) -> str:
    """The payload's version, else the ref; a ref that is the commit itself is shortened."""
    said = text(dig(own, "version"), 200)
    if said:
        return said
    ref = text(dig(deployment, "ref"), 200) or ""
    ref = ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
    return ref[:7] if ref and ref == dig(deployment, "sha") else ref


def _who(deployment: object, run: object) -> str | None:
    """The person, not the robot: a workflow's deployments are made by `github-actions[bot]`."""
    names = [
        text(dig(deployment, "creator", "login"), 200),
        text(dig(run, "workflow_run", "triggering_actor", "login"), 200),
        text(dig(run, "workflow_run", "actor", "login"), 200),
        text(dig(run, "sender", "login"), 200),
    ]
    people = [name for name in names if name and not name.endswith("[bot]")]
    return people[0] if people else next((name for name in names if name), None)


def _is_rollback(deployment: object, own: object) -> bool:
    task = text(dig(deployment, "task"), 100) or ""
    return dig(own, "rollback") is True or "rollback" in task.lower()
