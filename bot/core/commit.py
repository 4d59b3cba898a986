"""A commit of a deployment's range, and what its message says beside its subject.

Source of the trailers' rules: git-scm.com/docs/git-interpret-trailers.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime

MOST_CO_AUTHORS = 50
"""Of one commit. A squash of a long branch names everybody; nobody reads more."""
MOST_OF_MESSAGE, MOST_OF_END = 2000, 600
"""Characters of a message that are kept, and how many of them are its last ones."""
_TRAILER = re.compile(r"([A-Za-z0-9-]+)[ \t]*:[ \t]*(.*)")
_BY_GIT = re.compile(r"Signed-off-by[ \t]*:|\(cherry picked from commit ", re.IGNORECASE)
_ADDRESS = re.compile(r"(.*?)\s*<([^<>]*)>\s*")
_PULL_REQUESTS = (
    re.compile(r"\AMerge pull request #(\d{1,9})\b"),  # GitHub's merge
    re.compile(r"\AMerged in .*\(pull request #(\d{1,9})\)"),  # Bitbucket's
    re.compile(r"\A[^\n]*\(#(\d{1,9})\)[ \t]*(?:\n|\Z)"),  # GitHub's squash
)
_MERGE_REQUEST = re.compile(r"^See merge request [^\s!]*!(\d{1,9})[ \t]*$", re.MULTILINE)
_SQUASHED_AT_GITLAB = re.compile(r"\A[^\n]*\(!(\d{1,9})\)[ \t]*(?:\n|\Z)")


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of a deployment's range; `files` are the paths it touched, where known.

    `author` and `committer` are names; `email` and `login` (at the repository's host) are the
    author's. `co_authors` are written `Name <address>`. `pull_request` is written as its host
    does: `#12`, `!12`. `parents` are empty where the source names none.
    """

    sha: str
    message: str = ""
    author: str | None = None
    at: datetime | None = None
    url: str | None = None
    files: tuple[str, ...] = ()
    committer: str | None = None
    email: str | None = None
    login: str | None = None
    co_authors: tuple[str, ...] = ()
    pull_request: str | None = None
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Compared:
    """What a repository's host answers about two revisions: commits, oldest first.

    `complete`: all of them are there. `files_complete`: so are the files. `behind`: the second
    revision is an older one, so that going there takes commits back and brings none.
    """

    commits: tuple[Commit, ...]
    complete: bool = True
    files_complete: bool = True
    behind: bool = False


def co_authors(message: str) -> tuple[str, ...]:
    """`Name <address>` of each `Co-authored-by` trailer, each once, in their order."""
    found = (value for key, value in trailers(message) if key == "co-authored-by")
    return tuple(dict.fromkeys(value[:200] for value in found if value))[:MOST_CO_AUTHORS]


def trailers(message: str) -> list[tuple[str, str]]:
    """The message's trailers as (key in lower case, value): the block at its end.

    It follows an empty line; all of its lines are trailers, or a quarter of them and one that git
    itself writes. A line that begins with a blank goes on with the one before.
    """
    paragraphs = re.split(r"\n[ \t]*\n", _until_patch(message).strip())
    if len(paragraphs) < 2:
        return []
    lines = _unfolded(paragraphs[-1].splitlines())
    found = [match for line in lines if (match := _TRAILER.fullmatch(line))]
    by_git = any(_BY_GIT.match(line) for line in lines)
    if len(found) < len(lines) and not (by_git and 4 * len(found) >= len(lines)):
        return []
    return [(match[1].lower(), match[2].strip()) for match in found]


def pull_request_of(message: str) -> str | None:
    """The pull or merge request that brought it, as its host writes it: `#12`, `!12`."""
    text = message.strip()
    for pattern in _PULL_REQUESTS:
        if match := pattern.match(text):
            return f"#{match[1]}"
    match = _MERGE_REQUEST.search(text) or _SQUASHED_AT_GITLAB.match(text)
    return f"!{match[1]}" if match else None


def shortened_message(message: str) -> str:
    """A message as it is kept: its beginning, and its end, where the trailers stand."""
    if len(message) <= MOST_OF_MESSAGE:
        return message
    return f"{message[: MOST_OF_MESSAGE - MOST_OF_END]}\n…\n{message[-MOST_OF_END:]}"


def parted(author: str) -> tuple[str, str]:
    """Name and address of `Name <address>`; what has no address is a name."""
    match = _ADDRESS.fullmatch(author)
    return (match[1].strip(), match[2].strip()) if match else (author.strip(), "")


def merged_commits(known: Iterable[Commit], said: Iterable[Commit]) -> tuple[Commit, ...]:
    """Each once, in the order in which they were told; later tellings fill gaps."""
    by_sha = {commit.sha: commit for commit in known}
    for commit in said:
        old = by_sha.get(commit.sha)
        by_sha[commit.sha] = commit if old is None else _richer(old, commit)
    return tuple(by_sha.values())


def _richer(old: Commit, new: Commit) -> Commit:
    return Commit(**{it.name: getattr(old, it.name) or getattr(new, it.name) for it in fields(old)})


def _until_patch(message: str) -> str:
    """What stands before a line of dashes that begins a patch, as git reads it."""
    return re.split(r"^---(?:[ \t].*)?$", message, maxsplit=1, flags=re.MULTILINE)[0]


def _unfolded(lines: list[str]) -> list[str]:
    found: list[str] = []
    for line in lines:
        if line[:1] in (" ", "\t") and found:
            found[-1] += f" {line.strip()}"
        else:
            found.append(line.rstrip())
    return found
