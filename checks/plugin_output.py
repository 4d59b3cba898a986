"""What a monitoring plugin says: exit code, first line, performance data. Pure.

The Monitoring Plugins guidelines (monitoring-plugins.org/doc/guidelines.html): 0 is OK, 1 WARNING,
2 CRITICAL, 3 UNKNOWN; `TEXT | 'label'=value[UOM];warn;crit;min;max …`, the first line is the one
for people. About everything else they are silent, and monitors differ: Nagios takes another code
and death by a signal for CRITICAL, Icinga 2 for UNKNOWN. So it is here: a plugin that crashed has
learned nothing about the service.
"""

import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass

from checks import Outcome, clean
from checks.program import Ended

LINE_AT_MOST = 4096
"""Characters of the first line that are looked at."""
MEASURES_AT_MOST = 100
SHOWN_AT_MOST = 3
_MEANINGS = {
    0: (Outcome.UP, "ok"),
    1: (Outcome.DEGRADED, "warning"),
    2: (Outcome.DOWN, "critical"),
    3: (Outcome.UNKNOWN, "unknown"),
}
_HINTS = {
    126: "something that it calls may not be executed",
    127: "something that it calls is not there",
}
"""Codes of shells, when a script's own commands cannot be run."""
_NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?"
_MEASURE = re.compile(
    r"(?<!\S)(?:'(?P<quoted>(?:[^']|''){1,100})'|(?P<bare>[^\s'=]{1,100}))="
    rf"(?P<value>{_NUMBER})(?P<unit>[a-zA-Z%°]{{0,10}})"
    r"(?:;(?P<warn>[^\s;]*))?(?:;(?P<crit>[^\s;]*))?"
)


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of the performance data. `warn` and `crit` are ranges (`10`, `@5:`), or ""."""

    label: str
    value: float
    unit: str
    warn: str = ""
    crit: str = ""

    def __str__(self) -> str:
        return (
            f"{self.label} {self.value:.15g}{' ' if self.unit not in ('', '%') else ''}{self.unit}"
        )


def judged(ended: Ended) -> tuple[Outcome, str, str]:
    """Outcome, reason and sentence of a program that ended by itself, or was killed by others."""
    code = ended.code or 0
    said = sentence(ended.out, ended.err)
    if ended.flooded:
        return Outcome.UNKNOWN, "flood", "the plugin printed more than 1 MiB and was ended"
    if code in _MEANINGS:
        return *_MEANINGS[code], said or f"it printed nothing, exit code {code}"
    if code < 0:
        how = f"the plugin was ended by {_signal(-code)}"
        return Outcome.UNKNOWN, "crashed", f"{how}: {said}" if said else how
    how = f"exit code {code} is none of a plugin's, which are 0 to 3"
    said = said or _HINTS.get(code, "")
    return Outcome.UNKNOWN, "exit_code", f"{how}: {said}" if said else how


def sentence(out: bytes, err: bytes) -> str:
    """The first line that says anything, of `err` only where `out` is empty; "" for none.

    Where it has no figure, the most telling ones of the performance data follow.
    """
    line = _first_line(out) or _first_line(err)
    text, _, data = line.partition("|")
    text = clean(text)
    if re.search(r"\d", text):
        return text
    figures = ", ".join(map(str, _most_telling(list(measures(data)))))
    return f"{text} ({figures})" if text and figures else text or clean(figures)


def measures(data: str) -> Iterator[Measure]:
    """The performance data: what can be read of it, at most 100 figures."""
    for count, found in enumerate(_MEASURE.finditer(data[:LINE_AT_MOST])):
        if count == MEASURES_AT_MOST:
            return
        label = found["bare"] or found["quoted"].replace("''", "'")
        value, unit = float(found["value"]), found["unit"]
        yield Measure(clean(label, 60), value, unit, found["warn"] or "", found["crit"] or "")


def alerts(limits: str, value: float) -> bool:
    """Whether a value is one to alert on: `10` is outside of 0 to 10, `@10:20` is inside of that.

    An empty range, and one that cannot be read, alerts on nothing.
    """
    low_text, colon, high_text = limits.removeprefix("@").rpartition(":")
    try:
        low = float("-inf") if low_text == "~" else float(low_text or 0)
        high = float("inf") if colon and not high_text else float(high_text)
    except ValueError:
        return False
    if not low <= high:
        return False
    return (low <= value <= high) == limits.startswith("@")


def _most_telling(found: list[Measure]) -> list[Measure]:
    """Those beyond their limits first, as they were printed."""

    def harmless(one: Measure) -> int:
        return 0 if alerts(one.crit, one.value) else 1 if alerts(one.warn, one.value) else 2

    return sorted(found, key=harmless)[:SHOWN_AT_MOST]


def _first_line(output: bytes) -> str:
    lines = output.decode("utf-8", "replace").split("\n")
    return next((line[:LINE_AT_MOST] for line in lines if clean(line)), "")


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
