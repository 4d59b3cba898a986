"""In the morning it is said who was paged at night: whose morning, which pages, what words."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.events import NightEnded
from bot.core.fairness import SentPage
from bot.core.nights import mornings
from bot.core.policy import Policy
from tests.core.world import START, World, policy

LONDON, TOKYO = "Europe/London", "Asia/Tokyo"


def organisation() -> Policy:
    """Everybody lives in London, but for Eve."""
    rules = policy()
    eve = replace(rules.people["eve"], timezone=TOKYO)
    return replace(rules, people={**rules.people, "eve": eve}, public_url="https://m.example")


MORNINGS = [
    # the clock in London, and who hears of their night then
    ("08:59", {TOKYO}),
    ("09:00", {LONDON, TOKYO}),
    ("12:59", {LONDON, TOKYO}),
    ("13:00", {LONDON}),  # 22:00 there: the next night begins
    ("21:59", {LONDON}),
    ("22:00", set()),
    ("23:59", set()),
    ("00:00", {TOKYO}),  # 09:00 there
]


@pytest.mark.parametrize(("clock", "zones"), MORNINGS)
def test_the_night_is_told_of_from_nine_until_the_next_one_begins(
    clock: str, zones: set[str]
) -> None:
    now = datetime.fromisoformat(f"2026-11-24T{clock}:00").replace(tzinfo=UTC)
    assert mornings(organisation(), now) == dict.fromkeys(zones, date(2026, 11, 24))


def paged(who: str, hours: float = 0, *incidents: int) -> SentPage:
    """So many hours after 03:12 in London."""
    return SentPage(who, "it", "sms", START + timedelta(hours=hours), incidents)


def told(*pages: SentPage, zone: str = LONDON) -> list[str]:
    world = World(organisation())
    world.goes_down()
    world.happens(NightEnded(zone, date(2026, 11, 24), pages, START + timedelta(hours=6)))
    return world.posts()


def test_each_is_named_with_how_often_why_and_when_the_most_disturbed_first() -> None:
    (line,) = told(paged("bo", 1, 1), paged("ana", 0, 1), paged("ana", 2, 1, 2))
    at = int(START.timestamp())
    assert line == (
        "*Paged in the night*: *Ana* 2 times (<https://m.example/incidents/1|#1> checkout, "
        f"<https://m.example/incidents/2|#2>; last at <!date^{at + 7200}^{{time}}|05:12>); "
        "*Bo* once (<https://m.example/incidents/1|#1> checkout; "
        f"at <!date^{at + 3600}^{{time}}|04:12>). Let them sleep in where you can."
    )


def test_nobody_is_named_for_a_page_by_day_or_in_another_zone_or_who_is_gone() -> None:
    assert told() == []
    assert told(paged("ana", 4), paged("eve", 0), paged("gone", 0)) == []
    (line,) = told(paged("ana", 0), paged("eve", 12), zone=TOKYO)
    assert "*Eve* once (at " in line
    assert "Ana" not in line
    assert line.endswith("Let Eve sleep in where you can.")
