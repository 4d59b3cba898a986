"""Which files of a release change a database, and what is known of each.

The tools are told by where their files lie and what they are called. Only SQL can be looked into;
what a Python or Ruby migration does is not known before it runs. Sources: the handbooks of
Alembic, Django ("Migrations"), Rails ("Active Record Migrations"), Flyway ("Migrations"),
Liquibase ("Changelog"), golang-migrate ("MIGRATIONS.md"), Prisma Migrate and Knex.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.core.commit import Commit


class Seen(StrEnum):
    """How far somebody has looked into a migration."""

    NOT_INSPECTED = "not_inspected"
    INSPECTED = "inspected"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Breaking:
    """A statement that may break what runs beside it. `line` counts from 1."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class DatabaseChange:
    """One migration. `breaking` says nothing unless it was inspected, at least in part.

    `trouble`: why it could not be read, as a sentence.
    """

    path: str
    framework: str
    seen: Seen = Seen.NOT_INSPECTED
    breaking: tuple[Breaking, ...] = ()
    trouble: str = ""


_NUMBERED = r"V\d[\w.]*__|R__|B\d[\w.]*__"
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE if name != "Flyway" else 0))
    for name, pattern in (
        ("Flyway", rf"(?:^|/)(?:{_NUMBERED})[^/]*\.sql$"),
        ("Prisma", r"(?:^|/)prisma/(?:.*/)?migrations/[^/]+/migration\.sql$"),
        ("golang-migrate", r"(?:^|/)\d+_[^/]*\.(?:up|down)\.sql$"),
        ("Alembic", r"(?:^|/)alembic/(?:.*/)?versions/(?:.*/)?[^/]+\.py$"),
        ("Alembic", r"(?:^|/)migrations/versions/(?:.*/)?[^/]+\.py$"),
        ("Django", r"(?:^|/)migrations/\d{4}_[^/]+\.py$"),
        ("Rails", r"(?:^|/)db/(?:\w+_)?migrate/(?:.*/)?\d+_[^/]+\.rb$"),
        ("Liquibase", r"(?:^|/)[^/]*(?:changelog|changeset)[^/]*\.(?:xml|ya?ml|json|sql)$"),
        ("Liquibase", r"(?:^|/)(?:liquibase|changelogs?)/(?:.*/)?[^/]+\.(?:xml|ya?ml|json|sql)$"),
        ("Knex", r"(?:^|/)migrations/(?:.*/)?\d{14}_[^/]+\.[cm]?[jt]s$"),
        ("SQL", r"(?:^|/)(?:migrations?|migrate|schema_migrations)/(?:.*/)?[^/]+\.sql$"),
    )
)
_MAYBE = re.compile(
    r"migrat|alembic|changelog|changeset|liquibase|(?:^|/)(?:[VRB]\d*_?|\d+_)[^/]*\.sql$",
    re.IGNORECASE,
)
"""A first, cheap look: a release may touch tens of thousands of files."""
_BACKWARD = re.compile(r"\.(?:down|undo|rollback)\.sql$|(?:^|/)U\d[\w.]*__[^/]*\.sql$|/down\.sql$")
"""What undoes a migration: it does not run with the release."""
_NO_TEST = re.compile(r"(?:^|/)(?:tests?|spec|testdata|fixtures|node_modules|vendor)/")


def database_changes(commits: Iterable[Commit]) -> tuple[DatabaseChange, ...]:
    """Every migration among the files of these commits, by path, none of them inspected."""
    paths = sorted({path for commit in commits for path in commit.files})
    found = ((path, framework_of(path)) for path in paths)
    return tuple(DatabaseChange(path, name) for path, name in found if name is not None)


def framework_of(path: str) -> str | None:
    """The tool that runs this file; None: it is no migration, or one that undoes another."""
    if not _MAYBE.search(path) or _BACKWARD.search(path) or _NO_TEST.search(path):
        return None
    return next((name for name, pattern in _KINDS if pattern.search(path)), None)


def telling_files(paths: Sequence[str], most: int) -> list[str]:
    """`most` of a commit's files, in their order: where not all are kept, migrations are first."""
    if len(paths) <= most:
        return list(paths)
    ranked = sorted(range(len(paths)), key=lambda at: framework_of(paths[at]) is None)
    return [paths[at] for at in sorted(ranked[:most])]


def readable(change: DatabaseChange) -> bool:
    """Whether it is SQL, which can be looked into."""
    return change.path.lower().endswith(".sql")


def known_changes(
    commits: Iterable[Commit], inspected: Iterable[DatabaseChange]
) -> tuple[DatabaseChange, ...]:
    """The migrations of these commits, with what is known of those that were looked into."""
    known = {change.path: change for change in inspected}
    return tuple(known.get(change.path, change) for change in database_changes(commits))
