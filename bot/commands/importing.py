"""`import`: the year before Midwatch, from lines or from another tool's export."""

import asyncio
import io
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.commands import beside as running
from bot.commands import terminal
from bot.commands.frame import (
    NO,
    USAGE,
    AsJson,
    ConfigPath,
    Stop,
    configured,
    known_person,
    known_service,
    run,
)
from config import Config

if TYPE_CHECKING:
    from bot.core.policy import Policy
    from bot.importing.converters import Converted, Wanted
    from bot.importing.plan import Part, Plan

SHOWN = 200
"""Mistakes that are listed; of more there is one reason, mostly."""
TOLD_FROM = 5000
"""Records from which on it is told how far it is."""


def _option(name: str, words: str) -> Any:
    return typer.Option(name, help=words, show_default=False)


Text = str | None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_)


def import_(
    source: Annotated[str, typer.Argument(help="The file, `-` for stdin; of github OWNER/REPO.")],
    tool: Annotated[
        Text, _option("--from", "Convert another tool's export: pagerduty, opsgenie, github.")
    ] = None,
    names: Annotated[
        list[str] | None,
        _option("--map", '"THEIR SERVICE=ours"; "=-" leaves it out. May stand often.'),
    ] = None,
    team: Annotated[
        Text, _option("--team", "Whose acknowledgements are those of people not known here.")
    ] = None,
    timezone: Annotated[Text, _option("--timezone", "Of times that have none.")] = None,
    service: Annotated[Text, _option("--service", "github: whose deployments they are.")] = None,
    environment: Annotated[
        Text, _option("--environment", "github: what production is called there.")
    ] = None,
    since: Annotated[Text, _option("--since", "github: from when on. Default: a year ago.")] = None,
    convert_only: Annotated[
        bool, typer.Option("--convert-only", help="Print the converted lines, import nothing.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen, import nothing.")
    ] = False,
    person: Annotated[Text, _option("--as", "Who imports, for the audit log.")] = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
) -> None:
    """Import past deployments and incidents. Nobody is paged or told; again is harmless."""
    asked = _Asked(source, tool, tuple(names or ()), team, timezone, service, environment, since)
    if convert_only and tool is None:
        raise Stop("--convert-only needs --from: there is nothing to convert.", USAGE)
    if convert_only:
        run(_convert_only(config, asked))
    else:
        run(_import(config, asked, person, dry_run, as_json))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the words of the command say."""

    source: str
    tool: str | None
    names: Sequence[str]
    team: str | None
    zone: str | None
    service: str | None
    environment: str | None
    since: str | None

    @property
    def name(self) -> str:
        """Of the file, for the audit log."""
        if self.tool is not None and "/" in self.source and not Path(self.source).exists():
            return f"{self.tool} {self.source}"
        return "stdin" if self.source == "-" else Path(self.source).name


async def _convert_only(path: Path | None, asked: _Asked) -> None:
    from bot.beside import policy_alone

    config = configured(path)
    converted = await _converted(asked, config, policy_alone(config))
    sys.stdout.buffer.write(_lines(converted))
    sys.stdout.buffer.flush()
    _tell_left_out(converted.left_out)


async def _import(
    path: Path | None, asked: _Asked, person: str | None, dry_run: bool, as_json: bool
) -> None:
    async with running.opened(path) as (config, beside):
        from bot.core.wording.history import STOPPED
        from bot.importing.take import take

        by = "command line"
        if person is not None:
            by = beside.policy.name_of(known_person(person, config))
        left_out: Counter[str] = Counter()
        if asked.tool is None:
            content = _content(asked.source)
        else:
            converted = await _converted(asked, config, beside.policy)
            content, left_out = _lines(converted), converted.left_out
        try:
            found = await take(
                io.BytesIO(content),
                beside.store.history,
                beside.policy,
                beside.engine.clock.now(),
                by=by,
                name=asked.name,
                dry_run=dry_run,
                progress=None if as_json else _progress(),
            )
        except asyncio.CancelledError:  # Ctrl-C
            terminal.note(STOPPED, "yellow")
            raise
    _tell(found, left_out, dry_run, as_json)


def _content(source: str) -> bytes:
    if source == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise Stop(f"{source} cannot be read: {error.strerror}.", USAGE) from None


async def _converted(asked: _Asked, config: Config, policy: "Policy") -> "Converted":
    """The other tool's export as lines. Raises Stop with all that is wrong with it."""
    from bot.hook import BadRequest
    from bot.importing.converters import Unconvertible, converters
    from bot.ports import Permanent, Transient

    known = converters()
    converter = known.get(asked.tool or "")
    if converter is None:
        raise Stop(f"--from {asked.tool}: known are {', '.join(known)}.", USAGE)
    wanted = _wanted(asked, config, policy, reads_file=converter.reads_file)
    try:
        return await converter.convert(wanted)
    except Unconvertible as wrong:
        raise Stop(f"{asked.name}: {wrong}") from None
    except (Permanent, Transient, BadRequest) as refused:
        raise Stop(f"{asked.name}: {refused}.") from None


