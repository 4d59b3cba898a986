"""What follows `/midwatch override`: who stands in, from when until when. Pure; never raises."""

import re
from dataclasses import dataclass

from bot.core.moments import Moment, read
from bot.slack.span_words import SPAN


@dataclass(frozen=True, slots=True)
class Cover:
    """`person` stands in, for `instead` or whoever has the duty, in `team` or their own one.

    Names are as they were typed.
    """

    person: str
    start: Moment
    end: Moment
    instead: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class EndCover:
    """The override of that number is to end."""

    id: int


_COVER = re.compile(
    rf"(?P<who>\S.*?) {SPAN}"
    r"(?: for (?P<instead>\S.*?))?(?: in (?P<team>\S.*))?",
    re.IGNORECASE,
)
_END = re.compile(r"end #?(\d{1,9})", re.IGNORECASE)


def cover(rest: str) -> Cover | EndCover | None:
    """`bo 18:00-09:00 for ana in development` or `end 3`; None for what is neither."""
    end = _END.fullmatch(rest)
    if end:
        return EndCover(int(end[1]))
    match = _COVER.fullmatch(rest)
    if match is None:
        return None
    try:
        start, until = read(match["start"]), read(match["end"])
    except ValueError:
        return None
    return Cover(match["who"], start, until, match["instead"], match["team"])
