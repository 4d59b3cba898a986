"""`POST /hooks/github`: signed webhooks of a repository or an organisation.

Redeliveries do no harm: what counts is what is said of which deployment, not the delivery's id.
"""

import hashlib
import hmac
from urllib.parse import parse_qs

from bot.core.deployment import Report
from bot.core.events import CommitsPushed, DeploymentReported
from bot.core.policy import GITHUB
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
from bot.sources import github_other as other
from bot.sources import github_payload as payloads
from bot.sources import github_rule
from bot.sources.reading import dig, json_object, text
from bot.sources.services import has_repository, of_repository, unknown_repository

NAME = "github"


def authenticate(incoming: Incoming, secrets: Secrets) -> None:
    """X-Hub-Signature-256 over the raw body, with GITHUB_WEBHOOK_SECRET."""
    secret = secrets.github_webhook_secret
    if not secret:
        raise NotConfigured("GITHUB_WEBHOOK_SECRET is not set")
    digest = hmac.new(secret.encode(), incoming.body, hashlib.sha256).hexdigest()
    signature = incoming.headers.get("x-hub-signature-256", "")
    if not same(signature, f"sha256={digest}"):
        raise Unauthorized("its secret is another one" if signature else "it is not signed")


def parse(incoming: Incoming, known: Known) -> Parsed:
    """A delivery. Raises BadRequest for a body that is not what GitHub sends."""
    payload = _object(incoming)
    event = incoming.headers.get("x-github-event", "")
    if event == "ping":
        return Parsed(answer={"ok": True})
    if event == "deployment_status":
        return _deployment_status(payload, known)
    if event == "push":
        return _push(payload, known)
    if event == "release":
        return _release(payload, known)
    if event == "workflow_run":
        return _run(payload, known)
    if event == "deployment_protection_rule":
        found = github_rule.announced(payload, known)
        if found:
            return Parsed(events=found, answer={"ok": True, "releases": len(found)})
        return Parsed(status=204, note=_note(payload, known))
    if event == "deployment_review":
        ended = github_rule.rejected(payload, known)
        return Parsed(events=ended, answer={"ok": True}) if ended else Parsed(status=204)
    if event == "deployment":
        # A bare deployment is not a start: it may wait for approval for days.
        return Parsed(status=204, note=_note(payload, known))
    return Parsed(status=204)


def _deployment_status(payload: dict[str, object], known: Known) -> Parsed:
    repository = payloads.repository_of(payload)
    if repository is None:
        raise BadRequest("repository.full_name", "is missing")
    deployment, status = payload.get("deployment"), payload.get("deployment_status")
    for field, value in (
        ("deployment.id", text(dig(deployment, "id"))),
        ("deployment_status.state", text(dig(status, "state"))),
    ):
        if value is None:
            raise BadRequest(field, "is missing")
    if note := _note(payload, known):
        return Parsed(status=204, note=note)
    found = payloads.reports(known.policy, repository, deployment, status, payload)
    if not found:
        return Parsed(status=204, note=_other_environment(known, repository, deployment, status))
    return _reported(found, known)


def _reported(found: list[Report], known: Known) -> Parsed:
    return Parsed(
        events=tuple((report_key(r), DeploymentReported(r, known.now)) for r in found),
        answer={"deployments": [r.id for r in found]},
    )


def _release(payload: dict[str, object], known: Known) -> Parsed:
    """Publishing counts; `created`, `edited`, `deleted` and the like deploy nothing."""
    repository = payloads.repository_of(payload)
    if repository is None:
        raise BadRequest("repository.full_name", "is missing")
    action, release = dig(payload, "action"), dig(payload, "release")
    released_at = known.now if action == "released" else None
    found = (
        other.of_release(known.policy, repository, release, released_at=released_at)
        if action in ("published", "released")
        else []
    )
    return _reported(found, known) if found else Parsed(status=204, note=_note(payload, known))


def _run(payload: dict[str, object], known: Known) -> Parsed:
    repository = payloads.repository_of(payload)
    if repository is None:
        raise BadRequest("repository.full_name", "is missing")
    branch = text(dig(payload, "repository", "default_branch"), 200)
    found = other.of_run(known.policy, repository, dig(payload, "workflow_run"), branch)
    return _reported(found, known) if found else Parsed(status=204, note=_note(payload, known))


def _other_environment(
    known: Known, repository: str, deployment: object, status: object
) -> str | None:
    """A note if it is the environment that nobody knows; None if the state is just no start."""
    environment = payloads.environment_of(deployment, status)
    if of_repository(known.policy, repository, environment):
        return None
    return f"no service of {repository} is in environment {environment!r}"


def _push(payload: dict[str, object], known: Known) -> Parsed:
    """The commits are kept for the deployment that will name them."""
    push = payloads.pushed(payload)
    if push is None or not push.commits or not has_repository(known.policy, push.repository):
        return Parsed(status=204, note=_note(payload, known))
    event = CommitsPushed(push, known.now)
    key = f"push:{push.repository.casefold()}:{push.after}"
    return Parsed(events=((key, event),), answer={"ok": True, "commits": len(push.commits)})


def _note(payload: dict[str, object], known: Known) -> str | None:
    repository = payloads.repository_of(payload)
    return None if repository is None else unknown_repository(known.policy, repository, GITHUB)


def _object(incoming: Incoming) -> dict[str, object]:
    """The JSON, also from a webhook set to `application/x-www-form-urlencoded`."""
    if not incoming.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return json_object(incoming.body)
    try:
        fields = parse_qs(incoming.body.decode("utf-8"), max_num_fields=20)
    except ValueError:
        raise BadRequest("", "the body is not a form") from None
    return json_object(fields.get("payload", [""])[0].encode("utf-8", "replace"))


HOOK = Hook(name=NAME, authenticate=authenticate, parse=parse)
