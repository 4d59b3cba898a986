"""Commits that were pushed: the range of a deployment, without asking anybody.

GitHub tells of a push before it tells of the deployment, so the pushes of a repository are kept
for a while and joined from one revision to the next.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.deployment import Commit

KEPT = 300
"""Pushes of one repository that a decision looks back on."""


@dataclass(frozen=True, slots=True)
class Push:
    """Commits, oldest first, that moved a branch from `before` to `after`."""

    repository: str
    before: str
    after: str
    commits: tuple[Commit, ...]


def between(pushes: Iterable[Push], base: str, head: str) -> tuple[Commit, ...] | None:
    """The commits after `base` up to `head`, oldest first; None where a push is missing.

    A revision in the middle of a push counts: a deployment need not be a push's last commit.
    """
    known = list(pushes)
    found: list[Commit] = []
    wanted, seen = head, set[str]()
    while not _same(wanted, base):
        push = next((item for item in known if _holds(item, wanted)), None)
        if push is None or wanted in seen:
            return None
        seen.add(wanted)
        upto = _upto(push, wanted)
        after_base = _after(upto, base)
        if after_base is not None:
            return (*after_base, *found)
        found = [*upto, *found]
        wanted = push.before
    return tuple(found)


def _holds(push: Push, sha: str) -> bool:
    return _same(push.after, sha) or any(_same(commit.sha, sha) for commit in push.commits)


def _upto(push: Push, sha: str) -> list[Commit]:
    if _same(push.after, sha):
        return list(push.commits)
    index = next(i for i, commit in enumerate(push.commits) if _same(commit.sha, sha))
    return list(push.commits[: index + 1])


def _after(commits: list[Commit], base: str) -> list[Commit] | None:
    """What follows `base`, if it is one of these."""
    index = next((i for i, commit in enumerate(commits) if _same(commit.sha, base)), None)
    return None if index is None else commits[index + 1 :]


def _same(one: str, other: str) -> bool:
    """Revisions are compared as far as the shorter one is written, seven characters at least."""
    length = min(len(one), len(other))
    return length >= 7 and one[:length].lower() == other[:length].lower()
