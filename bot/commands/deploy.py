"""`deploy record`: a pipeline tells of a deployment, with the commits that it brought."""

import hashlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic_core import PydanticCustomError

from bot.commands import deploy_notes, posting, revisions, terminal
from bot.commands.frame import USAGE, AsJson, Stop, run
from bot.sources import git_log
from config.env_types import url_text
from config.references import token_variable
from config.variables import TOKEN_PREFIX, values

CI_RUNS = (
    ("github", ("GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT")),
    ("gitlab", ("CI_PIPELINE_ID",)),
    ("buildkite", ("BUILDKITE_BUILD_ID",)),
    ("circleci", ("CIRCLE_WORKFLOW_ID",)),
    ("azure", ("BUILD_BUILDID",)),
    ("jenkins", ("BUILD_TAG",)),
)
"""Variables by which pipelines name a run. A run's steps share it, so its reports do too; an old
run that is started again (to go back, say) is another deployment."""


class Status(StrEnum):
    """What became of it."""

    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ROLLED_BACK = "rolled_back"


def _option(name: str, words: str) -> Any:
    return typer.Option(name, help=words, show_default=False)


Text = str | None
Parts = Annotated[
    list[str] | None, _option("--by-hand-part", "What people still have to do. May stand often.")
]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Tell of deployments, from a pipeline.", no_args_is_help=True)
    group.command("record")(record)
    group.command("notes")(deploy_notes.notes)
    group.callback()(_group)
    app.add_typer(group, name="deploy")


def _group() -> None:
    """Tell of deployments, from a pipeline."""


