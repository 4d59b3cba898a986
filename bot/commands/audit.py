"""`audit`: does the log still say what it said, and what does an auditor want of it?"""

import json
import sys
from collections.abc import AsyncIterator, Iterable
from dataclasses import astuple, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.commands import beside as running
from bot.commands import terminal
from bot.commands.frame import NO, USAGE, AsJson, ConfigPath, Stop, known_service, run
from bot.commands.on_call import moment
from bot.core import audit_report, spreadsheet
from bot.core.audit import FIELDS, Bad, Head, Row, Verifier, read_head
from bot.core.deployment import Deployment, same_environment
from bot.core.policy import Policy
from bot.core.release import Release, lists_part
from bot.ports import Chain, Store
from bot.web.mrkdwn import to_plain

AT_ONCE = 2000
DEPLOYMENTS_AT_ONCE = 200
COLUMNS = (*FIELDS, "hash")

Heads = Annotated[
    list[str] | None,
    typer.Option("--head", help="NUMBER:HASH, as it was posted in Slack. May be repeated."),
]
From = Annotated[str | None, typer.Option("--from", help="2026-11-01, or with a time. Inclusive.")]
To = Annotated[str | None, typer.Option("--to", help="The same. Exclusive.")]
Of = Annotated[str | None, typer.Option("--service", help="Of this service only.")]
Json = Annotated[bool, typer.Option("--json/--csv", help="JSON objects, one a line; or CSV.")]
Raw = Annotated[bool, typer.Option("--rows", help="The sealed rows themselves, oldest first.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Verify and export the audit log.", no_args_is_help=True)
    group.command("verify")(verify)
    group.command("export")(export)
    app.add_typer(group, name="audit")


def verify(head: Heads = None, config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Check every sealed row; exit code 1 if one was changed, deleted, added or moved."""
    try:
        heads = [read_head(text) for text in head or ()]
    except ValueError as wrong:
        raise Stop(f"--head {wrong}.", USAGE) from None
    run(_verify(config, heads, as_json))


def export(
    since: From = None,
    until: To = None,
    service: Of = None,
    as_json: Json = False,
    rows: Raw = False,
    config: ConfigPath = None,
) -> None:
    """Print one line per production deployment: who wrote and signed it, and what came of it."""
    run(_export(config, (since, until), service, as_json, rows))


async def _verify(path: Path | None, heads: list[Head], as_json: bool) -> None:
    async with running.opened(path) as (_, beside):
        audit = beside.store.audit
        anchors = await audit.anchors()
        verifier = Verifier([*heads, *(anchor.head for anchor in anchors)])
        async for row in _sealed(beside.store):
            if not verifier.take(row):
                break
        bad, chain = verifier.end(), await audit.chain()
    known = len(heads) + len(anchors)
    if as_json:
        terminal.show_json(_verdict(verifier.head, bad, chain, known))
    else:
        _tell(verifier.head, bad, chain, known)
    if bad is not None:
        raise typer.Exit(NO)


async def _sealed(store: Store) -> AsyncIterator[Row]:
    """Every sealed row, lowest number first, a few thousand in memory at a time."""
    last: Row | None = None
    while rows := await store.audit.after(last, AT_ONCE):
        for row in rows:
            yield row
        last = rows[-1]


def _verdict(head: Head, bad: Bad | None, chain: Chain, heads: int) -> dict[str, Any]:
    oldest = chain.oldest_at.isoformat() if chain.oldest_at else None
    return {
        "ok": bad is None,
        "verified": head.number,
        "head": head.hash,
        "bad": {"number": bad.number, "why": bad.why} if bad else None,
        "heads_compared": heads,
        "waiting": {"rows": chain.waiting, "oldest_at": oldest},
    }


def _tell(head: Head, bad: Bad | None, chain: Chain, heads: int) -> None:
    if bad is not None:
        terminal.say(f"Row {bad.number} {bad.why}.", "red")
        terminal.say(f"Rows before {bad.number} are as they were sealed." * (bad.number > 1))
    else:
        with_heads = f", and agree with {heads} anchored" if heads else ""
        terminal.say(f"{head.number} rows are as they were sealed{with_heads}.", "green")
        terminal.say(f"Head {head}" if head.number else "No row is sealed yet.")
    if chain.oldest_at is not None:
        rows = "1 row is" if chain.waiting == 1 else f"{chain.waiting} rows are"
        terminal.say(f"{rows} not sealed yet, the oldest of {chain.oldest_at:%Y-%m-%d %H:%M} UTC.")


async def _export(
    path: Path | None,
    times: tuple[str | None, str | None],
    service: str | None,
    as_json: bool,
    rows: bool,
) -> None:
    async with running.opened(path) as (config, beside):
        of = known_service(service, config) if service else None
        now = beside.engine.clock.now()
        since, until = (
            moment(text, config.timezone, now, option) if text else None
            for option, text in zip(("--from", "--to"), times, strict=True)
        )
        if since and until and since >= until:
            raise Stop(f"--to {times[1]} is not after --from {times[0]}.", USAGE)
        if rows:
            await _export_rows(beside.store, (since, until), of, as_json)
        else:
            await _export_deployments(beside.store, beside.policy, (since, until), of, as_json)


async def _export_rows(
    store: Store, times: tuple[datetime | None, datetime | None], of: str | None, as_json: bool
) -> None:
    since, until = (at and _text(at) for at in times)
    _write([] if as_json else [spreadsheet.line(COLUMNS)])
    async for row in _sealed(store):
        at = str(row.at)
        if (since and at < since) or (until and at >= until) or (of and row.service != of):
            continue
        cells = {name: getattr(row, name) for name in COLUMNS}
        if not as_json:
            cells["text"] = to_plain(str(row.text))
        _write([json.dumps(cells) + "\n" if as_json else spreadsheet.line(cells.values())])
    if any((since, until, of)):
        terminal.note("A part of the chain: to compute its hashes anew, export all rows.")
    if waiting := (await store.audit.chain()).waiting:
        terminal.note(f"Left out, as not sealed yet: {waiting}.")


async def _export_deployments(
    store: Store,
    policy: Policy,
    times: tuple[datetime | None, datetime | None],
    of: str | None,
    as_json: bool,
) -> None:
    since, until = times
    blamed = await _blamed(store, since)
    names = [field.name for field in fields(audit_report.Line)]
    _write([] if as_json else [spreadsheet.line(names)])
    before: str | None = None
    while True:
        found = await store.deployments(
            service=of, since=since, until=until, before=before, limit=DEPLOYMENTS_AT_ONCE
        )
        production = [it for it in found if _in_production(it, policy)]
        signed = await store.releases_of([it.id for it in production])
        signed |= await _releases_of_parts(store, production)
        for line in audit_report.lines(production, blamed, signed, policy):
            cells = [_cell(value, as_json) for value in astuple(line)]
            whole = dict(zip(names, cells, strict=True))
            _write([json.dumps(whole) + "\n" if as_json else spreadsheet.line(cells)])
        if len(found) < DEPLOYMENTS_AT_ONCE:
            return
        before = found[-1].id


async def _releases_of_parts(store: Store, found: Iterable[Deployment]) -> dict[str, Release]:
    """By the deployment that a ticked part is."""
    releases: dict[str, Release] = {}
    for deployment in found:
        for id_ in audit_report.may_list(deployment):
            release = await store.release(id_)
            if release is not None and lists_part(release, deployment):
                releases[deployment.id] = release
    return releases


async def _blamed(store: Store, since: datetime | None) -> dict[str, tuple[int, ...]]:
    """No deployment causes an incident before it began, so those since then are all."""
    blamed: dict[str, tuple[int, ...]] = {}
    before: int | None = None
    while found := await store.incidents(since=since, before=before, limit=DEPLOYMENTS_AT_ONCE):
        for deployment, numbers in audit_report.caused(found).items():
            blamed[deployment] = tuple(sorted((*blamed.get(deployment, ()), *numbers)))
        before = found[-1].number
    return blamed


def _in_production(it: Deployment, policy: Policy) -> bool:
    known = policy.services.get(it.service)
    return same_environment(it.environment, known.environment if known else "production")


def _cell(value: object, as_json: bool) -> object:
    if isinstance(value, datetime):
        return _text(value)
    if isinstance(value, tuple) and not as_json:
        return ", ".join(f"#{it}" if isinstance(it, int) else str(it) for it in value)
    return value


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _write(lines: Iterable[str]) -> None:
    """UTF-8 with the line ends as they are, whatever the terminal's own habits."""
    sys.stdout.buffer.write("".join(lines).encode())
    sys.stdout.buffer.flush()
