"""A chart draws the numbers of its table, no others, and its title is the answer."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.charts.bars import Bar, bars
from bot.core.charts.climbing import climbing
from bot.core.charts.look import Look, Size, breadth, wrapped
from bot.core.charts.named import NAMED
from bot.core.fairness import nights_of
from bot.core.stats.facts import Outage
from bot.core.stats.result import Stats
from bot.core.wording.spans import lasted, percent
from tests.core.stats_world import DAY, at, count, deployed, incident, page, track
from tests.core.world import policy

POLICY = policy()


def a_busy_month() -> Stats:
    """Six deployments: two took something down, one is suspected; nights for two people."""
    return count(
        *(deployed(f"d{number}", number * DAY + 10) for number in range(1, 7)),
        incident(
            *(1, DAY + 11, DAY + 13, "checkout"),
            by="d1",
            tracks=(track("it", DAY + 11, DAY + 11.1), track("development", DAY + 11)),
        ),
        incident(2, 3 * DAY + 10.5, 3 * DAY + 11, by="d3"),
        incident(3, 5 * DAY + 10.5, 5 * DAY + 11.5, perhaps="d5"),
        incident(4, 20 * DAY, 20 * DAY + 4, cause="other"),
        page("ana", DAY + 1.0, 1),
        page("ana", 2 * DAY + 1.0, 1),
        page("bo", DAY + 1.0, 1, team="development"),
    )


def drawn(stats: Stats, name: str, look: Look | None = None) -> Any:
    return json.loads(NAMED[name](stats, POLICY, look or Look()).spec)


def rows(spec: Any, *fields: str) -> list[tuple[Any, ...]]:
    """The data of the first layer that has these fields."""
    for layer in spec["layer"]:
        values = layer["data"]["values"]
        if values and set(fields) <= set(values[0]):
            return [tuple(row[field] for field in fields) for row in values]
    return []


def test_deployments_and_what_they_took_down_are_those_of_the_series() -> None:
    stats = a_busy_month()
    spec = drawn(stats, "deployments")
    table = [(f"{it.start:%Y-%m-%d}", it.deployments) for it in stats.series]
    assert rows(spec, "day", "deployments") == table
    down = rows(spec, "day", "n", "sure")
    caused = [(f"{it.start:%Y-%m-%d}", it.incidents_by_deployment) for it in stats.series]
    assert [(day, n) for day, n, sure in down if sure] == [it for it in caused if it[1]]
    suspected = [(f"{it.start:%Y-%m-%d}", it.suspected) for it in stats.series]
    assert [(day, n) for day, n, sure in down if not sure] == [it for it in suspected if it[1]]
    assert sum(n for _, n, sure in down if sure) == 2


def test_recovery_downtime_answers_and_nights_are_those_of_the_table() -> None:
    stats = a_busy_month()
    minutes = [round(it.seconds / 60, 2) for it in stats.recoveries]
    assert sorted(it[0] for it in rows(drawn(stats, "recovery"), "minutes")) == sorted(minutes)
    assert stats.downtime_seconds_by_cause is not None
    seconds = [it[0] for it in rows(drawn(stats, "downtime"), "value")]
    assert seconds == list(stats.downtime_seconds_by_cause.values())
    teams = rows(drawn(stats, "acknowledgement"), "label", "value", "words")
    assert teams == [
        ("Development", 0, "not once (0 of 1 incident)"),
        ("IT", pytest.approx(360), "6 min (1 of 1 incident)"),
    ]
    assert rows(drawn(stats, "nights"), "label", "value") == [("Ana", 2), ("Bo", 1)]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("deployments", "2 of 6 deployments caused downtime; 1 more is suspected"),
        ("recovery", "Half of 2 failed deployments were over within 2 h"),
        ("streak", "24 days since a deployment last took us down; the longest streak so far"),
        ("downtime", "Deployments caused 2 h 30 min of 7 h 30 min of downtime"),
        ("acknowledgement", "Half of the pages are answered within: IT 6 min"),
        ("nights", "Ana had 2 of 3 nights with a page"),
    ],
)
def test_the_title_is_a_sentence_that_says_the_answer(name: str, title: str) -> None:
    assert NAMED[name](a_busy_month(), POLICY, Look()).title == title


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("empty", [True, False], ids=["nothing known", "quiet"])
def test_where_there_is_nothing_to_draw_it_says_so_and_draws_no_nought(
    name: str, empty: bool
) -> None:
    stats = count() if not empty else count(now=-40 * DAY)
    chart = NAMED[name](stats, POLICY, Look("dark", "narrow"))
    layers = json.loads(chart.spec)["layer"]
    marks = {str(layer["mark"].get("type", "")) for layer in layers if "mark" in layer}
    assert chart.title
    assert marks == {"text"} or name == "streak", "a quiet month is a long streak"


def test_no_chart_asks_for_anything_outside_itself() -> None:
    for name in NAMED:
        text = NAMED[name](a_busy_month(), POLICY, Look()).spec
        assert "://" not in text.replace('"$schema": "https://vega.github.io', "")
        assert '"url"' not in text


def test_what_others_wrote_stays_text() -> None:
    stats = count(page("<script>alert(1)</script>", DAY + 1.0, 1))
    assert rows(drawn(stats, "nights"), "label") == [("<script>alert(1)</script>",)]


def test_a_night_for_two_teams_is_one_night() -> None:
    stats = count(page("ana", DAY + 1.0, 1), page("ana", DAY + 1.1, 1, team="development"))
    assert nights_of(stats.loads) == {"ana": (1, 2)}


def test_two_people_of_one_name_have_two_bars() -> None:
    two = [Bar("Chris", 3, "3 nights"), Bar("Chris", 1, "1 night"), Bar("Chris (2)", 1, "1 night")]
    spec = json.loads(bars("nights", "Nights", "", two, Look(), "").spec)
    assert rows(spec, "label") == [("Chris",), ("Chris (2)",), ("Chris (2) (2)",)]


@pytest.mark.parametrize("size", ["wide", "narrow", "chat"])
def test_a_long_name_leaves_its_numbers_their_room(size: Size) -> None:
    words = "12 min (49 of 81 incidents)"
    long = Bar("Customer support and everything around it", 720, words)
    look = Look(size=size)
    layer = json.loads(bars("x", "X", "", [long, long], look, "").spec)["layer"][0]
    first, second = (it["label"] for it in layer["data"]["values"])
    assert first.startswith("Custom")
    assert first.endswith("…")
    assert second == f"{first} (2)"
    share = 720 / layer["encoding"]["x"]["scale"]["domain"][1]
    assert (1 - share) * (look.width - 24 - 6 * len(second)) >= len(words) * 6.6


@pytest.mark.parametrize("name", ["PLATFORM ENGINEERING AND OPERATIONS", "🔥" * 30, "日本" * 30])
def test_a_title_of_broad_letters_stays_in_the_picture(name: str) -> None:
    title = f"{name} had 22 of 66 nights with a page"
    lines = wrapped(title, 36)
    assert "".join(lines).replace("\u00a0", "").replace(" ", "") == title.replace(" ", "")
    assert max(map(breadth, lines)) <= 39


SPANS = st.lists(st.tuples(st.floats(0, 1000), st.floats(0.01, 50), st.booleans()), max_size=8)


@given(SPANS, st.floats(0, 900), st.floats(1, 400))
def test_the_streak_climbs_by_a_day_a_day_and_falls_to_nought(
    spans: list[tuple[float, float, bool]], start: float, lasts: float
) -> None:
    outages = [
        Outage(number, ("checkout",), (), at(began), None if open_ else at(began + length))
        for number, (began, length, open_) in enumerate(spans)
    ]
    first, end = at(start), at(start + lasts)
    corners = climbing(outages, at(0), first, end)
    assert [moment for moment, _ in corners] == sorted(moment for moment, _ in corners)
    assert all(first <= moment <= end for moment, _ in corners)
    for moment, days in corners:
        ends = [it.until for it in outages if it.until is not None and it.until <= moment]
        free_for = moment - max([at(0), *ends])
        assert days in (0, free_for // timedelta(days=1))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.6, "1 min"),
        (90, "2 min"),
        (3599, "1 h"),
        (7800, "2 h 10 min"),
        (2 * 86400, "2 d"),
        (2 * 86400 + 5 * 3600, "2 d 5 h"),
    ],
)
def test_how_long_it_lasted(seconds: float, words: str) -> None:
    assert lasted(seconds) == words


@given(st.floats(0, 1))
def test_never_and_always_are_only_said_where_they_are_true(rate: float) -> None:
    assert (percent(rate) == "0 %") == (rate == 0)
    assert (percent(rate) == "100 %") == (rate == 1)
