"""`POST /hooks/gitlab`: webhooks of a project, a group or an instance (X-Gitlab-Token).

Redeliveries do no harm: what counts is what is said of which deployment.
Source: docs.gitlab.com, "Webhook events".
"""

from bot.core.events import CommitsPushed, DeploymentReported
from bot.core.policy import GITLAB
from bot.hook import (
    BadRequest,
    Hook,
    Incoming,
    Known,
    NotConfigured,
    Parsed,
    Secrets,
    Unauthorized,
    report_key,
    same,
)
from bot.sources import gitlab_payload as payloads
from bot.sources.reading import dig, json_object, text
from bot.sources.services import has_repository, of_repository, unknown_repository

NAME = GITLAB


def authenticate(incoming: Incoming, secrets: Secrets) -> str | None:
    """X-Gitlab-Token is the secret itself: GITLAB_WEBHOOK_TOKEN."""
    secret = secrets.gitlab_webhook_token
    if not secret:
        raise NotConfigured("GITLAB_WEBHOOK_TOKEN is not set")
    if not same(incoming.headers.get("x-gitlab-token", ""), secret):
        raise Unauthorized
    return None


def parse(incoming: Incoming, known: Known) -> Parsed:
    """A delivery. Raises BadRequest for a body that is not what GitLab sends.

    `object_kind` says what it is, in a system hook too, whose header only says "System Hook".
    """
    payload = json_object(incoming.body)
    kind = text(dig(payload, "object_kind"), 50) or text(dig(payload, "event_name"), 50)
    if kind == "deployment":
        return _deployment(payload, known)
    if kind in ("push", "tag_push"):
        return _push(payload, known)
    return Parsed(status=204)


def _deployment(payload: dict[str, object], known: Known) -> Parsed:
    project = payloads.project_of(payload)
    for field, value in (
        ("project.path_with_namespace", project),
        ("deployment_id", text(dig(payload, "deployment_id"))),
        ("status", text(dig(payload, "status"))),
    ):
        if value is None:
            raise BadRequest(field, "is missing")
    assert project is not None
    if note := unknown_repository(known.policy, project, GITLAB):
        return Parsed(status=204, note=note)
    found = payloads.hooked(known.policy, project, payload)
    if not found:
        return Parsed(status=204, note=_other_environment(payload, project, known))
    return Parsed(
        events=tuple((report_key(r), DeploymentReported(r, known.now)) for r in found),
        answer={"deployments": [r.id for r in found]},
    )


def _other_environment(payload: dict[str, object], project: str, known: Known) -> str | None:
    """A note if it is the environment that nobody knows; None if the state is just no start.

    Nor for a review app, of which there is one a branch: `review/…`, whose tier is development.
    """
    environment = text(dig(payload, "environment"), 200) or ""
    if dig(payload, "environment_tier") == "development" or environment.startswith("review/"):
        return None
    if of_repository(known.policy, project, environment, host=GITLAB):
        return None
    return f"no service of {project} is in environment {environment!r}"


def _push(payload: dict[str, object], known: Known) -> Parsed:
    """The commits are kept for the deployment that will name them."""
    push = payloads.pushed(payload)
    if push is None or not has_repository(known.policy, push.repository, GITLAB):
        project = payloads.project_of(payload)
        note = unknown_repository(known.policy, project, GITLAB) if project else None
        return Parsed(status=204, note=note)
    key = f"push:{GITLAB}:{push.repository.casefold()}:{push.after}"
    event = CommitsPushed(push, known.now)
    return Parsed(events=((key, event),), answer={"ok": True, "commits": len(push.commits)})


HOOK = Hook(name=NAME, authenticate=authenticate, parse=parse)
