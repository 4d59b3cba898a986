"""`doctor`: prints what `bot.doctor` found."""

import os
from collections.abc import Sequence

import typer
from rich.text import Text

from bot.clock import SystemClock
from bot.commands import terminal
from bot.commands.frame import NO, USAGE, AsJson, ConfigPath, run
from bot.doctor.finding import Finding, State, healthy
from config import ConfigError, load

_COLOURS = {State.OK: "green", State.WARN: "yellow", State.FAIL: "bold red", State.OFF: "dim"}
_ORDER = (State.FAIL, State.WARN, State.OFF, State.OK)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Look at every part and say how to mend it; exit code 1 while something fails, 2 when that
    is the configuration."""
    # Imported here: the SDKs behind it take a second, which other commands need not wait for.
    from bot.doctor.examine import broken, examine

    refused = False
    try:
        loaded = load(config, os.environ)
    except ConfigError as error:
        findings, refused = broken(error), True
    else:
        findings = run(examine(loaded, SystemClock()))
    if as_json:
        items = [finding.as_json() for finding in findings]
        terminal.show_json({"ok": healthy(findings), "findings": items})
    else:
        _table(findings)
    if not healthy(findings):
        raise typer.Exit(USAGE if refused else NO)


def _table(findings: Sequence[Finding]) -> None:
    rows = [
        (Text(item.state.value, _COLOURS[item.state]), item.part, item.what, item.mend)
        for item in findings
    ]
    terminal.show(("", "part", "found", "to do"), rows)
    counts = [(state, sum(item.state is state for item in findings)) for state in _ORDER]
    terminal.say(", ".join(f"{number} {state.value}" for state, number in counts if number))
    if healthy(findings):
        terminal.say(
            "Midwatch is fit. While it runs, send yourself a test: midwatch page PERSON", "green"
        )
