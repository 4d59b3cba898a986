"""The chain: whatever is done to the rows, the first one that no longer follows is named."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.audit import (
    FIELDS,
    GENESIS,
    Bad,
    Cell,
    Head,
    Row,
    anchor_day,
    canonical,
    read_head,
    sealed,
    verify,
)
from tests.core.world import START

WORDS = st.text(max_size=4)
CELLS: dict[str, st.SearchStrategy[Cell]] = {
    "id": st.integers(1, 2**53),
    "at": st.datetimes().map(lambda at: at.isoformat() + "Z"),
    "kind": WORDS,
    "by": WORDS,
    "text": WORDS,
    "incident": st.none() | st.integers(1, 9999),
    "service": st.none() | WORDS,
    "deployment": st.none() | WORDS,
    "facts": WORDS,
}
ROWS = st.builds(Row, **CELLS)
LOGS = st.lists(ROWS, min_size=2, max_size=5)


def chained(rows: Sequence[Row], head: Head = GENESIS) -> list[Row]:
    """As the sealer leaves them."""
    found = []
    for row in rows:
        head = sealed(head, row)
        found.append(replace(row, number=head.number, hash=head.hash))
    return found


def head_of(log: Sequence[Row]) -> Head:
    return Head(len(log), str(log[-1].hash))


def first_bad(log: Sequence[Row], *heads: Head) -> int | None:
    found = verify(sorted(log, key=lambda row: row.number), heads)  # type: ignore[arg-type,return-value]
    return found.number if found else None


@given(LOGS)
def test_what_was_sealed_is_right(rows: list[Row]) -> None:
    log = chained(rows)
    assert verify(log) is None
    assert verify(log, [head_of(log), head_of(log[:1])]) is None


@given(LOGS, st.data())
def test_an_edit_of_any_column_is_found_in_its_row(rows: list[Row], data: st.DataObject) -> None:
    log = chained(rows)
    place = data.draw(st.integers(0, len(log) - 1))
    column = data.draw(st.sampled_from(sorted(CELLS)))
    other = data.draw(CELLS[column].filter(lambda cell: cell != getattr(log[place], column)))
    log[place] = replace(log[place], **{column: other})
    assert first_bad(log) == place + 1


@given(LOGS, st.data())
def test_a_deleted_row_is_missed(rows: list[Row], data: st.DataObject) -> None:
    log = chained(rows)
    place = data.draw(st.integers(0, len(log) - 2))
    assert first_bad(log[:place] + log[place + 1 :]) == place + 1
    closed_up = [
        replace(row, number=number)
        for number, row in enumerate(log[:place] + log[place + 1 :], start=1)
    ]
    assert first_bad(closed_up) == place + 1, "the hash is over the number too"


@given(LOGS, ROWS, st.data())
def test_an_inserted_row_is_found(rows: list[Row], more: Row, data: st.DataObject) -> None:
    log = chained(rows)
    place = data.draw(st.integers(0, len(log) - 1))
    more = replace(more, id=0)
    row = replace(more, number=place + 1, hash=log[place].hash)
    moved = [replace(it, number=int(str(it.number)) + 1) for it in log[place:]]
    assert first_bad([*log[:place], row, *moved]) == place + 1
    (well_made,) = chained([more], head_of(log[:place]) if place else GENESIS)
    assert first_bad([*log[:place], well_made, *moved]) == place + 2, "it is what follows that errs"
    beside = [*log[: place + 1], replace(row, hash=well_made.hash), *log[place + 1 :]]
    assert first_bad(beside) == place + 1, "a number is there twice"


@given(LOGS, st.data())
def test_two_rows_that_changed_places_are_found_at_the_first(
    rows: list[Row], data: st.DataObject
) -> None:
    log = chained(rows)
    one, two = sorted(
        data.draw(st.lists(st.integers(0, len(log) - 1), min_size=2, max_size=2, unique=True))
    )
    first, second = log[one], log[two]
    log[one] = replace(second, number=first.number)
    log[two] = replace(first, number=second.number)
    assert first_bad(log) == one + 1
    plain = [replace(row, number=None, hash=None) for row in rows]
    if canonical(plain[one], 1) != canonical(plain[two], 1):
        log[one] = replace(rows[two], number=first.number, hash=first.hash)
        log[two] = replace(rows[one], number=second.number, hash=second.hash)
        assert first_bad(log) == one + 1, "with their hashes left in place"


@given(LOGS, st.data())
def test_a_log_that_was_cut_short_is_found_by_an_anchor_only(
    rows: list[Row], data: st.DataObject
) -> None:
    log = chained(rows)
    left = data.draw(st.integers(0, len(log) - 1))
    assert first_bad(log[:left]) is None
    assert first_bad(log[:left], head_of(log)) == left + 1


@given(LOGS, ROWS)
def test_a_log_that_was_written_anew_is_found_by_an_anchor_only(
    rows: list[Row], other: Row
) -> None:
    log = chained(rows)
    anew = chained([other, *rows[1:]])
    if head_of(anew) != head_of(log):
        assert first_bad(anew) is None
        assert first_bad(anew, head_of(log)) == len(log)
        assert first_bad(anew, head_of(log[:1]), head_of(log)) == 1


@pytest.mark.parametrize("number", ["7", None, ("bytes", "37")])
def test_what_is_no_number_counts_as_a_missing_row(number: Cell) -> None:
    log = chained([Row(1, "", "", "", "")])
    found = verify([*log, replace(log[0], number=number)])
    assert found is not None
    assert found.number == 2


def test_a_number_below_one_is_none() -> None:
    assert verify([Row(1, "", "", "", "", number=0)]) == Bad(0, "is none: they begin with 1")


def test_the_row_is_written_down_as_the_document_says() -> None:
    """RFC 8785: what it escapes and what not. The hash is what `sha256sum` says of these bytes."""
    row = Row(7, "2026-11-24T03:12:00.123456Z", "cause", 'Ana "A"', "é\n\u2028€😀\\\x7f\x01", 12)
    assert canonical(row, 1) == (
        b'{"at":"2026-11-24T03:12:00.123456Z","by":"Ana \\"A\\"","deployment":null,"facts":"[]",'
        b'"id":7,"incident":12,"kind":"cause","number":1,"service":null,"text":"'
        + "é\\n\u2028€😀\\\\\x7f\\u0001".encode()
        + b'"}'
    )
    assert sorted(FIELDS) == sorted(CELLS.keys() | {"number"})


def test_cells_that_differ_are_never_written_alike() -> None:
    """Not even what no column should hold."""
    cells: list[Cell] = [None, "", "null", 0, "0", ("bytes", "30"), "['bytes','30']", ("", "")]
    written = {canonical(Row(1, "", "", "", cell), 1) for cell in cells}
    assert len(written) == len(cells)


def test_a_head_is_read_as_it_is_said() -> None:
    head = Head(1234, "0f" * 32)
    assert read_head(f" {str(head).upper()}\n") == head
    for wrong in ("", "12", "0:" + "00" * 32, "12:abc", f"{head}0", f"-1:{head.hash}"):
        with pytest.raises(ValueError, match="NUMBER:HASH"):
            read_head(wrong)


@pytest.mark.parametrize(
    ("hour", "last", "day"),
    [
        (8, None, None),  # nobody is to hear of it at night
        (9, None, "2026-11-24"),
        (23, "2026-11-23", "2026-11-24"),  # it was away in the morning
        (23, "2026-11-24", None),
        (9, "2026-11-25", None),  # the zone was changed to one where the day began later
    ],
)
def test_the_head_is_anchored_once_a_day_from_nine(
    hour: int, last: str | None, day: str | None
) -> None:
    at = START.replace(month=11, day=24, hour=hour, minute=0)
    assert anchor_day(at, "UTC", last) == day


def test_the_day_is_that_of_the_configured_zone() -> None:
    at = START.replace(month=11, day=24, hour=23, minute=30)
    assert anchor_day(at, "Pacific/Auckland", "2026-11-24") == "2026-11-25"
