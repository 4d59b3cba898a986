"""Release notes: what a range of commits means for people, in groups. Pure.

1. What a pull request's merge brought is told by its title, once.
2. A revert and what it takes back cancel each other, if both are in the range.
3. What is left is sorted into new, fixed, changed and other; merges and upkeep are folded.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from bot.core.commit import Commit, pull_request_of
from bot.core.commit_style import Kind, Said, plain, read, title, without_marks
from bot.core.commit_words import UPKEEP_BOTS

Names = Callable[[Commit], tuple[str, ...]]
"""The names of those who wrote a commit; empty where nobody is known."""
_REVERT = re.compile(
    r'(?:Revert|Reapply)[ \t:]+"(.+)"|revert(?:\([^()\n]*\))?!?:[ \t]+(.+)', re.IGNORECASE
)
_REVERTED_SHA = re.compile(r"\bThis reverts (?:merge )?commit ([0-9a-fA-F]{7,40})\b")
_REVERTED_REQUEST = re.compile(r"^Reverts \S*([#!]\d{1,9})\b", re.MULTILINE)
_REFS = re.compile(r"^Refs?: ([0-9a-fA-F, \t]{7,400})$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the notes: a plain sentence, who wrote it, what it breaks."""

    text: str
    authors: tuple[str, ...] = ()
    breaking: str | None = None


@dataclass(frozen=True, slots=True)
class Notes:
    """What a range brought. `upkeep` counts what is folded; `authors` are everybody's names."""

    new: tuple[Change, ...] = ()
    fixed: tuple[Change, ...] = ()
    changed: tuple[Change, ...] = ()
    other: tuple[Change, ...] = ()
    upkeep: int = 0
    authors: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """All lines, in the order of the groups."""
        return (*self.new, *self.fixed, *self.changed, *self.other)

    @property
    def breaking(self) -> tuple[Change, ...]:
        """Those that break something."""
        return tuple(change for change in self.changes if change.breaking)


def compose(commits: Sequence[Commit], names: Names) -> Notes:
    """The notes of these commits, oldest first."""
    groups: dict[Kind, dict[str, Change]] = {kind: {} for kind in Kind}
    upkeep, everybody = 0, dict[str, None]()
    for commit, authors in _left(commits, names):
        everybody |= dict.fromkeys(authors)
        said = _said(commit)
        if said.kind is Kind.UPKEEP and not said.breaking:
            upkeep += 1
        elif said.kind is not Kind.MERGE:
            kind = Kind.OTHER if said.kind is Kind.UPKEEP else said.kind
            _put(groups, kind, Change(said.text, authors, said.breaking))
    new, fixed, changed, other = (
        tuple(groups[kind].values()) for kind in (Kind.NEW, Kind.FIXED, Kind.CHANGED, Kind.OTHER)
    )
    return Notes(new, fixed, changed, other, upkeep, tuple(everybody))


def _left(commits: Sequence[Commit], names: Names) -> Iterable[tuple[Commit, tuple[str, ...]]]:
    """What counts, with its authors: a merged branch is its merge, and its authors' work."""
    folded = _folded(commits)
    brought: dict[str, list[Commit]] = {}
    for commit in commits:
        if commit.sha in folded:
            brought.setdefault(folded[commit.sha], []).append(commit)
    for commit in _without_reverted([it for it in commits if it.sha not in folded]):
        parts = brought.get(commit.sha, [])
        if not parts:
            yield commit, names(commit)
            continue
        # Whoever merges a pull request did not write it.
        authors = tuple(dict.fromkeys(name for part in parts for name in names(part)))
        broken = next((said for part in parts if (said := read(part.message)).breaking), None)
        if broken and not read(commit.message).breaking:
            commit = replace(
                commit, message=f"{commit.message}\n\nBREAKING CHANGE: {broken.breaking}"
            )
        yield commit, authors or names(commit)


