"""The events of commits and of what is made of them: ranges, migrations, release notes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core.commit import Commit
from bot.core.database_changes import DatabaseChange
from bot.core.pushes import Push


@dataclass(frozen=True, slots=True)
class CommitsFound:
    """The commits of a deployment's range.

    `complete` False: the API cut the list, or that of the files (then `files_only`). `behind`: the
    deployment went back to an older commit. `release`: it was asked
    for a release, not a deployment.
    """

    deployment: str
    service: str
    commits: tuple[Commit, ...]
    complete: bool
    at: datetime
    files_only: bool = False
    behind: bool = False
    release: str = ""
    kind: Literal["commits_found"] = "commits_found"


@dataclass(frozen=True, slots=True)
class CommitsPushed:
    """Commits arrived in a repository; a deployment may name them later."""

    push: Push
    at: datetime
    kind: Literal["commits_pushed"] = "commits_pushed"


@dataclass(frozen=True, slots=True)
class MigrationsRead:
    """Somebody looked into the migrations of a deployment, or of a release."""

    deployment: str
    service: str
    changes: tuple[DatabaseChange, ...]
    at: datetime
    release: str = ""
    kind: Literal["migrations_read"] = "migrations_read"


@dataclass(frozen=True, slots=True)
class NotesPosted:
    """A message of a deployment's release notes stands in Slack.

    `part` counts from 1, of `parts`; `text` is the whole of the notes as plain text.
    """

    deployment: str
    service: str
    part: int
    parts: int
    channel: str
    ts: str
    text: str
    at: datetime
    kind: Literal["notes_posted"] = "notes_posted"


@dataclass(frozen=True, slots=True)
class NotesEdited:
    """A manager put their own words in the place of the list of changes; empty: the list again."""

    deployment: str
    service: str
    text: str
    by: str
    at: datetime
    kind: Literal["notes_edited"] = "notes_edited"