def _wanted(asked: _Asked, config: Config, policy: "Policy", *, reads_file: bool) -> "Wanted":
    from bot.beside import github_source
    from bot.clock import SystemClock
    from bot.importing.converters import Wanted

    zone = _zone(asked.zone) if asked.zone else None
    return Wanted(
        policy=policy,
        now=SystemClock().now(),
        source=asked.source,
        content=_content(asked.source) if reads_file else b"",
        services=_mapped(asked.names, config),
        team=_team(asked.team, config),
        zone=zone,
        service=known_service(asked.service, config) if asked.service else None,
        environment=asked.environment,
        since=_since(asked.since, zone or ZoneInfo(policy.timezone)) if asked.since else None,
        github=github_source(config.settings),
    )


def _mapped(names: Sequence[str], config: Config) -> dict[str, str]:
    """Their names, in lower case, to ours. Raises Stop with every mistake."""
    found, wrong = {}, []
    for pair in names:
        theirs, equals, ours = pair.rpartition("=")
        if not (equals and theirs.strip() and ours.strip()):
            wrong.append(f'--map {pair!r}: write "THEIR SERVICE=ours".')
            continue
        try:
            found[theirs.strip().casefold()] = (
                "-" if ours.strip() == "-" else known_service(ours.strip(), config)
            )
        except Stop as stop:
            wrong.append(f"--map {pair!r}: {stop}")
    if wrong:
        raise Stop("\n".join(wrong), USAGE)
    return found


def _team(name: str | None, config: Config) -> str | None:
    if name is None:
        return None
    found = next((key for key in config.teams if key.casefold() == name.casefold()), None)
    if found is None:
        raise Stop(f"There is no team {name!r}. Known: {', '.join(config.teams)}.", USAGE)
    return found


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Stop(f"--timezone {name}: write one such as Europe/London.", USAGE) from None


def _since(value: str, zone: tzinfo) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(value), time(), zone).astimezone(UTC)
    except ValueError:
        raise Stop(f"--since {value}: write a day, such as 2026-01-31.", USAGE) from None


def _lines(converted: "Converted") -> bytes:
    said = (
        {name: it for name, it in record.items() if it not in (None, "", {}, False)}
        for record in converted.records
    )
    return "".join(json.dumps(record) + "\n" for record in said).encode()


def _progress() -> Any:
    done: Counter[str] = Counter()

    def told(what: str, count: int, of: int) -> None:
        before, done[what] = done[what], done[what] + count
        if of >= TOLD_FROM and before * 10 // of < done[what] * 10 // of:
            terminal.note(f"{done[what]} of {of} {what}")

    return told


def _part(part: "Part") -> dict[str, int]:
    return {
        "taken": len(part.new),
        "changed": len(part.changed),
        "already_there": part.there,
        "live": part.live,
    }


def _tell(found: "Plan", left_out: Counter[str], dry_run: bool, as_json: bool) -> None:
    from bot.core.wording import history as say

    ok = not found.problems
    if as_json:
        problems = [
            {"line": it.line, "field": it.field, "message": it.message} for it in found.problems
        ]
        terminal.show_json(
            {
                "done": ok and not dry_run,
                "dry_run": dry_run,
                "deployments": _part(found.deployments),
                "incidents": _part(found.incidents),
                "repeated": found.repeated,
                "left_out": dict(left_out),
                "problems": problems,
                "sha256": found.digest,
            }
        )
    elif ok:
        for what, part in (("deployment", found.deployments), ("incident", found.incidents)):
            terminal.say(say.counts(what, _part(part), dry_run), "" if dry_run else "green")
        _tell_left_out(left_out)
    else:
        for problem in found.problems[:SHOWN]:
            terminal.note(str(problem), "red")
        more = len(found.problems) - SHOWN
        if more > 0:
            terminal.note(f"and {more} more")
        terminal.note(say.refused(len(found.problems)), "red")
    if not ok:
        raise typer.Exit(NO)


def _tell_left_out(left_out: Counter[str]) -> None:
    for why, count in left_out.items():
        terminal.note(f"Left out: {count} {why}.", "yellow")
