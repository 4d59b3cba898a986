"""What the doctor says: one finding a thing looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.core.wording.words import and_list


class State(StrEnum):
    """`off`: not set up, so that part does nothing; only `fail` makes the exit code 1."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Finding:
    """`part` is what was looked at, `what` what was found, `mend` what to do about it.

    None of them ever holds a secret, nor more than two digits of a phone number.
    """

    part: str
    state: State
    what: str
    mend: str = ""

    def as_json(self) -> dict[str, str]:
        """For programs."""
        return {"part": self.part, "state": self.state.value, "what": self.what, "mend": self.mend}


def ok(part: str, what: str) -> Finding:
    """It works."""
    return Finding(part, State.OK, what)


def warn(part: str, what: str, mend: str = "") -> Finding:
    """It works, and is likely to be regretted."""
    return Finding(part, State.WARN, what, mend)


def fail(part: str, what: str, mend: str = "") -> Finding:
    """It does not work."""
    return Finding(part, State.FAIL, what, mend)


def off(part: str, what: str, mend: str = "") -> Finding:
    """It is not set up."""
    return Finding(part, State.OFF, what, mend)


def named(names: Iterable[str], most: int = 5) -> str:
    """`a`, `a and b`; of many the first few: `a, b, c, d, e and 12 more`."""
    words = list(names)
    if len(words) > most + 1:
        words = [*words[:most], f"{len(words) - most} more"]
    return and_list(words)


def healthy(findings: Iterable[Finding]) -> bool:
    """Whether nothing failed."""
    return all(finding.state is not State.FAIL for finding in findings)
