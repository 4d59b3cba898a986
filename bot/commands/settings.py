"""`config check` and `config schema`."""

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.commands import terminal
from bot.commands.against import answer, candidate, problems_in
from bot.commands.frame import USAGE, AsJson, ConfigPath, Stop, count
from config import Config, ConfigError, Problem, load
from config.json_schema import catalogue_schema, json_schema


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Look at the configuration.", no_args_is_help=True)
    group.command("check")(check)
    group.command("schema")(schema)
    app.add_typer(group, name="config")


def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Files of a catalogue; with --against.", show_default=False),
    ] = None,
    config: ConfigPath = None,
    against: Annotated[
        str | None,
        typer.Option(
            help="The address of a running Midwatch (token: API_TOKEN): say what would change "
            "there, and whether it would be taken. Nothing is.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell everything that is wrong with the file and the environment, each with its place."""
    if against is not None:
        _compare(against, files or [], config, as_json)
        return
    if files:
        what = "is a part of a configuration, which is checked as one"
        raise Stop(f"A file alone {what}: give --config MAIN, or --against URL.", USAGE)
    try:
        loaded = load(config, os.environ)
    except ConfigError as error:
        _bad(error.problems, as_json)
        raise typer.Exit(USAGE) from None
    _good(loaded, as_json)


def _compare(against: str, files: list[Path], config: Path | None, as_json: bool) -> None:
    said = answer(against, candidate(files, config))
    if as_json:
        terminal.show_json(said)
    else:
        _tell(said)
    if not said["ok"]:
        raise typer.Exit(USAGE)


def _tell(said: Mapping[str, object]) -> None:
    for one in problems_in(said.get("warnings")):
        terminal.say(f"warning: {one}", "yellow")
    if not said["ok"]:
        problems = list(problems_in(said.get("problems")))
        for problem in problems:
            terminal.note(str(problem), "red")
        terminal.note(f"It would be refused: {count(len(problems))}")
        return
    changes = said.get("changes")
    for change in changes if isinstance(changes, list) else []:
        terminal.say(f"change: {change}")
    terminal.say("It would be taken." if changes else "Nothing would change.", "green")


def schema(
    catalogue: Annotated[
        bool, typer.Option("--catalogue", help="Of a file of the catalogue instead.")
    ] = False,
) -> None:
    """Print the JSON Schema of the file, for editors."""
    terminal.show_json(catalogue_schema() if catalogue else json_schema())


def _bad(problems: tuple[Problem, ...], as_json: bool) -> None:
    if as_json:
        terminal.show_json(
            {"ok": False, "problems": [asdict(one) for one in problems], "warnings": [], "off": []}
        )
        return
    for problem in problems:
        terminal.note(str(problem), "red")
    terminal.note(count(len(problems)))


def _good(config: Config, as_json: bool) -> None:
    missing = config.missing()
    if as_json:
        found: dict[str, Any] = {
            "ok": True,
            "problems": [],
            "warnings": [asdict(one) for one in config.warnings],
            "off": [one._asdict() for one in missing],
        }
        terminal.show_json(found)
        return
    for warning in config.warnings:
        terminal.say(f"warning: {warning}", "yellow")
    for one in missing:
        terminal.say(f"off: {one.off}, because {one.variable} is not set ({one.means})")
    counts = {
        "people": len(config.people),
        "teams": len(config.teams),
        "services": len(config.services),
    }
    counted = ", ".join(f"{number} {name}" for name, number in counts.items())
    terminal.say(f"{config.described} is fine: {counted}.", "green")
