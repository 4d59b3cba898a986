"""Payloads in the shapes of GitLab's documentation (deployment and push events, REST answers)."""

from typing import Any

SHA = "279484c09fbe69ededfced8c1bb6e6d24616b468"
OLDER = "0" * 39 + "1"
PROJECT = "acme/shop/backend"


def hooked(status: str = "success", **changes: Any) -> dict[str, Any]:
    return {
        "object_kind": "deployment",
        "status": status,
        "status_changed_at": "2026-11-23 10:02:00 +0100",
        "deployment_id": 15,
        "deployable_id": 796,
        "deployable_url": f"https://gitlab.example.com/{PROJECT}/-/jobs/796",
        "environment": "production",
        "environment_tier": "production",
        "project": {"id": 30, "name": "backend", "path_with_namespace": PROJECT},
        "ref": "v1.42",
        "short_sha": SHA[:8],
        "user": {"id": 1, "name": "Bo Example", "username": "bo-dev", "email": "[REDACTED]"},
        "commit_url": f"https://gitlab.example.com/{PROJECT}/-/commit/{SHA}",
        "commit_title": "Add new file",
    } | changes


def pushed(**changes: Any) -> dict[str, Any]:
    return {
        "object_kind": "push",
        "event_name": "push",
        "before": OLDER,
        "after": SHA,
        "ref": "refs/heads/main",
        "project": {"id": 30, "path_with_namespace": PROJECT},
        "commits": [
            {
                "id": SHA,
                "message": "fix: the cart\n",
                "title": "fix: the cart",
                "timestamp": "2026-11-23T09:50:00+01:00",
                "url": f"https://gitlab.example.com/{PROJECT}/-/commit/{SHA}",
                "author": {"name": "Bo Example", "email": "bo@example.com"},
                "added": [],
                "modified": ["cart.py"],
                "removed": ["old.py"],
            }
        ],
        "total_commits_count": 1,
    } | changes


def listed(status: str = "success", number: int = 15, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "iid": 2,
        "ref": "v1.42",
        "sha": SHA,
        "status": status,
        "created_at": "2026-11-23T08:55:00.000Z",
        "updated_at": "2026-11-23T09:02:00.000Z",
        "environment": {"id": 9, "name": "production"},
        "user": {"username": "bo-dev", "name": "Bo Example"},
        "deployable": {
            "id": 796,
            "started_at": "2026-11-23T08:56:00.000Z",
            "finished_at": "2026-11-23T09:02:00.000Z",
            "web_url": f"https://gitlab.example.com/{PROJECT}/-/jobs/796",
        },
    } | changes
