"""Which deployment? Worked examples of the rule, one a row.

28 days are 40320 minutes; 61 deployments in them are one about every 661 minutes, or 11 hours.
odds = S/(1-S) * relation * gap / (7 * (age + 5)), all in minutes.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.deployment import Attempt, DeploymentState
from bot.core.link import Label
from bot.core.wording.before import when
from tests.core.link_world import BEGAN, deployed, innocents, linked, named

FAILED, STARTED = DeploymentState.FAILED, DeploymentState.STARTED
CANCELLED = DeploymentState.CANCELLED
DAY = 24 * 60


ONE_RECENT = [
    # in 28 days, age, the recent one, more facts, odds, label
    (1, 6, {}, {}, 523.6, "suspected"),  # 40320 / (7 * 11)
    (61, 6, {}, {}, 8.584, "suspected"),  # 661 / 77
    (61, 55, {}, {}, 1.574, "suspected"),  # 661 / 420: P = 0.61
    (61, 90, {}, {}, 0.994, "possible"),  # 661 / 665: P = 0.498, just short of even
    (61, 300, {}, {}, 0.3096, "possible"),  # P = 0.24
    (61, 600, {}, {}, 0.1561, "unlikely"),  # P = 0.135
    (280, 6, {}, {}, 1.870, "suspected"),  # ten a day: 144 / 77
    (280, 20, {}, {}, 0.8229, "possible"),  # and after 20 minutes no longer
    (8, 1500, {}, {}, 0.4784, "possible"),  # two a week: still possible after a day
    (61, 6, {}, {"depends_on": ["payments"]}, 7.296, "suspected"),  # own 0.85
    (61, 6, {"state": FAILED}, {}, 0.8584, "possible"),  # had failed before: a tenth
    (61, 6, {"state": CANCELLED}, {}, 0.8584, "possible"),
    (61, 6, {"rollback": True}, {}, 2.575, "suspected"),  # a rollback: three tenths
    (61, 6, {"by_hand": True}, {}, 8.584, "suspected"),  # done by hand is deployed too
    (61, -3, {}, {}, 37.77, "suspected"),  # rolling out: 2 * 661 / 35
    (61, -3, {"state": FAILED}, {}, 37.77, "suspected"),  # it failed later, not before
    (61, 0, {}, {}, 18.89, "suspected"),  # ended that very moment: 661 / 35
    (61, 90, {}, {"decided": 29, "guilty": 29}, 0.994, "possible"),  # too few to learn from
    (61, 90, {}, {"decided": 30, "guilty": 25}, 2.982, "suspected"),  # S = 30/40, odds 3
    (61, 6, {}, {"decided": 30, "guilty": 1}, 1.515, "suspected"),  # S = 6/40, odds 0.176
    (61, 20, {}, {"decided": 90, "guilty": 0}, 0.1988, "unlikely"),  # S = 5/100, odds 0.0526
]


@pytest.mark.parametrize(("count", "age", "recent", "more", "odds", "label"), ONE_RECENT)
def test_one_recent_deployment_is_weighed_against_chance(
    count: int, age: float, recent: dict[str, Any], more: dict[str, Any], odds: float, label: str
) -> None:
    found = linked(deployed(age, **recent), *innocents(count - 1), **more)
    assert found.label == label
    assert found.odds == pytest.approx(odds, rel=1e-3)
    assert named(found).deployment.id == "d1"
    assert named(found).label == label
    assert named(found).probability == pytest.approx(odds / (1 + odds), rel=1e-3)
    assert found.most_recent == found.named
    assert found.second is None


HISTORIES = [
    # days since first seen, deployments of (days ago), usual gap in days -> odds at 6 minutes
    (2, [], 7),  # a short history counts as 7 days
    (14, [], 14),  # what there is
    (14, [10], 7),
    (100, [], 28),  # never more than 28 days
    (100, [40], 28),  # and those before do not count
    (2, [20.5], 10.25),  # an imported one reaches back further: two in 20.5 days
    (None, [13.9], 7),  # unknown since when: since the first; two in less than 14 days: about 7
]


@pytest.mark.parametrize(("days", "others", "gap"), HISTORIES)
def test_the_usual_gap_comes_from_the_history_there_is(
    days: float | None, others: list[float], gap: float
) -> None:
    first_seen = None if days is None else BEGAN - timedelta(days=days)
    old = [deployed(ago * DAY, id=f"old{ago}") for ago in others]
    found = linked(deployed(6), *old, first_seen=first_seen)
    assert found.odds == pytest.approx(gap * DAY / 77, rel=0.01)


def test_dependencies_have_a_history_of_their_own() -> None:
    """checkout is new, payments is not: one in 28 days, 0.15 * 40320 / 77."""
    theirs = deployed(6, id="pay", service="payments")
    facts: dict[str, Any] = {
        "depends_on": ["payments"],
        "first_seen": BEGAN - timedelta(days=2),
        "dependencies_seen": BEGAN - timedelta(days=60),
    }
    assert linked(theirs, **facts).odds == pytest.approx(78.55, rel=1e-3)
    facts["dependencies_seen"] = None
    assert linked(theirs, **facts).odds == pytest.approx(78.55 / 4, rel=1e-3)


def test_the_reason_is_said_in_words_with_the_odds() -> None:
    found = linked(deployed(6), *innocents(60), depends_on=["payments"])
    assert found.reason == (
        "ended 6 min before; checkout is deployed about every 11 h: 7 to 1 it is this one"
    )


REASONS = [
    ({"age": 6, "state": FAILED}, "failed 6 min before; "),
    ({"age": 6, "state": CANCELLED}, "was cancelled 6 min before; "),
    ({"age": 6, "by_hand": True}, "was done by hand 6 min before; "),
    ({"age": 6, "rollback": True}, "is a rollback, ended 6 min before; "),
    ({"age": -1}, "was still rolling out; "),
    ({"age": -1, "start_known": False}, "was probably still rolling out; "),
    ({"age": 100, "state": STARTED, "took": 20}, "started 2 h before and never reported its end; "),
    ({"age": 0.5}, "ended 30 s before; "),
]


@pytest.mark.parametrize(("facts", "words"), REASONS)
def test_the_reason_says_what_the_deployment_was_doing(facts: dict[str, Any], words: str) -> None:
    assert linked(deployed(**facts)).reason.startswith(words)


@pytest.mark.parametrize("minutes", [0.5, 7.9, 90, 119, 179, 47 * 60, 70 * 60])
def test_the_reason_names_the_same_age_as_the_first_line(minutes: float) -> None:
    found = linked(deployed(minutes))
    assert found.reason.startswith(f"ended {when(named(found))}; ")


def test_nothing_known_is_said_so() -> None:
    found = linked()
    assert (found.label, found.named, found.most_recent) == (Label.NONE, None, None)
    assert found.reason == "no deployment of checkout is known"


def test_nothing_within_three_days_names_the_last_one_as_unlikely() -> None:
    found = linked(deployed(5 * DAY), deployed(9 * DAY, id="older"))
    assert found.label is Label.UNLIKELY
    assert named(found).deployment.id == "d1"
    assert named(found).label is Label.UNLIKELY
    assert found.odds is None
    assert found.candidates == ()
    assert found.reason == "nothing was deployed in the 3 d before: the last one ended 5 d before"


def test_three_days_are_the_limit() -> None:
    assert linked(deployed(3 * DAY)).odds is not None
    assert linked(deployed(3 * DAY + 1)).odds is None


def test_what_started_after_the_incident_began_is_never_named() -> None:
    fix = deployed(-20, id="fix", took=10)
    assert linked(fix).label is Label.NONE
    found = linked(fix, deployed(30))
    assert [one.deployment.id for one in found.candidates] == ["d1"]


def test_a_deployment_that_started_at_that_very_moment_counts() -> None:
    found = linked(deployed(-5, took=5))
    assert named(found).rolling_out
    assert named(found).age == timedelta()
    assert found.odds is not None


def test_what_is_deployed_later_does_not_change_what_was_usual_then() -> None:
    later = [deployed(-60 * n, id=f"later{n}", took=2) for n in range(1, 9)]
    assert linked(deployed(6), *later) == linked(deployed(6))


def test_a_service_that_is_said_to_depend_on_itself_depends_on_nothing() -> None:
    assert linked(deployed(6), depends_on=["checkout"]) == linked(deployed(6))


def test_other_environments_do_not_count_and_case_does_not_matter() -> None:
    found = linked(deployed(6, environment="staging"), deployed(60, id="p", environment="PROD"))
    assert found.label is Label.NONE
    found = linked(deployed(6), deployed(60, id="p", environment="PROD"), environment="prod")
    assert named(found).deployment.id == "p"


def test_a_dependency_may_call_production_by_another_name() -> None:
    names = {"checkout": "production", "payments": "live"}
    theirs = deployed(6, id="pay", service="payments", environment="Live")
    found = linked(theirs, depends_on=["payments"], environment=names.__getitem__)
    assert named(found).deployment.id == "pay"


def test_an_unknown_start_is_about_and_can_still_be_before_the_incident() -> None:
    """Success was reported 10 minutes after the first failed probe: it started about 5 before."""
    found = linked(deployed(-10, start_known=False))
    assert named(found).about
    assert named(found).rolling_out
    assert linked(deployed(-16, start_known=False)).label is Label.NONE


def test_a_roll_out_that_never_ended_counts_as_ended_after_three_usual_lengths() -> None:
    running = deployed(0, state=STARTED, took=44)
    assert named(linked(running)).rolling_out
    given_up = named(linked(deployed(0, state=STARTED, took=65)))
    assert not given_up.rolling_out
    assert given_up.about
    assert given_up.age == timedelta(minutes=20)  # 65 - 3 * 15


def test_a_dependencys_deployment_weighs_less_and_has_its_own_pace() -> None:
    """Own: 0.85 * 40320 / (7 * 65) = 75.3. Theirs, one of two: 0.15 * 20160 / 77 = 39.3."""
    theirs = deployed(6, id="pay", service="payments")
    found = linked(
        deployed(60),
        theirs,
        deployed(10 * DAY, id="old", service="search"),
        depends_on=["payments", "search"],
    )
    assert [(one.deployment.id, one.relation) for one in found.candidates] == [
        ("d1", "own"),
        ("pay", "dependency"),
    ]
    assert found.odds == pytest.approx(75.32 / (1 + 39.27), rel=1e-3)
    assert found.second is not None  # 39.3 is at least half of 75.3
    assert found.second.reason == (
        "ended 6 min before; the 2 services that checkout depends on are deployed about every 14 d:"
        " 2 to 1 it is not this one"
    )


def test_only_a_dependency_was_deployed() -> None:
    theirs = deployed(6, id="pay", service="payments")
    found = linked(theirs, deployed(10 * DAY), depends_on=["payments"])
    assert found.label is Label.SUSPECTED
    assert named(found).deployment.id == "pay"
    assert named(found).reason.startswith(
        "ended 6 min before; payments was deployed once in 28 d: "
    )
    assert found.most_recent is not None  # the service's own is always shown too
    assert found.most_recent.deployment.id == "d1"
    assert found.most_recent.label is Label.UNLIKELY


def test_a_service_that_it_does_not_depend_on_is_never_named() -> None:
    assert linked(deployed(6, id="x", service="blog"), depends_on=["payments"]).named is None


def test_of_several_none_of_which_stands_out_it_is_one_of_them() -> None:
    """Ten a day: 144 / (7 * (age + 5)) is 0.82 at 20, 0.69 at 25 and 0.59 at 30 minutes."""
    three = [deployed(age, id=f"d{age}", took=2) for age in (20, 25, 30)]
    found = linked(*three, *innocents(277))
    assert found.label is Label.ONE_OF
    assert found.among == 3  # (0.82 + 0.69) / (1 + 2.09) is 0.49, short of even
    assert found.reason == "2 to 1 it is one of these 3"
    assert named(found).label is Label.POSSIBLE


def test_the_second_is_named_if_it_has_at_least_half_of_the_first() -> None:
    """The same age halves nothing; 17 minutes against 6 is 11/22, exactly half; 18 is less."""
    assert linked(deployed(6), deployed(17, id="d2")).second is not None
    assert linked(deployed(6), deployed(18, id="d2")).second is None


def test_an_incident_keeps_ten_candidates_but_weighs_all() -> None:
    many = [deployed(10 + n, id=f"d{n}") for n in range(40)]
    found = linked(*many)
    assert len(found.candidates) == 10
    kept = sum(one.probability for one in found.candidates)
    assert kept < 0.6


WINDOWS = [
    # window, ages, label, named
    (30, [6, 20], "suspected", "d6"),  # the last one inside
    (30, [40], "unlikely", "d40"),  # outside: the last one, whatever its odds
    (30, [-3, 6], "suspected", "d-3"),  # rolling out is inside
    (5 * DAY, [4 * DAY], "suspected", f"d{4 * DAY}"),  # a window longer than three days
]


@pytest.mark.parametrize(("window", "ages", "label", "expected"), WINDOWS)
def test_a_fixed_window_overrides_the_odds(
    window: float, ages: list[float], label: str, expected: str
) -> None:
    each = [deployed(age, id=f"d{age}") for age in ages]
    found = linked(*each, window=timedelta(minutes=window))
    assert (found.label, named(found).deployment.id) == (label, expected)
    assert found.odds is None
    assert "fixed window of " in found.reason
    assert " to 1" not in found.reason
    assert found.most_recent is not None
    assert " to 1" not in found.most_recent.reason


def test_outside_a_fixed_window_even_the_likeliest_is_unlikely() -> None:
    found = linked(deployed(40), window=timedelta(minutes=30))
    assert found.reason == "ended 40 min before, outside the fixed window of 30 min"
    assert found.most_recent == found.named
    assert named(found).label is Label.UNLIKELY


def test_nothing_of_its_own_and_nothing_in_the_window_names_nothing() -> None:
    theirs = deployed(40, id="pay", service="payments")
    found = linked(theirs, depends_on=["payments"], window=timedelta(minutes=30))
    assert (found.label, found.named) == (Label.NONE, None)
    assert found.reason == "nothing inside the fixed window of 30 min"


def test_in_a_fixed_window_the_services_own_comes_before_a_dependencys() -> None:
    theirs = deployed(6, id="pay", service="payments")
    window = timedelta(minutes=30)
    found = linked(theirs, deployed(20), depends_on=["payments"], window=window)
    assert named(found).deployment.id == "d1"
    assert [one.label for one in found.candidates] == ["suspected", "possible"]
    found = linked(theirs, deployed(40), depends_on=["payments"], window=window)
    assert named(found).deployment.id == "pay"


def test_an_earlier_attempt_of_the_same_deployment_is_weighed_as_of_its_time() -> None:
    """It failed 30 minutes before, and was run again while the service was down."""
    again = replace(
        deployed(-20, took=10),
        earlier=(Attempt(FAILED, BEGAN - timedelta(minutes=35), BEGAN - timedelta(minutes=30)),),
    )
    found = linked(again)
    assert named(found).age == timedelta(minutes=30)
    assert found.reason.startswith("failed 30 min before; ")
