"""What a decision sets in motion at the host: the deployment, or the answer that it waits for."""

from dataclasses import replace

from bot.core.draft import Draft
from bot.core.effects import TriggerRelease
from bot.core.release import Release, ReleaseState, TriggerState
from bot.core.wording import releases as say

TAKES_A_NO = frozenset({"protection_rule", "deployment_approval"})
"""Triggers that can be told of a rejection. To any other an order is an order to deploy."""


def trigger(draft: Draft, release: Release) -> Release:
    """Set its deployment in motion (or tell its host that nothing comes of it), once."""
    rules = draft.policy.sign_off
    asked_by_github = (release.callback or "").startswith("github ")
    kind = "protection_rule" if asked_by_github else rules.trigger if rules else ""
    approved = release.state is ReleaseState.APPROVED
    if not kind or not (approved or kind in TAKES_A_NO):
        return release
    decided = approved or release.state is ReleaseState.REJECTED
    service = draft.policy.services.get(release.service)
    draft.emit(
        TriggerRelease(
            release=release.id,
            service=release.service,
            trigger=kind,
            attempt=release.attempts + 1,
            approved=approved,
            environment=service.environment if service else "",
            repository=(service.repository if service else None) or "",
            version=release.version,
            sha=release.sha or "",
            artifact=release.artifact or "",
            by=draft.policy.name_of(release.decided_by) if decided else "",
            callback=release.callback or "",
            reason="" if approved else say.why_nothing_comes(release),
        )
    )
    return replace(
        release,
        trigger=TriggerState.ASKED,
        triggered_at=draft.now,
        trigger_error="",
        attempts=release.attempts + 1,
    )


def host_waits(release: Release) -> bool:
    """Whether its host asked for a decision and was given none."""
    undecided = release.decided_by is None and release.trigger is TriggerState.NONE
    return bool(release.callback) and (undecided or release.trigger is TriggerState.FAILED)
