"""`config check` and `config schema`."""

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.commands import terminal
from bot.commands.against import asked, piece, whole
from bot.commands.frame import USAGE, AsJson, ConfigPath, Stop, count
from config import Config, ConfigError, Problem, load
from config.json_schema import catalogue_schema, json_schema
from config.variables import values


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Look at the configuration.", no_args_is_help=True)
    group.command("check")(check)
    group.command("schema")(schema)
    app.add_typer(group, name="config")


def check(
    file: Annotated[
        Path | None,
        typer.Argument(help="One file of a catalogue; with --against.", show_default=False),
    ] = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
    against: Annotated[
        str | None,
        typer.Option(help="A running Midwatch's address: say what would change there."),
    ] = None,
) -> None:
    """Tell everything that is wrong with the file and the environment, each with its place.

    With --against URL (and API_TOKEN) the Midwatch that runs there says what would change.
    """
    if against is not None:
        _compare(against, file, config, as_json)
        return
    if file is not None:
        raise Stop("A file of a catalogue is checked with --against URL, or --config MAIN.", USAGE)
    try:
        loaded = load(config, os.environ)
    except ConfigError as error:
        _bad(error.problems, as_json)
        raise typer.Exit(USAGE) from None
    _good(loaded, as_json)


def _compare(url: str, file: Path | None, config: Path | None, as_json: bool) -> None:
    found, problems = values(os.environ, ("API_TOKEN",))
    if problems:
        raise Stop("\n".join(str(one) for one in problems), USAGE)
    if "API_TOKEN" not in found:
        raise Stop("API_TOKEN is not set: it is the token of that Midwatch's API.", USAGE)
    said = asked(url, found["API_TOKEN"], piece(file) if file else whole(config))
    if as_json:
        terminal.show_json(said)
    else:
        _tell(said)
    if not said["ok"]:
        raise typer.Exit(USAGE)


def _tell(said: Mapping[str, Any]) -> None:
    for one in said["problems"]:
        terminal.note(str(Problem(**one)), "red")
    for one in said["warnings"]:
        terminal.say(f"warning: {Problem(**one)}", "yellow")
    if said["problems"]:
        terminal.note(f"It would be refused: {count(len(said['problems']))}")
        return
    for change in said["changes"]:
        terminal.say(f"changes: {change}")
    terminal.say("It would be taken." if said["changes"] else "Nothing would change.", "green")


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
    files = len(set(config.origins.values()))
    beside = f" and {files} of its catalogue" if config.catalogue else ""
    terminal.say(f"{config.source}{beside} is fine: {counted}.", "green")
