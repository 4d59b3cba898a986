"""What is wrong with a configuration: where, what, and how to mend it.

ConfigError    carries every Problem of a file and its environment, not only the first
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

_TELLING = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,39}\Z")
_SECRET_LIKE = re.compile(r"\d{5}|(?i:xox.-|xapp-|gh[a-z]_|glpat|github_pat)")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `line` and `column` count from 1; 0 when there is none.

    `where` is the place in words of the file (`services.checkout.checks[0].evry`) or a variable's
    name. Neither `what` nor `mend` ever holds a secret, a phone number or a value of the
    environment.
    """

    file: str
    line: int
    column: int
    where: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        start = f"{place}: {self.where}: {self.what}" if self.where else f"{place}: {self.what}"
        return f"{start} ({self.mend})" if self.mend else start


class ConfigError(Exception):
    """The configuration cannot be used. `problems` are all of them, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line, p.column, p.where)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def show(value: object) -> str:
    """A value as it may stand in a message: short plain words only, never a number or a token."""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    text = str(value)
    if _TELLING.match(text) and not _SECRET_LIKE.search(text):
        return f"`{text}`"
    return "this value"


def key(name: str) -> str:
    """A key as it may stand in `where`: what looks like a secret or a number is cut short."""
    if len(name) <= 60 and name.isprintable() and not _SECRET_LIKE.search(name):
        return name
    return f"{name[:2]}…" if name[:2].isprintable() else "…"


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """The nearest known word as advice, or a list of all when they are few; `otherwise` if none."""
    choices = sorted(name for name in known if key(name) == name)
    close = difflib.get_close_matches(word[:60], choices, n=1, cutoff=0.6)
    if close:
        return f"did you mean `{close[0]}`?"
    if choices and len(choices) <= 12:
        return "known: " + ", ".join(choices)
    return otherwise
