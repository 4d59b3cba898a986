"""`release`: a pipeline announces a build and waits; people approve, reject and tick."""

import asyncio
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.commands import api, deploy, posting, terminal
from bot.commands import beside as running
from bot.commands.acting import Wait
from bot.commands.frame import NO, USAGE, AsJson, AsPerson, ConfigPath, Stop, run
from bot.core.actor import Actor
from bot.core.release import Release
from bot.core.release_events import PartDone, ReleaseDecided
from bot.core.wording import releases as say
from bot.signing_off import Decision, refusal, what_came
from bot.web.present_release import release as present

Id = Annotated[str, typer.Argument(help="The release, by the id that it was announced with.")]
Text = str | None
GOOD, BAD = ("approved", "deployed"), ("rejected", "expired", "superseded", "cancelled")
LOOK_EVERY_SECONDS = 5.0


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Releases that wait for a signature.", no_args_is_help=True)
    group.callback()(_group)
    for command in (announce, wait, approve, reject, second, done):
        group.command(command.__name__)(command)
    group.command("list")(list_)
    app.add_typer(group, name="release")


def _group() -> None:
    """Releases that wait for a signature."""


def _option(name: str, words: str) -> Any:
    return typer.Option(name, help=words, show_default=False)


def announce(
    service: Annotated[str, _option("--service", "The service, a key of `services`.")],
    version: Annotated[Text, _option("--version", "What people call it: v1.42.")] = None,
    sha: Annotated[Text, _option("--sha", "The commit. Default: HEAD.")] = None,
    previous: Annotated[
        Text, _option("--previous", "What runs now (a tag or commit): commits since are told.")
    ] = None,
    artifact: Annotated[Text, _option("--artifact", "The digest of what is deployed.")] = None,
    by: Annotated[Text, _option("--by", "Who asks for it.")] = None,
    url: Annotated[Text, _option("--url", "The pipeline's page.")] = None,
    id_: Annotated[Text, _option("--id", "Its name for ever. Default: the run.")] = None,
    by_hand: Annotated[
        list[str] | None, _option("--by-hand", "A part that no pipeline does. May be repeated.")
    ] = None,
    mends: Annotated[int | None, _option("--mends", "The incident that it puts right.")] = None,
    repository: Annotated[Path, typer.Option("--repository", help="The git checkout.")] = Path(),
    host: Annotated[Text, _option("--host", "Midwatch's address. Default: PUBLIC_URL.")] = None,
    sender: Annotated[
        Text, _option("--sender", "Whose token: HOOK_TOKEN_<SENDER>. Default: HOOK_TOKEN.")
    ] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="Take it back instead.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the announcement, post nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell a running Midwatch that a build waits on staging."""
    whole = deploy.named(sha or "HEAD", repository) or sha
    if not (version or whole or artifact):
        raise Stop("Name what waits: --version, --sha or --artifact.", USAGE)
    what = version or whole or artifact or ""
    payload: dict[str, object] = {
        "id": id_ or deploy.id_of(service, "release", what, os.environ),
        "service": service,
        "version": version,
        "sha": whole,
        "previous_sha": deploy.named(previous, repository),
        "artifact": artifact,
        "by": by,
        "url": url,
        "by_hand": list(by_hand or ()),
        "mends": mends,
        "status": "cancelled" if cancel else None,
    }
    payload = {name: value for name, value in payload.items() if value not in (None, "", [])}
    if previous and not cancel:
        payload |= deploy.commits(previous, sha, repository)
    if dry_run:
        terminal.show_json(payload)
        return
    base, token = deploy.address(host, sender, os.environ)
    answer = run(posting.post(f"{base}/hooks/releases", token, payload))
    if as_json:
        terminal.show_json(dict(answer))
    else:
        words = "Taken back" if cancel else "Announced"
        terminal.say(f"{words}: {answer.get('id')}. {answer.get('url')}", "green")


def wait(
    id_: Id,
    timeout: Annotated[
        float, typer.Option("--timeout", help="Minutes; then exit code 1.", min=0.0, max=2880.0)
    ] = 1440.0,
    service: Annotated[
        Text, _option("--service", "Of this service: ids of two may be the same.")
    ] = None,
    sha: Annotated[Text, _option("--sha", "Of this commit: an id may be used twice.")] = None,
    host: Annotated[Text, _option("--host", "Midwatch's address. Default: PUBLIC_URL.")] = None,
    as_json: AsJson = False,
) -> None:
    """Wait until it is approved (exit code 0) or will not be (1). Needs API_TOKEN."""
    base, token = api.address(host, os.environ)
    run(_wait(base, token, (id_, service, sha), timeout * 60, as_json))


async def _wait(
    base: str,
    token: str,
    which: tuple[str, str | None, str | None],
    timeout_seconds: float,
    as_json: bool,
) -> None:
    ends = time.monotonic() + timeout_seconds
    told = ""
    while True:
        found = await _found(base, token, *which)
        status = str(found.get("status"))
        if status in (*GOOD, *BAD) or time.monotonic() >= ends:
            break
        if status != told and not as_json:
            terminal.say(f"{found.get('version') or which[0]}: {status}. {found.get('page')}")
            told = status
        await asyncio.sleep(min(LOOK_EVERY_SECONDS, max(0.0, ends - time.monotonic())))
    _end(found, status, as_json)


async def _found(
    base: str, token: str, id_: str, service: str | None, sha: str | None
) -> dict[str, Any]:
    """The release that is meant. Raises Stop when another build has its id: nobody signed this."""
    found = await api.get(f"{base}/api/releases/{api.quoted(id_)}", token)
    if service is not None and found.get("service") != service:
        own = api.quoted(f"{id_}:{service}")  # as the second service of one id is kept
        found = await api.get(f"{base}/api/releases/{own}", token)
    kept = str(found.get("sha") or "")
    if sha is not None and not (
        kept.startswith(sha.lower()) or sha.lower().startswith(kept or "-")
    ):
        raise Stop(f"{id_} is another build: its commit is {kept[:12] or 'not known'}.")
    return found


def _end(found: Mapping[str, object], status: str, as_json: bool) -> None:
    if as_json:
        terminal.show_json(dict(found))
    elif status in GOOD:
        terminal.say(f"{status} by {found.get('decided_by')}.", "green")
    elif status in BAD:
        reason = f": {found['reason']}" if found.get("reason") else ""
        terminal.say(f"{status}{reason}.", "red")
    else:
        terminal.say(f"Nobody has signed it in this time; it is {status}.", "red")
    if status not in GOOD:
        raise typer.Exit(NO)


def list_(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """The latest releases, newest first."""
    run(_list(config, as_json))


async def _list(path: Path | None, as_json: bool) -> None:
    async with running.opened(path) as (_config, beside):
        found = await beside.store.releases(limit=20)
        if as_json:
            items = [present(it, beside.policy) for it in found]
            terminal.show_json({"items": items, "next": None})
            return
        for it in found:
            signed = f", {beside.policy.name_of(it.decided_by)}" if it.decided_by else ""
            to_do = f", by hand: {', '.join(it.to_do)}" if it.to_do else ""
            terminal.say(f"{it.id}  {say.title(it)}  {it.state.value}{signed}{to_do}")
        if not found:
            terminal.say("No release was announced yet.")


def approve(
    id_: Id, person: AsPerson, config: ConfigPath = None, wait_: Wait = running.WAIT_SECONDS
) -> None:
    """Sign it. Never one's own work."""
    run(_decide(config, id_, person, "approve", "", wait_))


def reject(
    id_: Id,
    reason: Annotated[str, typer.Argument(help="Why: whoever built it reads it.")],
    person: AsPerson,
    config: ConfigPath = None,
    wait_: Wait = running.WAIT_SECONDS,
) -> None:
    """Say no, and why."""
    run(_decide(config, id_, person, "reject", reason, wait_))


def second(
    id_: Id, person: AsPerson, config: ConfigPath = None, wait_: Wait = running.WAIT_SECONDS
) -> None:
    """Give the second signature of an emergency."""
    run(_decide(config, id_, person, "second", "", wait_))


def done(
    id_: Id,
    part: Annotated[str, typer.Argument(help="The part, as it is listed.")],
    person: AsPerson,
    config: ConfigPath = None,
    wait_: Wait = running.WAIT_SECONDS,
) -> None:
    """Say that a part by hand is done."""
    run(_decide(config, id_, person, "done", part, wait_))


async def _decide(
    path: Path | None, id_: str, person: str, what: str, words: str, wait_seconds: float
) -> None:
    async with running.opened(path) as (config, beside):
        actor, at = running.actor_of(person, config), beside.engine.clock.now()
        before = await beside.store.release(id_)
        if before is None:
            raise Stop(say.gone(id_))
        event = _event(before, what, words, actor, at)
        refused = await refusal(beside.store, beside.policy, before, event)
        if refused is not None:
            raise Stop(refused)
        key = running.fresh_key(f"release-{what}")
        await running.decided(beside, key, event, wait_seconds=wait_seconds)
        after = await beside.store.release(id_)
        answer = what_came(before, after or before, event)
        if not answer.done:
            raise Stop(answer.text)
        terminal.say(answer.text, "green")


def _event(release: Release, what: str, words: str, actor: Actor, at: Any) -> Decision:
    match what:
        case "done":
            return PartDone(release.id, words, actor, at)
        case "approve":
            return ReleaseDecided(release.id, "approve", actor, at)
        case "second":
            return ReleaseDecided(release.id, "second", actor, at)
        case _:
            return ReleaseDecided(release.id, "reject", actor, at, reason=words)
