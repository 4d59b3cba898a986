"""`git log PREVIOUS..SHA` as the commits of the generic hook (for `midwatch deploy record`)."""

import json
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bot.core.commit import shortened_message
from bot.core.database_changes import framework_of, telling_files

MOST_COMMITS = 1000
MOST_FILES = 300
ROOM_BYTES = 900 * 1024
"""What the commits of one report may take, so that the whole stays below 1 MiB."""
TIMEOUT_SECONDS = 60.0

CommitFields = dict[str, object]


@dataclass(frozen=True, slots=True)
class Range:
    """The commits between two revisions. `cut`: the oldest of them are not among these."""

    commits: list[CommitFields]
    cut: bool = False


class GitFailed(Exception):
    """git could not tell. The message says why, in words."""


def commits(
    previous: str, sha: str, repository: Path, *, timeout_seconds: float = TIMEOUT_SECONDS
) -> Range:
    """The commits after `previous` up to `sha`, oldest first, as many of the newest as fit.

    Raises GitFailed: no git, no repository, an unknown revision, a clone that is too shallow.
    """
    for revision in (previous, sha):
        if not revision or revision.startswith("-"):
            raise GitFailed(f"{revision!r} is not a revision")
    mark = secrets.token_hex(16)  # no message and no file name can contain it
    command = ["git", "log", "-z", "--name-only", "--no-color", "--no-show-signature"]
    command += ["--no-ext-diff", "--encoding=UTF-8", "--diff-merges=off"]
    command += [
        f"--max-count={MOST_COMMITS + 1}",
        f"--format={_format(mark)}",
        f"{previous}..{sha}",
        "--",
    ]
    try:
        done = subprocess.run(  # noqa: S603 - a list, no shell; revisions cannot be options
            command, cwd=repository, capture_output=True, timeout=timeout_seconds, check=False
        )
    except FileNotFoundError:
        raise GitFailed("git is not installed, or the directory does not exist") from None
    except subprocess.TimeoutExpired:
        raise GitFailed(f"git took longer than {timeout_seconds:.0f} s") from None
    if done.returncode != 0:
        raise GitFailed(_reason(done.stderr.decode("utf-8", "replace"), previous, sha))
    found = parse(done.stdout.decode("utf-8", "replace"), mark)
    kept = fitting(found[-MOST_COMMITS:])
    return Range(kept, cut=len(kept) < len(found))


def _format(mark: str) -> str:
    """What `parse` reads; the file names follow, each a NUL. Times carry their offset."""
    record, field = f"<{mark}", f"{mark}>"
    return record + "".join(
        f"{part}{field}" for part in ("%H", "%P", "%aN", "%aE", "%cN", "%cI", "%B")
    )


def parse(output: str, mark: str) -> list[CommitFields]:
    """Git's output as fields, oldest first. `mark`: what stands between them."""
    found: list[CommitFields] = []
    for record in output.split(f"<{mark}")[1:]:
        sha, parents, author, email, committer, at, message, files = record.split(f"{mark}>")
        names = [name.strip("\n") for name in files.split("\0")]
        found.append(
            {
                "sha": sha,
                "author": author[:200],
                "email": email[:200],
                "committer": committer[:200],
                "at": at,
                "parents": parents.split(),
                "message": shortened_message(message.strip()),
                "files": telling_files([name for name in names if name], MOST_FILES),
            }
        )
    return found[::-1]


def fitting(commits: list[CommitFields], room_bytes: int = ROOM_BYTES) -> list[CommitFields]:
    """As many of the newest commits as fit: first files are given up, then old commits.

    Migrations stay with their commit: whoever signs has to know of them.
    """
    if _size(commits) <= room_bytes:
        return commits
    bare = [{**commit, "files": _migrations(commit["files"])} for commit in commits]
    sizes = [_size(commit) + 2 for commit in bare]
    left, kept = room_bytes, 0
    for size in reversed(sizes):
        if size > left:
            break
        left, kept = left - size, kept + 1
    chosen = bare[len(bare) - kept :]
    for offset, commit in enumerate(reversed(commits[len(commits) - kept :]), start=1):
        extra = _size(commit["files"])
        if extra <= left:
            left -= extra
            chosen[-offset] = commit
    return chosen


def _migrations(files: object) -> list[str]:
    paths = files if isinstance(files, list) else []
    return [path for path in paths if framework_of(path) is not None]


def _size(value: object) -> int:
    return len(json.dumps(value).encode())


def _reason(stderr: str, previous: str, sha: str) -> str:
    if "not a git repository" in stderr:
        return "this is not a git repository"
    if "dubious ownership" in stderr:
        return "git does not trust this directory: see git config safe.directory"
    if any(words in stderr for words in ("unknown revision", "bad revision", "Invalid revision")):
        return (
            f"git does not know {previous[:80]} or {sha[:80]}: "
            "in a shallow clone, fetch more history (fetch-depth: 0)"
        )
    last = stderr.strip().splitlines()[-1:] or ["no reason given"]
    return f"git failed: {last[0][:200]}"
