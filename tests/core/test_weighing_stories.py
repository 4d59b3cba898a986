"""What the scene and the configuration add to the odds, and whom a new suspicion reaches."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.deployment import DeploymentState, Report
from bot.core.events import DeploymentReported
from bot.core.link import Label
from bot.core.policy import Policy
from bot.core.scene import Scene
from tests.core.world import START, World, deployment, policy

MINUTES, HOURS, DAYS = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
THEIRS = deployment("p9", "payments", ended=2 * MINUTES)


def checkout(**changes: Any) -> Policy:
    """The usual policy, with a checkout that differs."""
    rules = policy()
    changed = replace(rules.services["checkout"], **changes)
    return replace(rules, services={**rules.services, "checkout": changed})


def late(id_: str, ago: timedelta, service: str = "checkout") -> Report:
    """A report that arrives after the incident began, of what ended `ago` before START."""
    end = START - ago
    return Report(
        id_, service, "production", DeploymentState.SUCCEEDED, version=id_,
        started_at=end - MINUTES, ended_at=end,
    )  # fmt: skip


def every_day(service: str = "checkout") -> tuple[Any, ...]:
    """Two deployments a day since four weeks, the last one half a day ago."""
    return tuple(
        deployment(f"old{service}{n}", service, ended=n * 12 * HOURS) for n in range(1, 56)
    )


# -- how long the history is


@pytest.mark.parametrize(("known", "span"), [(1, "7 d"), (14, "14 d"), (90, "28 d")])
def test_the_history_reaches_back_to_when_the_service_was_first_seen(known: int, span: str) -> None:
    seen = {"checkout": START - known * DAYS}
    world = World(scene=Scene(deployments=(deployment("v9", ended=MINUTES),), first_seen=seen))
    world.goes_down()
    assert f"checkout was deployed once in {span}" in world.incident.link.reason


def test_the_history_of_the_dependencies_is_that_of_the_one_known_longest() -> None:
    seen = {"payments": START - 90 * DAYS, "search": START - 8 * DAYS}
    scene = Scene(deployments=(THEIRS,), first_seen=seen)
    world = World(checkout(depends_on=("payments", "search")), scene)
    world.goes_down()
    assert "were deployed once in 28 d" in world.incident.link.reason


@pytest.mark.parametrize(("window", "label"), [(5, "unlikely"), (10, "suspected")])
def test_a_services_own_fixed_window_is_taken_in_place_of_the_odds(window: int, label: str) -> None:
    scene = Scene(deployments=(deployment("v9", ended=7 * MINUTES),))
    world = World(checkout(suspect_window=window * MINUTES), scene)
    world.goes_down()
    assert (world.incident.link.label, world.incident.link.odds) == (label, None)


# -- the teams of those who shipped it


def test_a_deployment_of_another_service_that_is_only_possible_brings_nobody_in() -> None:
    theirs = deployment("p9", "payments", ended=9 * HOURS)
    old = deployment("p1", "payments", ended=20 * DAYS)
    world = World(scene=Scene(deployments=(theirs, old)))
    world.goes_down()
    link = world.incident.link
    assert link.named is not None
    assert (link.named.deployment.id, link.label) == ("p9", Label.POSSIBLE)
    assert [track.team for track in world.incident.tracks] == ["it", "development"]
    assert world.pages("eve") == []


def test_a_team_of_both_services_has_one_track() -> None:
    rules = policy()
    payments = replace(rules.services["payments"], teams=("it", "payments_team"))
    world = World(
        replace(rules, services={**rules.services, "payments": payments}),
        Scene(deployments=(THEIRS,)),
    )
    world.goes_down()
    teams = [track.team for track in world.incident.tracks]
    assert teams == ["it", "development", "payments_team"]
    assert len(world.pages("ana")) == 1


def test_of_several_that_may_be_it_together_none_brings_its_team_in() -> None:
    scene = Scene(
        deployments=(
            *every_day("payments"),
            *(deployment(f"p{n}", "payments", ended=n * MINUTES) for n in (8, 9, 10)),
        )
    )
    world = World(scene=scene)
    world.goes_down()
    assert world.incident.link.label is Label.ONE_OF
    assert world.incident.track("payments_team") is None


# -- late reports


def down(*known: Any) -> World:
    """Down, and its first texts have gone out."""
    world = World(scene=Scene(deployments=known))
    world.goes_down()
    world.sends(*world.pages())
    world.passes(minutes=1)
    return world


def reports(world: World, *told: Report) -> list[str]:
    """Late reports arrive; returns what the thread is told."""
    before = len(world.replies())
    for one in told:
        world.happens(DeploymentReported(one, world.now))
    return world.replies()[before:]


def test_a_late_report_that_rises_only_to_possible_is_said_and_texted_to_nobody() -> None:
    world = down(*every_day())
    (said,) = reports(world, late("v9", 2 * HOURS))
    assert world.incident.link.label is Label.POSSIBLE
    assert "v9" in said
    assert world.pages(reason="weighed") == []


def test_a_dependencys_late_report_that_is_only_possible_brings_nobody_in() -> None:
    world = down(deployment("p1", "payments", ended=20 * DAYS))
    assert len(reports(world, late("p9", 9 * HOURS, "payments"))) == 1
    assert world.incident.link.label is Label.POSSIBLE
    assert world.incident.track("payments_team") is None
    assert (world.pages("eve"), world.pages(reason="weighed")) == ([], [])


def test_a_late_report_that_moves_only_the_odds_is_not_worth_a_word() -> None:
    world = down(*every_day(), deployment("v9", ended=6 * MINUTES))
    before = world.incident.link.odds
    decision = world.happens(DeploymentReported(late("v8", 2 * DAYS), world.now))
    assert world.incident.link.odds != before
    assert world.replies() == []
    assert [entry.kind for entry in decision.entries] == ["deployment"]


def test_a_second_that_may_be_it_as_well_is_said_in_the_thread() -> None:
    world = down(*every_day(), deployment("v9", ended=6 * MINUTES))
    (said,) = reports(world, late("v8", 9 * MINUTES))
    assert said.startswith("Deployment *v9* is now *suspected*, or v8: ended 5 min before; ")
    assert said.endswith("(was: suspected)")
    (said,) = reports(world, late("v8", 60 * MINUTES))  # it had ended long before, after all
    assert said.startswith("Deployment *v9* is now *suspected*: ")
    assert said.endswith("(was: suspected, or v8)")


def test_the_one_text_of_a_new_suspicion_goes_to_phones_that_take_texts() -> None:
    world = World(scene=Scene(unusable={("bo", "sms"): "opted_out"}))
    world.goes_down()
    assert [page.channel for page in world.pages("bo")] == ["slack"]
    world.sends(*world.pages())
    reports(world, late("v9", 6 * MINUTES))
    told = {page.person for page in world.pages(reason="weighed")}
    assert told == {"ana", "ida", "dee"}


def test_what_was_merged_into_another_incident_is_not_weighed_by_itself() -> None:
    world = down()
    merged = replace(world.incident, merged_into=2)
    world.scene = replace(world.scene, incidents=(merged,))
    assert reports(world, late("v9", 6 * MINUTES)) == []
