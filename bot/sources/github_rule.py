"""GitHub asks whether a deployment may go on: a deployment protection rule.

The deployment waits; it has not begun. Source: docs.github.com, "Webhook events and payloads",
deployment_protection_rule.
"""

import hashlib

from bot.core.events import Event
from bot.core.release_events import Announcement, ReleaseAnnounced, ReleaseCancelled
from bot.hook import Known
from bot.sources import github_payload as payloads
from bot.sources.reading import dig, text, web_address
from bot.sources.services import in_repository, of_repository, person_name


def announced(payload: dict[str, object], known: Known) -> tuple[tuple[str, Event], ...]:
    """A release for each service of the repository in that environment that has to be signed."""
    repository = payloads.repository_of(payload)
    url = web_address(payload.get("deployment_callback_url"))
    installation = dig(payload, "installation", "id")
    environment = text(payload.get("environment"), 200) or ""
    if repository is None or url is None or not isinstance(installation, int):
        return ()
    rules = known.policy.sign_off
    found: list[tuple[str, Event]] = []
    for service, name in of_repository(known.policy, repository, environment):
        if rules is None or not rules.covers(service.key) or name != service.environment:
            continue
        said = Announcement(
            id=f"github:{_run_of(url)}:{service.key}"[:200],
            service=service.key,
            version=text(dig(payload, "deployment", "ref"), 200) or "",
            sha=text(dig(payload, "deployment", "sha"), 100),
            by=person_name(known.policy, text(dig(payload, "sender", "login"), 200)),
            url=web_address(dig(payload, "repository", "html_url")),
            source="github",
            callback=f"github {installation} {url} {environment}",
            ask=text(dig(payload, "deployment", "id"), 40) or "",
        )
        digest = hashlib.sha256(repr(said).encode("utf-8", "replace")).hexdigest()[:24]
        found.append((f"release:{said.id}:announced:{digest}", ReleaseAnnounced(said, known.now)))
    return tuple(found)


def _run_of(url: str) -> str:
    """The run of Actions that waits: `…/actions/runs/123/deployment_protection_rule`."""
    parts = url.rstrip("/").split("/")
    return parts[-2] if len(parts) > 2 else url[-80:]


def rejected(payload: dict[str, object], known: Known) -> tuple[tuple[str, Event], ...]:
    """Somebody rejected the run at GitHub itself (`deployment_review`): nothing waits any more."""
    run = dig(payload, "workflow_run", "id")
    repository = payloads.repository_of(payload)
    if payload.get("action") != "rejected" or repository is None or not isinstance(run, int):
        return ()
    by = text(dig(payload, "approver", "login"), 200) or "GitHub"
    attempt = text(dig(payload, "workflow_run", "run_attempt"), 20) or "1"
    return tuple(
        (
            f"release:github:{run}:{service.key}:rejected:{attempt}",
            _taken_back(run, service.key, by, known),
        )
        for service in in_repository(known.policy, repository)
    )


def _taken_back(run: int, service: str, by: str, known: Known) -> ReleaseCancelled:
    return ReleaseCancelled(f"github:{run}:{service}"[:200], by, known.now)
