"""`doctor`: prints what `bot.doctor` found."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import typer
from rich.text import Text

from bot.clock import SystemClock
from bot.commands import terminal
from bot.commands.frame import NO, USAGE, AsJson, ConfigPath, run
from bot.doctor.finding import Finding, State, healthy
from config import ConfigError, load

K = TypeVar("K")
_COLOURS = {State.OK: "green", State.WARN: "yellow", State.FAIL: "bold red", State.OFF: "dim"}
_ORDER = (State.OK, State.OFF, State.WARN, State.FAIL)
"""The worst comes last: it stands above the counts, where a long list leaves the eye."""


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
        _list(findings)
    if not healthy(findings):
        raise typer.Exit(USAGE if refused else NO)


def _list(findings: Sequence[Finding]) -> None:
    """What is well in one line a part; everything else with how to mend it below."""
    lines = [(state, *line) for state in _ORDER for line in _lines(findings, state)]
    terminal.show_list(
        (Text(state.value, _COLOURS[state]), what, mend) for state, what, mend in lines
    )
    counts = [(state, sum(line[0] is state for line in lines)) for state in _ORDER[::-1]]
    terminal.say(", ".join(f"{number} {state.value}" for state, number in counts if number))
    if healthy(findings):
        terminal.say(
            "Midwatch is fit. While it runs, send yourself a test: midwatch page PERSON", "green"
        )


def _lines(findings: Sequence[Finding], state: State) -> Iterator[tuple[str, str]]:
    """What and mend. Findings that differ in one thing only are one line."""
    mine = [item for item in findings if item.state is state]
    if state is State.OK:
        for part, found in _grouped(mine, lambda item: item.part).items():
            yield f"{part}: {'; '.join(item.what for item in found)}", ""
        return
    for (what, mend), found in _grouped(mine, lambda item: (item.what, item.mend)).items():
        yield f"{', '.join(item.part for item in found)}: {what}", mend


def _grouped(findings: Sequence[Finding], by: Callable[[Finding], K]) -> dict[K, list[Finding]]:
    groups: dict[K, list[Finding]] = {}
    for item in findings:
        groups.setdefault(by(item), []).append(item)
    return groups