def record(
    service: Annotated[str, _option("--service", "The service, a key of `services`.")],
    version: Annotated[Text, _option("--version", "What people call it: v1.42.")] = None,
    environment: Annotated[
        str, typer.Option("--environment", help="Where it went.")
    ] = "production",
    status: Annotated[Status, typer.Option("--status", help="What became of it.")] = (
        Status.SUCCEEDED
    ),
    sha: Annotated[
        Text, _option("--sha", "The commit that was deployed. With --previous: default HEAD.")
    ] = None,
    previous: Annotated[
        Text, _option("--previous", "What ran before (a tag or commit): commits since are told.")
    ] = None,
    by: Annotated[Text, _option("--by", "Who deployed.")] = None,
    url: Annotated[Text, _option("--url", "The pipeline's page.")] = None,
    artifact: Annotated[Text, _option("--artifact", "The digest of what was deployed.")] = None,
    id_: Annotated[
        Text, _option("--id", "The same in every report of one deployment. Default: the run.")
    ] = None,
    by_hand: Annotated[bool, typer.Option("--by-hand", help="Not by a pipeline.")] = False,
    parts: Parts = None,
    rollback: Annotated[bool, typer.Option("--rollback", help="Back to an older one.")] = False,
    repository: Annotated[Path, typer.Option("--repository", help="The git checkout.")] = Path(),
    host: Annotated[Text, _option("--host", "Midwatch's address. Default: PUBLIC_URL.")] = None,
    sender: Annotated[
        Text, _option("--sender", "Whose token: HOOK_TOKEN_<SENDER>. Default: HOOK_TOKEN.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the report, post nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Report a deployment to a running Midwatch."""
    whole = named(sha or ("HEAD" if previous else None), repository)
    if not (version or whole):
        raise Stop("Name what was deployed: --version, --sha, or both.", USAGE)
    told_commits = commits(previous, sha, repository) if previous else None
    payload: dict[str, object] = {
        "id": id_ or id_of(service, environment, version or whole or "", os.environ),
        "service": service,
        "environment": environment,
        "status": status.value,
        "version": version,
        "sha": whole,
        "previous_sha": named(previous, repository),
        "by": by,
        "url": url,
        "artifact": artifact,
        "by_hand": by_hand,
        "by_hand_parts": parts,
        "rollback": rollback,
        "started_at" if status is Status.STARTED else "finished_at": _now(),
    }
    said = _said(payload, told_commits)
    if dry_run:
        terminal.show_json(said)
    else:
        _send(said, host, sender, as_json)


def _said(payload: Mapping[str, object], commits: Mapping[str, object] | None) -> dict[str, object]:
    """What is told: fields that say something, and the commits where they were asked for."""
    said = {name: value for name, value in payload.items() if value not in (None, "", False, [])}
    return {**said, **(commits or {})}


def _send(payload: dict[str, object], host: str | None, sender: str | None, as_json: bool) -> None:
    base, token = address(host, sender, os.environ)
    answer = run(posting.post(f"{base}/hooks/deployments", token, payload))
    _tell(answer, payload, as_json)


def _tell(answer: Mapping[str, object], payload: Mapping[str, object], as_json: bool) -> None:
    if as_json:
        terminal.show_json(dict(answer))
        return
    told = payload.get("commits")
    commits = f", {len(told)} commits" if isinstance(told, list) else ""
    what = payload.get("version") or str(payload.get("sha"))[:12]
    where = f"{answer.get('service')} to {answer.get('environment')}"
    terminal.say(f"Recorded: {what} of {where}, {answer.get('status')}{commits}.", "green")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def named(revision: str | None, repository: Path) -> str | None:
    """The whole name of a commit; as it was given where git does not know it.

    None for what means something only in the checkout, such as `HEAD~1`.
    """
    if revision is None:
        return None
    given = None if revision.startswith(("HEAD", "@")) else revision
    return revisions.whole(revision, repository) or given


def commits(previous: str, sha: str | None, repository: Path) -> dict[str, object]:
    """What git knows, as fields. A clone too shallow must not keep it from being recorded."""
    try:
        found = git_log.commits(previous, sha or "HEAD", repository)
    except git_log.GitFailed as failed:
        terminal.note(f"Recorded without its commits: {failed}.", "yellow")
        return {"commits": []}
    if not found.cut:
        return {"commits": found.commits}
    newest = len(found.commits)
    terminal.note(f"Only the newest {newest} commits are told: there are more.", "yellow")
    return {"commits": found.commits, "commits_cut": True}


def id_of(service: str, environment: str, what: str, env: Mapping[str, str]) -> str:
    """One name for all reports of a deployment."""
    for system, names in CI_RUNS:
        run_of = "-".join(env[name] for name in names if env.get(name))
        if run_of:
            return f"{system}-{run_of[:80]}-{service}-{environment}"[:190]
    terminal.note(
        "No --id, and no pipeline's run to name it by: deploying the same version again "
        "would count as the same deployment.",
        "yellow",
    )
    digest = hashlib.sha256("\0".join((service, environment, what)).encode()).hexdigest()[:12]
    return f"{service}-{environment}-{what[:60]}-{digest}"[:190]


def address(host: str | None, sender: str | None, env: Mapping[str, str]) -> tuple[str, str]:
    """Where Midwatch is, and the token. Raises Stop that names the variable to set."""
    found, problems = values(env, ("PUBLIC_URL", "HOOK_TOKEN"))
    if problems:
        raise Stop("\n".join(str(one) for one in problems), USAGE)
    base = base_of(host, found)
    name = _variable(sender, found)
    if name not in found:
        raise Stop(f"{name} is not set: it is the token that Midwatch's hook asks for.", USAGE)
    return base, found[name]


def base_of(host: str | None, found: Mapping[str, str]) -> str:
    """Midwatch's address. Raises Stop where there is none, or it is none."""
    base = host or found.get("PUBLIC_URL", "")
    if not base:
        raise Stop("Where is Midwatch? Set PUBLIC_URL, or give --host.", USAGE)
    try:
        return url_text(base)
    except PydanticCustomError as wrong:
        name = "--host" if host else "PUBLIC_URL"
        raise Stop(f"{name} {wrong.message()}: https://midwatch.example.com", USAGE) from None


def _variable(sender: str | None, found: Mapping[str, str]) -> str:
    """The token's variable: the sender's, the common one, or the only one there is."""
    if sender:
        return token_variable(sender)
    tokens = [name for name in found if name.startswith(TOKEN_PREFIX)]
    return tokens[0] if "HOOK_TOKEN" not in found and len(tokens) == 1 else "HOOK_TOKEN"
