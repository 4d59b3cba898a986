"""What people and programs read. Text from outside can steer neither terminal nor table."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from checks import clean

PIPE_WIDTH = 200
"""Columns where no terminal says how wide it is: nothing is cut for `grep`."""
LONGEST = 1000


def out() -> Console:
    """For what was asked for: stdout. No markup, so that `[red]` in a commit stays `[red]`."""
    return _console(stderr=False)


def err() -> Console:
    """For what is said about it: stderr."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPE_WIDTH
    return Console(
        stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=True, width=width
    )


def safe(text: object, at_most: int = LONGEST) -> str:
    """On one line, without control and direction marks."""
    return clean(str(text), at_most)


def say(text: str, style: str = "") -> None:
    """A line for people on stdout. `style` is one of rich's."""
    out().print(Text(safe(text), style))


def done(text: str, as_json: bool, **facts: object) -> None:
    """What was done: a green line for people, or for programs the text beside these facts."""
    if as_json:
        show_json({"done": True, "text": text, **facts})
    else:
        say(text, "green")


def note(text: str, style: str = "") -> None:
    """A line on stderr: progress, warnings, refusals."""
    err().print(Text(safe(text), style))


def show(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table. A cell may be a `Text` of ours; everything else is made safe."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(Text(column), overflow="fold")
    for row in rows:
        table.add_row(*[cell if isinstance(cell, Text) else Text(safe(cell)) for cell in row])
    out().print(table, soft_wrap=False)


def show_list(rows: Iterable[tuple[Text, str, str]]) -> None:
    """A list: a word of ours, what is to be said, and below it, dim, what belongs to it."""
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(overflow="fold")
    for word, what, more in rows:
        cell = Text(safe(what))
        cell.append(f"\n{safe(more)}" if more else "", "dim")
        table.add_row(word, cell)
    out().print(table, soft_wrap=False)


def show_json(value: Any) -> None:
    """JSON on stdout: ASCII only, so that nothing in it is a control character."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")
