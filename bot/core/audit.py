"""The audit log's chain: how a row is written down, hashed and checked. Pure; see docs/audit.md.

Each sealed row has the next number, from 1, and the hash SHA-256(hash of the row before || row).
The row is its JSON in the canonical form of RFC 8785, which for strings, whole numbers, null and
lists of strings is what any JSON writer gives that sorts keys and adds no space.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

Cell = str | int | tuple[str, str] | None
"""What a column holds. A pair (what is wrong, hexadecimal bytes) is what no column should hold,
put there by hand: it is encoded too, so that nothing can stop the sealing."""

FIELDS = (
    *("number", "id", "at", "kind", "by", "text"),
    *("incident", "service", "deployment", "facts"),
)
"""What the hash is over."""
ANCHORED_FROM = time(9)
"""In the configured zone: nobody's phone makes a sound for it at night."""
_HEAD = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it is stored. `number` and `hash` are None until it is sealed.

    `at` is `2026-11-24T03:12:00.123456Z`, always UTC and six digits; `facts` is the stored text.
    """

    id: Cell
    at: Cell
    kind: Cell
    by: Cell
    text: Cell
    incident: Cell = None
    service: Cell = None
    deployment: Cell = None
    facts: Cell = "[]"
    number: Cell = None
    hash: Cell = None


@dataclass(frozen=True, slots=True)
class Head:
    """The last row of a chain: with its number and hash it says what every row before it was."""

    number: int
    hash: str

    def __str__(self) -> str:
        """As it is anchored, and given to `--head`."""
        return f"{self.number}:{self.hash}"


GENESIS = Head(0, "0" * 64)
"""What row 1 follows: 32 zero bytes."""


def read_head(text: str) -> Head:
    """`N:HASH` again. Raises ValueError for anything else."""
    found = _HEAD.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text[:90]!r} is not a head: NUMBER:HASH, the hash of 64 digits 0-9 a-f")
    return Head(int(found[1]), found[2].lower())


def canonical(row: Row, number: Cell) -> bytes:
    """The row as the bytes that are hashed, under this number."""
    cells = {name: getattr(row, name) for name in FIELDS if name != "number"} | {"number": number}
    return json.dumps(cells, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sealed(head: Head, row: Row) -> Head:
    """The head once this row follows."""
    number = head.number + 1
    digest = hashlib.sha256(bytes.fromhex(head.hash) + canonical(row, number))
    return Head(number, digest.hexdigest())


@dataclass(frozen=True, slots=True)
class Bad:
    """The first row that is not what it should be, and in which way."""

    number: int
    why: str


class Verifier:
    """Takes sealed rows, lowest number first, and keeps only the head: any count of rows fits.

    `heads` are known from elsewhere (anchors): the chain must go through each of them.
    """

    def __init__(self, heads: Iterable[Head] = (), after: Head = GENESIS) -> None:
        self.head = after
        self.bad: Bad | None = None
        self._heads: dict[int, set[str]] = {}
        for head in heads:
            self._heads.setdefault(head.number, set()).add(head.hash)

    def take(self, row: Row) -> bool:
        """The next row. False: there is a bad one, and nothing that follows can be told."""
        if self.bad is None:
            self.bad = self._wrong(row)
        return self.bad is None

    def end(self) -> Bad | None:
        """No row follows. A chain that was cut looks whole, unless a head beyond it is known."""
        last = self.head.number
        beyond = max((number for number in self._heads if number > last), default=None)
        if self.bad is None and beyond is not None:
            ends = f"the log ends with row {last}" if last else "the log is empty"
            self.bad = Bad(last + 1, f"is missing: {ends}, but row {beyond} was anchored")
        return self.bad

    def _wrong(self, row: Row) -> Bad | None:
        due = self.head.number + 1
        if type(row.number) is not int:
            return Bad(due, f"is missing: another row has {row.number!r} in place of a number")
        if row.number < due:
            doubled = row.number == self.head.number and row.number > 0
            return Bad(row.number, "is there twice" if doubled else "is none: they begin with 1")
        if row.number > due:
            return Bad(due, f"is missing: the next one there is row {row.number}")
        head = sealed(self.head, row)
        if row.hash != head.hash:
            return Bad(due, "is not the one that was sealed: it or its place was changed")
        if self._heads.get(due, {head.hash}) != {head.hash}:
            why = "is not the one that was anchored: it or rows before it were written anew"
            return Bad(due, why)
        self.head = head
        return None


def verify(rows: Iterable[Row], heads: Iterable[Head] = ()) -> Bad | None:
    """The first bad row of a whole log, or None. Sealed rows only, lowest number first."""
    verifier = Verifier(heads)
    for row in rows:
        if not verifier.take(row):
            break
    return verifier.end()


def anchor_day(now: datetime, zone: str, last: str | None) -> str | None:
    """The day (in `zone`, as ISO text) for which the head is to be anchored now; None: not now.

    `last`: the day of the last anchor.
    """
    here = now.astimezone(ZoneInfo(zone))
    day = here.date().isoformat()
    due = here.time() >= ANCHORED_FROM and (last is None or last < day)
    return day if due else None
