"""Payloads in the shapes that GitHub sends (after the examples of octokit/webhooks, shortened)."""

import copy
from typing import Any

SHA, OLDER = "f95f852bd8fca8fcc58a9a2d6c842781e32a215e", "0" * 39 + "1"
USER = {"login": "bo-dev", "id": 21031067, "type": "User", "site_admin": False}
BOT = {"login": "github-actions[bot]", "id": 41898282, "type": "Bot", "site_admin": False}


def deployment(**changes: Any) -> dict[str, Any]:
    return {
        "url": "https://api.github.com/repos/acme/checkout/deployments/145988746",
        "id": 145988746,
        "node_id": "MDEwOkRlcGxveW1lbnQxNDU5ODg3NDY=",
        "sha": SHA,
        "ref": "v1.42",
        "task": "deploy",
        "payload": {},
        "original_environment": "production",
        "environment": "production",
        "description": None,
        "creator": USER,
        "created_at": "2026-11-23T08:50:53Z",
        "updated_at": "2026-11-23T09:00:55Z",
        "statuses_url": "https://api.github.com/repos/acme/checkout/deployments/145988746/statuses",
        "performed_via_github_app": None,
    } | changes


def status(state: str = "success", **changes: Any) -> dict[str, Any]:
    return {
        "id": 209916254,
        "state": state,
        "creator": USER,
        "description": "",
        "environment": "production",
        "target_url": "",
        "log_url": "https://github.com/acme/checkout/actions/runs/1",
        "created_at": "2026-11-23T09:00:55Z",
        "updated_at": "2026-11-23T09:00:55Z",
    } | changes


def delivery(state: str = "success", **changes: Any) -> dict[str, Any]:
    """A `deployment_status` webhook."""
    return copy.deepcopy(
        {
            "action": "created",
            "deployment_status": status(state),
            "deployment": deployment(),
            "repository": {"id": 1, "name": "checkout", "full_name": "acme/checkout"},
            "sender": USER,
        }
        | changes
    )


def push(**changes: Any) -> dict[str, Any]:
    return {
        "ref": "refs/heads/main",
        "before": OLDER,
        "after": SHA,
        "created": False,
        "deleted": False,
        "forced": False,
        "base_ref": None,
        "compare": "https://github.com/acme/checkout/compare/000...f95",
        "commits": [
            {
                "id": SHA,
                "distinct": True,
                "message": "fix: round vouchers\n\nCloses #7",
                "timestamp": "2026-11-23T09:45:46+01:00",
                "url": f"https://github.com/acme/checkout/commit/{SHA}",
                "author": {"name": "Bo", "email": "bo@example.com", "username": "bo-dev"},
                "added": ["db/migrations/7.sql"],
                "removed": [],
                "modified": ["cart.py"],
            },
            {"id": OLDER, "author": {"name": None}, "added": None},
            "not a commit",
        ],
        "repository": {"full_name": "acme/checkout"},
    } | changes


def compared(sha: str, message: str = "fix: it", login: str | None = "bo-dev") -> dict[str, Any]:
    """A commit in a comparison. `author` is null for an e-mail that GitHub does not know."""
    return {
        "sha": sha,
        "commit": {
            "author": {"name": "Bo", "email": "bo@example.com", "date": "2026-11-23T08:00:00Z"},
            "message": message,
        },
        "html_url": f"https://github.com/acme/checkout/commit/{sha}",
        "author": {"login": login} if login else None,
    }