def _folded(commits: Sequence[Commit]) -> dict[str, str]:
    """Commits that a pull request's merge brought, with that merge's revision.

    Only where parents are told. A merge without a title is a way that goes on, as a branch that
    is merged into another one for a release.
    """
    by_sha = {commit.sha: commit for commit in commits}
    spine = _spine(commits, by_sha)
    found: dict[str, str] = {}
    for merge in commits:
        if merge.sha in spine and len(merge.parents) > 1 and title(merge.message):
            waiting = list(merge.parents[1:])
            while waiting:
                commit = by_sha.get(waiting.pop())
                if commit and commit.sha not in spine and commit.sha not in found:
                    found[commit.sha] = merge.sha
                    waiting += commit.parents
    return found


def _spine(commits: Sequence[Commit], by_sha: dict[str, Commit]) -> set[str]:
    """The line of first parents, from each commit that is nobody's parent."""
    parents = {sha for commit in commits for sha in commit.parents}
    waiting = [commit.sha for commit in commits if commit.sha not in parents]
    spine: set[str] = set()
    while waiting:
        commit = by_sha.get(waiting.pop())
        if commit is not None and commit.sha not in spine:
            spine.add(commit.sha)
            waiting += commit.parents[:1] if title(commit.message) else commit.parents
    return spine


def _without_reverted(commits: list[Commit]) -> list[Commit]:
    """Newest first: a revert that stands takes an earlier one out, and goes with it."""
    places: dict[str, list[int]] = {}
    for index, commit in enumerate(commits):
        for mark in _marks(commit):
            places.setdefault(mark, []).append(index)
    gone: set[int] = set()
    for index in range(len(commits) - 1, -1, -1):
        if index in gone:
            continue
        found = [at for mark in _taken_back(commits[index]) for at in places.get(mark, ())]
        target = max((at for at in found if at < index and at not in gone), default=None)
        if target is not None:
            gone |= {index, target}
    return [commit for index, commit in enumerate(commits) if index not in gone]


def _marks(commit: Commit) -> list[str]:
    """By what a revert may name it: revision, pull request, subject."""
    request = commit.pull_request or pull_request_of(commit.message) or ""
    subject = without_marks(title(commit.message)).casefold()
    return [
        mark for mark in (_revision(commit.sha), request, f"'{subject}'" * bool(subject)) if mark
    ]


def _taken_back(revert: Commit) -> list[str]:
    """The marks of what it reverts: revisions where the message names some, else a pull request,
    else a subject. Empty: it reverts nothing.
    """
    named = [match[1] for match in _REVERTED_SHA.finditer(revert.message)]
    match = _REVERT.match(without_marks(title(revert.message)))
    if match is None and not named:
        return []
    for refs in _REFS.finditer(revert.message):
        named += re.findall(r"\w{7,40}", refs[1])
    if named:
        return [_revision(sha) for sha in named]
    request = _REVERTED_REQUEST.search(revert.message)
    if request:
        return [request[1]]
    subject = without_marks((match[1] or match[2]) if match else "").casefold()
    return [f"'{subject}'"] if subject else []


def _revision(sha: str) -> str:
    """As far as people write it."""
    return f"commit {sha[:7].lower()}"


def _said(commit: Commit) -> Said:
    """As `read`, but a program's upkeep breaks nothing: it quotes other people's notes."""
    writer = f"{commit.login or ''} {commit.author or ''}".lower()
    if any(bot in writer for bot in UPKEEP_BOTS):
        return Said(Kind.UPKEEP, "")
    match = _REVERT.match(without_marks(title(commit.message)))
    if match is None:
        return read(commit.message)
    taken_back = (match[1] or match[2]).strip('"')
    again = commit.message.lstrip().startswith("Reapply")
    words = read(taken_back).text
    return Said(Kind.CHANGED, plain(f"{'Back again' if again else 'Taken back'}: {words}"))


def _put(groups: dict[Kind, dict[str, Change]], kind: Kind, change: Change) -> None:
    """Once; who else wrote the same is named with it."""
    same = " ".join(change.text.casefold().split())
    old = groups[kind].get(same)
    if old is not None:
        authors = tuple(dict.fromkeys((*old.authors, *change.authors)))
        change = Change(old.text, authors, old.breaking or change.breaking)
    groups[kind][same] = change
