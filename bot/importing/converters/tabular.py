"""Exports as rows, be they CSV or JSON: what PagerDuty's and Opsgenie's have in common."""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from bot.importing.converters import Converted, Record, Unconvertible, Wanted, unmapped
from bot.sources.reading import dig, listed, moment, text

Row = Mapping[str, object]
LEFT_OUT = "-"
"""What a name is mapped to whose incidents are not wanted."""


def rows(content: bytes, lists: Iterable[str]) -> list[Row]:
    """The rows of an export. JSON may be a list, an object with one under one of the names in
    `lists`, or one such a line (pages of an API, say); everything else is read as CSV.

    Keys of a CSV's columns are in lower case, without blanks and underscores. Raises Unconvertible.
    """
    try:
        whole = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unconvertible(f"it is not UTF-8 (byte {error.start + 1})") from None
    if whole.lstrip()[:1] in ("[", "{"):
        found = [row for value in _documents(whole) for row in _of(value, tuple(lists))]
        return [row for row in found if isinstance(row, dict)]
    return _table(whole)


def _documents(whole: str) -> list[object]:
    decoder, at, found = json.JSONDecoder(), 0, []
    try:
        while at < len(whole):
            value, at = decoder.raw_decode(whole, at)
            found.append(value)
            while at < len(whole) and whole[at].isspace():
                at += 1
    except (ValueError, RecursionError) as error:
        raise Unconvertible(f"it is not JSON: {error}"[:200]) from None
    return found


def _of(value: object, lists: tuple[str, ...]) -> list[object]:
    if isinstance(value, list):
        return value
    for name in lists:
        if isinstance(dig(value, name), list):
            return listed(dig(value, name))
    return [value]


def _table(whole: str) -> list[Row]:
    try:
        reader = csv.DictReader(io.StringIO(whole), strict=True)
        columns = {name: column(name) for name in reader.fieldnames or ()}
        return [
            {columns[name]: value for name, value in row.items() if name in columns and value}
            for row in reader
        ]
    except csv.Error as error:
        raise Unconvertible(f"it is neither JSON nor CSV: {error}") from None


def column(name: str) -> str:
    """A column's name as it is looked up: `Created At`, `created_at` and `createdAt` are one."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


class Reader:
    """Reads rows one by one and gathers what is wrong with any of them."""

    def __init__(self, wanted: Wanted, tool: str) -> None:
        self.wanted, self.tool = wanted, tool
        self.converted = Converted()
        self.strangers: Counter[str] = Counter()
        self.wrong: list[str] = []

    def service(self, name: str) -> str | None:
        """Our key; None where it is left out, or not mapped (which is told at the end)."""
        found = self.wanted.service_of(name)
        if found is None:
            self.strangers[name] += 1
        elif found == LEFT_OUT:
            self.leave_out("of services that are not wanted")
            return None
        return found

    def leave_out(self, why: str) -> None:
        """One row, with the reason."""
        self.converted.left_out[why] += 1

    def time(self, value: object, where: str) -> datetime | None:
        """A moment; one without a zone is read in `--timezone`. None for none."""
        if value in (None, ""):
            return None
        found = moment(value)
        if found is None and isinstance(value, str):
            found = self._local(value)
        if found is None:
            self.wrong.append(f"{where}: {str(value)[:60]!r} is not a time{self._hint(value)}")
        return found

    def _local(self, value: str) -> datetime | None:
        try:
            naive = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
        zone = self.wanted.zone
        return naive.replace(tzinfo=zone) if zone and naive.tzinfo is None else None

    def _hint(self, value: object) -> str:
        try:
            datetime.fromisoformat(str(value).strip())
        except ValueError:
            return ""
        return " with a zone: say which one with --timezone" if self.wanted.zone is None else ""

    def acknowledged(
        self, service: str, people: Iterable[str], at: datetime | None, ends: datetime
    ) -> dict[str, object]:
        """The first acknowledgement, for the team of whoever gave it.

        With several names it is not known who was first, unless all are of one team.
        """
        if at is None or at > ends:
            return {}
        names = [name for name in people if name]
        keys = [self.wanted.person_of(name) for name in names]
        teams = {self.wanted.team_of(key, service) for key in keys or [None]}
        team = next(iter(teams))
        if len(teams) != 1 or team is None:
            self.converted.left_out[
                "acknowledgements: of which team is not known (see --team)"
            ] += 1
            return {}
        by = keys[0] if len(keys) == 1 else None
        return {team: {"at": at.isoformat(), **({"by": by} if by else {})}}

    def add(self, record: Record) -> None:
        """One line."""
        self.converted.records.append({"kind": "incident", "source": self.tool, **record})

    def finished(self) -> Converted:
        """All of it. Raises Unconvertible with every mistake."""
        if self.wrong:
            more = [f"and {len(self.wrong) - 50} more"] if len(self.wrong) > 50 else []
            raise Unconvertible("\n".join([*self.wrong[:50], *more]))
        if self.strangers:
            raise unmapped(self.strangers, self.wanted.policy)
        return self.converted


def first(row: Row, *paths: tuple[str, ...]) -> str:
    """The first text that stands at any of these places; "" for none."""
    for path in paths:
        found = text(dig(row, *path), 500)
        if found:
            return found
    return ""


def seconds_after(at: datetime | None, value: object, unit: timedelta) -> datetime | None:
    """So many units later; None where either is not known."""
    try:
        count = float(str(value))
    except ValueError:
        return None
    return at + count * unit if at is not None and 0 <= count < 10**12 else None


ReadRow = Callable[[Reader, Row, str], None]


async def convert(wanted: Wanted, lists: Iterable[str], tool: str, read: ReadRow) -> Converted:
    """Every row by `read`. Raises Unconvertible with all mistakes."""
    reader = Reader(wanted, tool)
    found = rows(wanted.content, lists)
    if not found:
        raise Unconvertible("it holds no rows: is it the export that was meant?")
    for number, row in enumerate(found, start=1):
        read(reader, row, f"row {number}")
    return reader.finished()
