"""Durations as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.durations import parse, str_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("250ms", 0.25),
        ("10s", 10),
        ("5m", 300),
        ("2h", 7200),
        ("14d", 14 * 86400),
        ("1 week", 604800),
        ("2 weeks", 1209600),
        ("1.5h", 5400),
        (" 90 S ", 90),
        ("0s", 0),
    ],
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert parse(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "value", ["", "s", "10", 10, 1.5, None, True, "1h30m", "1y", "-1s", "1,5s", "٣s", "1e3s", []]
)
def test_what_is_no_duration_is_refused_with_the_way_to_write_one(value: object) -> None:
    with pytest.raises(ValueError, match="write it like 250ms, 10s"):
        parse(value)


def test_a_duration_beyond_all_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than ten years"):
        parse("999999999 weeks")


@given(st.integers(0, 3660 * 86_400_000))
def test_what_is_written_is_read_again(milliseconds: int) -> None:
    length = timedelta(milliseconds=milliseconds)
    assert parse(str_of(length)) == length
