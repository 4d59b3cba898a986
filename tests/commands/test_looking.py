"""The doctor's pure parts: bounded looks, clocks, marks, sources."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.doctor.clocks import Heard, compared, from_header
from bot.doctor.finding import State, ok
from bot.doctor.look import Look, Seen, look_at_all

NOW = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)


async def hangs() -> Seen:
    await asyncio.Event().wait()
    return Seen()


async def breaks() -> Seen:
    raise KeyError("a bug")


async def works() -> Seen:
    return Seen([ok("c", "fine")])


async def test_one_part_that_hangs_or_breaks_hides_no_other() -> None:
    looks = [Look("a", hangs), Look("b", breaks), Look("c", works)]
    found = [
        finding for seen in await look_at_all(looks, seconds=0.02) for finding in seen.findings
    ]
    assert [(item.part, item.state) for item in found] == [
        ("a", State.FAIL),
        ("b", State.FAIL),
        ("c", State.OK),
    ]
    assert "no answer within 0.02 s" in found[0].what
    assert "KeyError" in found[1].what
    assert "a bug" not in found[1].what


@pytest.mark.parametrize(
    ("ahead_seconds", "slow_seconds", "state"),
    [
        (0, 0, State.OK),
        (4, 0, State.OK),
        (30, 0, State.WARN),
        (-30, 0, State.WARN),
        (120, 0, State.FAIL),
        (-120, 0, State.FAIL),
        (30, 29, State.OK),  # the answer took so long that nobody can tell
    ],
)
def test_a_clock_is_wrong_only_as_far_as_that_is_certain(
    ahead_seconds: int, slow_seconds: int, state: State
) -> None:
    before = NOW + timedelta(seconds=ahead_seconds - slow_seconds)
    heard = Heard("Slack", NOW, before, before + timedelta(seconds=slow_seconds))
    assert [finding.state for finding in compared([heard])] == [state]


@pytest.mark.parametrize("header", [None, "", "yesterday", "Tue, 99 Foo 2026"])
def test_a_date_that_nobody_can_read_is_no_clock(header: str | None) -> None:
    assert from_header("Slack", header, NOW, NOW) == []


def test_a_date_header_has_whole_seconds_only() -> None:
    late = NOW + timedelta(seconds=0.9)
    (heard,) = from_header("Slack", "Tue, 24 Nov 2026 03:12:00 GMT", late, late)
    assert heard.off_by == timedelta()
