"""The five answers as a lead reads them: what is known, what is not, and what is too little."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.fairness import Load
from bot.core.policy import Person, Policy
from bot.core.stats.period import Period, Scope
from bot.core.stats.result import Recovery, Stats, Streak
from bot.core.wording.five_answers import (
    Answer,
    answers,
    frequency,
    how_fast,
    how_harmful,
    how_long_since,
    how_often,
    who_at_night,
)

NOW = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MONTH = Period(NOW - 28 * DAY, NOW)
NOTHING = Stats(MONTH, Scope(), NOW)
PEOPLE = {it.key: it for it in (Person(key, key.title(), (), "UTC") for key in ("ana", "bo"))}
POLICY = Policy("UTC", PEOPLE, {}, {})


def deployed(count: int, failed: int = 0, suspected: int = 0) -> Stats:
    return replace(
        NOTHING,
        deployments=count,
        deployment_frequency_per_day=count / 28,
        failed_deployments=failed,
        failed_deployments_with_suspected=failed + suspected,
        change_failure_rate=failed / count if count else None,
        change_failure_rate_with_suspected=(failed + suspected) / count if count else None,
    )


def recovered(*minutes: float) -> Stats:
    found = tuple(
        Recovery(number, f"d{number}", "checkout", "v1", NOW, 60 * it, 30 * it)
        for number, it in enumerate(minutes)
    )
    return replace(
        deployed(40, len(minutes)),
        recoveries=found,
        recovery_time_median_seconds=found[0].seconds if found else None,
        recovery_time_from_failure_median_seconds=found[0].seconds / 2 if found else None,
    )


@pytest.mark.parametrize(
    ("per_day", "said"),
    [
        (None, "None"),
        (0.0, "None"),
        (12.0, "12 a day"),
        (2.29, "2.3 a day"),
        (0.5, "3.5 a week"),
        (1 / 7, "1 a week"),
        (1 / 12, "2.5 a month"),
        (1 / 42, "One in 42 days"),
    ],
)
def test_how_often_is_said_in_the_unit_that_fits(per_day: float | None, said: str) -> None:
    assert frequency(per_day) == said


def test_what_is_not_known_is_never_nought() -> None:
    assert [it.value for it in answers(NOTHING, None, POLICY)] == ["Not known yet"] * 5


def test_an_empty_period_is_not_zero_percent() -> None:
    empty = deployed(0)
    assert how_often(empty, None).value == "None"
    assert how_harmful(empty, None).value == "Not known yet"


@pytest.mark.parametrize(
    ("stats", "value", "words"),
    [
        (deployed(40), "0 %", "No deployment caused downtime, as people decided."),
        (deployed(40, 2), "5 %", "2 of 40 deployments caused downtime, as people decided."),
        (
            deployed(40, 2, 3),
            "5 % to 12 %",
            "2 of 40 deployments caused downtime, as people decided; 3 more are suspected and "
            "undecided.",
        ),
        (
            deployed(40, 0, 1),
            "0 % to 2 %",
            "No deployment caused downtime, as people decided; 1 is suspected and undecided.",
        ),
    ],
)
def test_how_often_it_hurts_is_a_range_while_something_is_undecided(
    stats: Stats, value: str, words: str
) -> None:
    answer = how_harmful(stats, None)
    assert (answer.value, answer.words, answer.small) == (value, words, "")


def test_a_small_sample_says_so() -> None:
    assert how_harmful(deployed(19, 1), None).small == (
        "Small sample: one more would move it by 5 points."
    )
    assert how_harmful(deployed(20, 1), None).small == ""
    assert how_fast(recovered(20, 9, 8, 7), None).small != ""
    assert how_fast(recovered(20, 9, 8, 7, 6), None).small == ""


@pytest.mark.parametrize(
    ("stats", "value", "words"),
    [
        (recovered(), "Nothing to recover from", "No deployment failed, as far as people decided."),
        (
            recovered(14),
            "14 min",
            "The one failed deployment was over 14 min after it; 7 min after the first failed "
            "probe.",
        ),
        (
            replace(recovered(14, 90), unrecovered=1),
            "14 min",
            "Half of 2 failed deployments were over so soon after them; 7 min after the first "
            "failed probe. 1 is not over yet.",
        ),
        (
            deployed(3, 1),
            "Not known yet",
            "No deployment that failed was recovered from in this period.",
        ),
    ],
)
def test_how_fast_we_are_back(stats: Stats, value: str, words: str) -> None:
    answer = how_fast(stats, None)
    assert (answer.value, answer.words) == (value, words)


@pytest.mark.parametrize(
    ("streak", "value", "words"),
    [
        (Streak(NOW), "Not known yet", "Nothing is on record yet."),
        (
            Streak(NOW, 12, NOW - 12 * DAY, False, False, 41, NOW - 80 * DAY, NOW - 39 * DAY),
            "12 days",
            "The last time ended 12 Nov 2026. The longest streak was 41 days, 5 Sep 2026 to "
            "16 Oct 2026.",
        ),
        (
            Streak(NOW, 12, NOW - 12 * DAY, False, False, 12, NOW - 12 * DAY, NOW),
            "12 days",
            "The last time ended 12 Nov 2026. This is the longest streak so far.",
        ),
        (
            Streak(NOW, 1, NOW - DAY, True, False, 1, NOW - DAY, NOW),
            "1 day",
            "No deployment took us down since the first record, 23 Nov 2026.",
        ),
        (
            Streak(NOW, 0, NOW, False, True, 41, NOW - 80 * DAY, NOW - 39 * DAY),
            "Down now",
            "A deployment keeps something down. The longest streak was 41 days, 5 Sep 2026 to "
            "16 Oct 2026.",
        ),
    ],
)
def test_how_long_since(streak: Streak, value: str, words: str) -> None:
    answer = how_long_since(replace(NOTHING, streak=streak), "UTC")
    assert (answer.value, answer.words) == (value, words)


def nights(*loads: Load) -> Answer:
    pages = sum(it.pages_at_night for it in loads)
    return who_at_night(replace(NOTHING, loads=loads, pages=9, pages_at_night=pages), None, POLICY)


def load(who: str, *on: int, team: str = "it") -> Load:
    """Paged once in each of these nights of November."""
    nights = frozenset(date(2026, 11, day) for day in on)
    return Load(who, team, pages=len(on) + 1, pages_at_night=len(on), nights=nights)


def test_who_carries_the_nights() -> None:
    assert nights().value == "Nobody"
    assert nights(load("ana")).value == "Nobody"
    two = nights(load("bo", 1, 2), load("ana", 1, 2, 3), load("ana", 3, team="shop"))
    assert (two.value, two.words) == ("Ana: 3 nights", "After that Bo 2. 6 pages at night in all.")
    one = nights(load("ana", 1))
    assert one.value == "Ana: 1 night"
    assert one.words == "Nobody else was paged at night. 1 page at night in all."


def test_nights_for_one_team_add_to_those_for_another() -> None:
    found = nights(load("bo", 1, 2, 3), load("ana", 1, 2), load("ana", 8, 9, team="shop"))
    assert found.value == "Ana: 4 nights"


def test_who_bears_the_same_is_named_alike() -> None:
    two = nights(load("ana", 1), load("bo", 2))
    assert two.value == "Ana and Bo: 1 night each"
    assert two.words == "Nobody else was paged at night. 2 pages at night in all."
    four = nights(*(load(who, 1) for who in ("a", "b", "c", "d")))
    assert four.value == "4 people: 1 night each"
    assert four.words == "a 1, b 1, c 1 and 1 more person. 4 pages at night in all."


def test_the_period_before_is_told_where_it_is_known() -> None:
    before = replace(recovered(20), pages_at_night=7)
    said = [it.before for it in answers(recovered(14), before, POLICY)]
    assert said == [
        "40 deployments in the 28 days before.",
        "2 % before.",
        "20 min before.",
        "",
        "7 pages at night before.",
    ]
    assert [it.before for it in answers(recovered(14), NOTHING, POLICY)] == [""] * 5
