"""The period and the service that people type after `stats`. Pure; never raises."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

LONGEST_DAYS = 3660
_LENGTHS = {"day": 1, "d": 1, "week": 7, "w": 7, "wk": 7, "month": 30, "m": 30, "mo": 30}
_LENGTHS |= {"quarter": 91, "q": 91, "year": 365, "y": 365, "yr": 365}
_DATE = r"\d{4}-\d{2}-\d{2}"
_BETWEEN = re.compile(rf"(?:from )?({_DATE}) ?(?:\.\.+|…|–|-|to|until) ?({_DATE})(?!\S)", re.I)
_LENGTH = re.compile(
    r"(?:(?:the )?last )?(\d{1,4}) ?(days?|d|weeks?|wks?|w|months?|mo|m|quarters?|q|years?|yrs?|y)"
    r"(?!\S)",
    re.I,
)
_NAMED = re.compile(r"(?:the )?(?:(this|last|past) )?(week|month|quarter|year)(?!\S)", re.I)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """The last `days` days, from `since` to `until` (exclusive), or one of the calendar.

    `calendar`: `week` (from Monday on), `month`, `quarter`, `year`; `before`: the one before it.
    """

    days: int | None = None
    since: date | None = None
    until: date | None = None
    calendar: str = ""
    before: bool = False

    def dates(self, today: date) -> tuple[date, date]:
        """From which day to which (exclusive): the last days end with today."""
        if self.since is not None and self.until is not None:
            return self.since, self.until
        after = today + timedelta(days=1)
        if self.calendar:
            began = _began(self.calendar, today)
            return (
                (_began(self.calendar, began - timedelta(days=1)), began)
                if self.before
                else (began, after)
            )
        return after - timedelta(days=self.days or 28), after


@dataclass(frozen=True, slots=True)
class Wanted:
    """`period` None: the usual one. `unread`: what was neither a period nor one word."""

    period: Period | None = None
    service: str | None = None
    unread: str = ""


def wanted(text: str) -> Wanted:
    """`28 days checkout`, `checkout 90d`, `week`, `2026-10-01..2026-11-01`, or nothing."""
    words = " ".join(text.split())
    for pattern, read in ((_BETWEEN, _between), (_LENGTH, _length), (_NAMED, _named)):
        match = next((it for it in pattern.finditer(words) if _at_word(words, it.start())), None)
        if match is None:
            continue
        period = read(match)
        rest = f"{words[: match.start()]} {words[match.end() :]}".replace(",", " ").split()
        rest = [word for word in rest if word.casefold() not in ("for", "of", "in")]
        if period is None or len(rest) > 1:
            return Wanted(unread=words[:80])
        return Wanted(period, rest[0] if rest else None)
    rest = words.split()
    if len(rest) > 1 or (rest and rest[0][:1].isdigit()):
        return Wanted(unread=words[:80])
    return Wanted(service=rest[0] if rest else None)


def _at_word(words: str, start: int) -> bool:
    return start == 0 or words[start - 1] in " ,"


def _between(match: re.Match[str]) -> Period | None:
    try:
        since, until = date.fromisoformat(match[1]), date.fromisoformat(match[2])
    except ValueError:
        return None
    fits = timedelta() < until - since <= timedelta(days=LONGEST_DAYS)
    return Period(since=since, until=until) if fits else None


def _length(match: re.Match[str]) -> Period | None:
    unit = match[2].casefold()
    days = int(match[1]) * (_LENGTHS.get(unit) or _LENGTHS[unit.removesuffix("s")])
    return Period(days) if 0 < days <= LONGEST_DAYS else None


def _named(match: re.Match[str]) -> Period | None:
    """`last week` is the one that the Monday message tells of; `week` and `past week` end today."""
    which, unit = (match[1] or "").casefold(), match[2].casefold()
    if which in ("this", "last"):
        return Period(calendar=unit, before=which == "last")
    return Period(_LENGTHS[unit])


def _began(calendar: str, day: date) -> date:
    """The first day of the week, month, quarter or year that `day` lies in."""
    if calendar == "week":
        return day - timedelta(days=day.weekday())
    months = _MONTHS[calendar]
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)
