"""What git calls a revision: `v1.42`, `HEAD` and `a1b2c3d` as the whole name of a commit."""

import subprocess
from pathlib import Path

TIMEOUT_SECONDS = 10.0


def whole(revision: str, repository: Path) -> str | None:
    """The commit's whole name; None where git does not know it, or there is no git."""
    if not revision or revision.startswith("-"):
        return None
    command = ["git", "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"]
    try:
        done = subprocess.run(  # noqa: S603 -- no shell; the revision cannot be an option
            command, cwd=repository, capture_output=True, check=False, timeout=TIMEOUT_SECONDS
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    name = done.stdout.decode("ascii", "replace").strip()
    return name if done.returncode == 0 and name else None
