"""A release as JSON: the shape of the API and of the command line. Pure."""

from typing import Any
from urllib.parse import quote

from bot.core.database_changes import known_changes
from bot.core.policy import Policy
from bot.core.release import Release
from bot.core.signers import eligible, strangers, writers
from bot.core.wording.database import database_lines
from bot.web.present import when

Json = dict[str, Any]


def release(item: Release, policy: Policy) -> Json:
    """What is known of it. `range_known` false: `commits` are not all, or none are known."""
    return {
        "id": item.id,
        "service": item.service,
        "version": item.version,
        "sha": item.sha,
        "previous_sha": item.previous_sha,
        "artifact": item.artifact,
        "status": item.state.value,
        "by": item.by,
        "url": item.url,
        "page": f"{policy.public_url}/releases/{quote(item.id, safe='')}",
        "announced_at": when(item.announced_at),
        "staging_at": when(item.staging_at),
        "checks": [
            {"check": it.label, "outcome": it.outcome, "detail": it.detail, "at": when(it.at)}
            for it in item.checks
        ],
        "green_since": when(item.green_since),
        "ready_at": when(item.ready_at),
        "expires_at": when(item.expires_at),
        "may_sign": list(eligible(item, policy)) if item.open else [],
        "developers": sorted(writers(item, policy)),
        "unknown_developers": list(strangers(item, policy)),
        "range_known": item.range_known,
        "commits": [
            {"sha": it.sha, "message": it.message, "author": it.author} for it in item.commits
        ],
        "by_hand": [
            {"part": it.part, "done_by": it.done_by, "done_at": when(it.done_at)}
            for it in item.by_hand
        ],
        "mends": item.mends,
        "frozen": item.frozen,
        "emergency": item.emergency or None,
        "decided_at": when(item.decided_at),
        "decided_by": item.decided_by,
        "reason": item.reason or None,
        "second_by": item.second_by,
        "second_at": when(item.second_at),
        "second_due_at": when(item.second_due_at),
        "trigger": item.trigger.value,
        "trigger_url": item.trigger_url,
        "trigger_error": item.trigger_error or None,
        "deployment": item.deployment,
        "notes": item.notes or None,
        "database": list(database_lines(known_changes(item.commits, item.database))),
        "complete": item.complete,
    }
