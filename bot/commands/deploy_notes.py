"""`deploy notes`: what support will read of a deployment, before or after it is announced."""

import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import beside as running
from bot.commands.frame import USAGE, ConfigPath, Stop, run
from bot.core.commit import Commit
from bot.core.database_changes import DatabaseChange, Seen, database_changes, readable
from bot.core.deployment import Deployment, DeploymentState, RangeKnown
from bot.core.policy import Policy
from bot.core.release_notes import paper_of, told_of
from bot.core.wording.database import database_lines
from bot.core.wording.notes import Paper, Section, as_markdown, as_slack, as_text
from bot.sources import generic, git_log
from bot.sql_changes import MOST_CHARACTERS, inspect

LOOK_BACK = 30
GIT_SECONDS = 20.0
NOBODY = Policy("UTC", {}, {}, {})


class Format(StrEnum):
    """How it is written."""

    SLACK = "slack"
    TEXT = "text"
    MARKDOWN = "markdown"


def notes(
    what: Annotated[str, typer.Argument(metavar="DEPLOYMENT|SERVICE", help="An id, or a service.")],
    config: ConfigPath = None,
    since: Annotated[
        str | None,
        typer.Option("--from", help="Of the git checkout here: after this commit or tag."),
    ] = None,
    until: Annotated[str, typer.Option("--to", help="Up to this one.")] = "HEAD",
    version: Annotated[str, typer.Option("--version", help="What people will call it.")] = "",
    form: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.TEXT,
    database: Annotated[
        bool, typer.Option("--database", help="Name each migration, with file and line.")
    ] = False,
    repository: Annotated[Path, typer.Option("--repository", help="The git checkout.")] = Path(),
) -> None:
    """Show the release notes. With --from: of a range in git, nothing need run."""
    if since is not None:
        deployment = _of_git(what, since, until, version, repository)
        paper = paper_of(told_of(deployment, (), expected=False), NOBODY)
    else:
        deployment, paper = run(_stored(what, config))
    if database:
        paper = _with_database(paper, deployment)
    typer.echo(_written(paper, form))


def _written(paper: Paper, form: Format) -> str:
    match form:
        case Format.MARKDOWN:
            return as_markdown(paper)
        case Format.SLACK:
            return "\n\n--- in the thread:\n\n".join("\n".join(one) for one in as_slack(paper))
        case Format.TEXT:
            return as_text(paper)


def _with_database(paper: Paper, deployment: Deployment) -> Paper:
    known = {change.path: change for change in deployment.database}
    changes = [known.get(it.path, it) for it in database_changes(deployment.commits)]
    lines = database_lines(changes) or ("no migration among the files that are known",)
    sections = (*paper.sections, Section("Database, for whoever signs", lines))
    return Paper(paper.title, paper.lead, sections, paper.closing)


async def _stored(what: str, config: Path | None) -> tuple[Deployment, Paper]:
    """By id, else the last one of the service where users are. Raises Stop."""
    async with running.opened(config) as (_, beside):
        store, policy = beside.store, beside.policy
        found = await store.deployment(what)
        if found is None:
            service = policy.services.get(what)
            if service is None:
                known = ", ".join(policy.services) or "none"
                raise Stop(f"No deployment and no service {what!r}. Services: {known}.", USAGE)
            latest = await store.deployments(
                service=what, environment=service.environment, limit=LOOK_BACK
            )
            if not latest:
                raise Stop(f"Of {what} no deployment to {service.environment} is known yet.")
            pipelines = (it for it in latest if it.source != "hand")
            found = next(pipelines, latest[0])  # a part that was ticked has no notes of its own
        others = await store.deployments(
            service=found.service, environment=found.environment, limit=LOOK_BACK
        )
        record = (await store.notes([found.id])).get(found.id)
        signed = (await store.releases_of([found.id])).get(found.id)
        told = told_of(found, others, expected=False, release=signed)
        return found, paper_of(told, policy, record)


def _of_git(service: str, since: str, until: str, version: str, repository: Path) -> Deployment:
    """As it would be deployed now. Raises Stop where git cannot tell."""
    try:
        told = git_log.commits(since, until, repository)
    except git_log.GitFailed as failed:
        raise Stop(f"No notes: {failed}.", USAGE) from None
    commits = generic.commits(told.commits)
    now = datetime.now(UTC)
    return Deployment(
        id="preview",
        service=service,
        environment="",
        version=version,
        sha=None if version else until,
        previous_sha=since,
        state=DeploymentState.SUCCEEDED,
        started_at=now,
        ended_at=now,
        reported_at=now,
        commits=tuple(commits),
        range_known=RangeKnown.COMMITS_CUT if told.cut else RangeKnown.COMPLETE,
        database=tuple(_inspected(commits, until, repository)),
    )


def _inspected(commits: Sequence[Commit], until: str, repository: Path) -> list[DatabaseChange]:
    """The SQL migrations as they stand at that revision."""
    changes = [change for change in database_changes(commits) if readable(change)]
    return [_looked_into(change, until, repository) for change in changes]


def _looked_into(change: DatabaseChange, until: str, repository: Path) -> DatabaseChange:
    path, framework = change.path, change.framework
    command = ["git", "show", "--no-color", "--no-textconv", f"{until}:{path}"]
    try:
        done = subprocess.run(  # noqa: S603 - a list, no shell; `git_log` has checked the revision
            command, cwd=repository, capture_output=True, timeout=GIT_SECONDS, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return DatabaseChange(path, framework, Seen.UNREADABLE, (), "git did not give it")
    if done.returncode != 0:
        return DatabaseChange(path, framework, Seen.UNREADABLE, (), "it was removed")
    sql = done.stdout[: 4 * MOST_CHARACTERS].decode("utf-8", "replace")
    return inspect(path, framework, sql)
