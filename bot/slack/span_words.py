"""How long, or from when until when, as people type it after a command. Pure; never raises."""

import re
from dataclasses import dataclass
from datetime import timedelta

from bot.core.moments import MOMENT, Moment, duration, read

SPAN = rf"(?:from )?(?P<start>{MOMENT}) ?(?:-|\u2013|to|until) ?(?P<end>{MOMENT})"
"""`18:00-09:00`, `from now until 09:00`, `2026-12-24 18:00 to 2026-12-26 09:00`."""


@dataclass(frozen=True, slots=True)
class When:
    """From `start` for `lasts`, or until `end` where that is None; then `rest` was typed."""

    start: Moment
    end: Moment
    lasts: timedelta | None
    rest: str


_SPAN = re.compile(rf"{SPAN}(?![\w:])", re.IGNORECASE)
_UNTIL = re.compile(rf"until (?P<end>{MOMENT})(?![\w:])", re.IGNORECASE)
_START = re.compile(rf"(?:from )?(?P<start>{MOMENT}),? (?:for )?", re.IGNORECASE)


def when(text: str) -> When | None:
    """A span, a beginning and a length, or a length at the beginning; None for none of them.

    `22:00-23:30 disks`, `Fri 22:00 2h disks`, `until 23:30 disks`, `2h disks`.
    """
    try:
        return _between(text) or _from(text)
    except ValueError:
        return None


def _between(text: str) -> When | None:
    match = _SPAN.match(text)
    if match is not None:
        return When(read(match["start"]), read(match["end"]), None, text[match.end() :].strip())
    match = _UNTIL.match(text)
    if match is not None:
        return When(None, read(match["end"]), None, text[match.end() :].strip())
    return None


def _from(text: str) -> When | None:
    match = _START.match(text)
    start = read(match["start"]) if match is not None else None
    found = duration(text[match.end() :] if match is not None else text.removeprefix("for "))
    return When(start, None, *found) if found is not None else None
