"""`config check` and `config schema`."""

import os
from dataclasses import asdict
from typing import Any

import typer

from bot.commands import terminal
from bot.commands.frame import USAGE, AsJson, ConfigPath, count
from config import Config, ConfigError, Problem, load
from config.json_schema import json_schema


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Look at the configuration.", no_args_is_help=True)
    group.command("check")(check)
    group.command("schema")(schema)
    app.add_typer(group, name="config")


def check(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Tell everything that is wrong with the file and the environment, each with its place."""
    try:
        loaded = load(config, os.environ)
    except ConfigError as error:
        _bad(error.problems, as_json)
        raise typer.Exit(USAGE) from None
    _good(loaded, as_json)


def schema() -> None:
    """Print the JSON Schema of the file, for editors."""
    terminal.show_json(json_schema())


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
    terminal.say(f"{config.source} is fine: {counted}.", "green")
