"""The link over a storm, what weighing again tells people, and the words of both."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.link import Label, Link, link_storm, relink_changed
from bot.core.odds import odds_words, span_words
from bot.core.suspects import Outage
from tests.core.link_world import BEGAN, FOUR_WEEKS_AGO, deployed, innocents, linked, named


def storm(*services: str, **depends_on: list[str]) -> list[Outage]:
    return [
        Outage(name, BEGAN, frozenset(depends_on.get(name, ())), FOUR_WEEKS_AGO)
        for name in services
    ]


def test_a_storm_of_one_is_the_same_as_one_outage() -> None:
    each = [deployed(6), deployed(60, id="d2"), *innocents(20)]
    assert link_storm(storm("checkout"), each) == linked(*each)


def test_in_a_storm_what_all_depend_on_is_named_before_what_explains_one() -> None:
    """Payments went first, checkout and shop with it; checkout was deployed even later.

    payments: 40320 / (7 * 65) = 88.6, explains all 3. checkout: 0.85 * 40320 / 77 = 445, explains
    1 of 3: 148, and 1 of 6: 74. Alone, checkout's would win by 445 to 0.15 * 88.6 = 13.3.
    """
    theirs = deployed(60, id="pay", service="payments")
    down = storm("payments", "checkout", "shop", checkout=["payments"], shop=["payments"])
    found = link_storm(down, [theirs, deployed(6)])
    odds = {one.deployment.id: one.probability for one in found.candidates}
    assert odds["pay"] / odds["d1"] == pytest.approx(88.6 / 148.4, rel=0.01)
    wider = storm(
        *("payments", "checkout", "shop", "blog", "app", "search"),
        **{name: ["payments"] for name in ("checkout", "shop", "blog", "app", "search")},
    )
    assert named(link_storm(wider, [theirs, deployed(6)])).deployment.id == "pay"


def test_in_a_storm_of_strangers_nobodys_deployment_stands_out() -> None:
    """Each alone: 40320 / (7 * 605) = 9.52. Each explains 1 of 6: 1.587 of 9.52 in all."""
    names = [f"s{n}" for n in range(6)]
    each = [deployed(600, id=f"d-{name}", service=name) for name in names]
    found = link_storm(storm(*names), each)
    assert found.label is Label.ONE_OF
    assert found.among == 4  # 3 * 0.1508 is 0.45
    assert named(found).probability == pytest.approx(1.587 / 10.52, rel=1e-3)


def test_a_storms_most_recent_is_that_of_the_service_in_its_title() -> None:
    theirs = deployed(6, id="pay", service="payments")
    found = link_storm(storm("checkout", "payments"), [theirs, deployed(600)])
    assert found.most_recent is not None
    assert found.most_recent.deployment.id == "d1"


NOTHING = Link(Label.NONE)
POSSIBLE = linked(deployed(90), *innocents(60))
SUSPECT = linked(deployed(6), *innocents(60))
OTHER_SUSPECT = linked(deployed(6, id="d2"), deployed(90), *innocents(60))
TWO = linked(deployed(6), deployed(9, id="d2"), *innocents(60))
ONE_OF_THREE = linked(*(deployed(age, id=f"d{age}") for age in (20, 25, 30)), *innocents(277))

CHANGES = [
    (NOTHING, SUSPECT, True, True),  # a late report
    (POSSIBLE, SUSPECT, True, True),  # it rose
    (SUSPECT, SUSPECT, False, False),
    (SUSPECT, POSSIBLE, True, False),  # it fell: said in the thread only
    (NOTHING, POSSIBLE, True, False),
    (SUSPECT, OTHER_SUSPECT, True, True),  # another one rose above it
    (SUSPECT, TWO, True, False),  # "or d2": said in the thread only
    (TWO, SUSPECT, True, False),
    (NOTHING, ONE_OF_THREE, True, False),  # together they are suspected, but none by itself
    (ONE_OF_THREE, SUSPECT, True, True),
    (SUSPECT, replace(SUSPECT, odds=6.9, reason="as before"), False, False),  # only the number
]


@pytest.mark.parametrize(("old", "new", "thread", "text"), CHANGES)
def test_weighing_again_tells_people_what_changed(
    old: Link, new: Link, thread: bool, text: bool
) -> None:
    assert ONE_OF_THREE.label is Label.ONE_OF
    assert relink_changed(old, new) == (thread, text)


WORDS = [
    (7.29, "7 to 1 it is this one"),
    (1.5, "2 to 1 it is this one"),
    (1.0, "as likely as not it is this one"),
    (0.5, "2 to 1 it is not this one"),
    (1000, "more than 100 to 1 it is this one"),
    (0.0001, "more than 100 to 1 it is not this one"),
]


@pytest.mark.parametrize(("odds", "words"), WORDS)
def test_odds_are_said_in_words_never_in_percent(odds: float, words: str) -> None:
    assert odds_words(odds) == words


SPANS = [
    (0, "under 1 min"),
    (59, "under 1 min"),
    (7 * 60 + 59, "7 min"),
    (3599, "59 min"),
    (3600, "1 h"),
    (10.6 * 3600, "11 h"),
    (47 * 3600, "47 h"),
    (48 * 3600, "2 d"),
    (72 * 3600, "3 d"),
]


@pytest.mark.parametrize(("seconds", "words"), SPANS)
def test_ages_read_as_people_say_them(seconds: float, words: str) -> None:
    assert span_words(timedelta(seconds=seconds)) == words
