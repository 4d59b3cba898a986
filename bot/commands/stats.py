"""`stats`: deployments against incidents, and whether owning it together works."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from bot.commands import beside as running
from bot.commands import terminal
from bot.commands.frame import USAGE, AsJson, ConfigPath, Stop, run
from bot.commands.on_call import moment
from bot.core.policy import Policy
from bot.core.stats.asking import NotAsked, period_of, scope_of
from bot.core.stats.result import Stats
from bot.core.wording import stats_report as say
from bot.counting import counted
from bot.web import present_stats

From = Annotated[
    str | None, typer.Option("--from", help="2026-11-01, or with a time. Inclusive; 28 days ago.")
]
To = Annotated[str | None, typer.Option("--to", help="The same. Exclusive; the end of today.")]
OfService = Annotated[str | None, typer.Option("--service", help="Of this service only.")]
OfTeam = Annotated[str | None, typer.Option("--team", help="Of this team only.")]
OfEnvironment = Annotated[
    str | None,
    typer.Option("--environment", help="Deployments of another one than the one users see."),
]
AsCsv = Annotated[bool, typer.Option("--csv", help="For spreadsheets: CSV on stdout.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("stats")(stats)


def stats(
    since: From = None,
    until: To = None,
    service: OfService = None,
    team: OfTeam = None,
    environment: OfEnvironment = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    config: ConfigPath = None,
) -> None:
    """Show how often we deploy, how often it hurts, how fast we are back, and who carries it."""
    if as_json and as_csv:
        raise Stop("--json and --csv exclude each other.", USAGE)
    found, policy = run(_asked(config, (since, until), (service, team, environment)))
    if as_json:
        terminal.show_json(present_stats.document(found))
    elif as_csv:
        sys.stdout.writelines(present_stats.as_csv(found))
    else:
        _show(found, policy)


async def _asked(
    path: Path | None,
    span: tuple[str | None, str | None],
    of: tuple[str | None, str | None, str | None],
) -> tuple[Stats, Policy]:
    async with running.opened(path) as (_, beside):
        policy, now = beside.policy, beside.engine.clock.now()
        zone = policy.timezone
        since, until = (
            _moment(text, zone, now, option)
            for text, option in zip(span, ("--from", "--to"), strict=True)
        )
        try:
            period, scope = period_of(since, until, zone, now), scope_of(policy, *of)
        except NotAsked as wrong:
            raise Stop(f"--{wrong.field}: {wrong}.", USAGE) from None
        return await counted(beside.store, policy, period, scope, now), policy


def _moment(text: str | None, zone: str, now: datetime, option: str) -> datetime | None:
    return moment(text, zone, now, option) if text else None


def _show(found: Stats, policy: Policy) -> None:
    rows: list[tuple[object, ...]] = []
    for heading, lines in say.sections(found, policy):
        rows += [("", "", ""), (Text(heading, "bold"), "", ""), *lines]
    terminal.show((say.title(found), "", ""), rows[1:])
    for note in found.notes:
        terminal.note(note)
