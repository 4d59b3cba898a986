"""What must hold of the link whatever was deployed, and however it was reported."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from bot.core.deployment import Deployment, DeploymentState
from bot.core.link import Label, Link, link, link_storm
from bot.core.suspects import Outage
from tests.core.link_world import BEGAN, FOUR_WEEKS_AGO, deployed, innocents

DEPENDS_ON = frozenset({"payments", "search"})
STATES = list(DeploymentState)
services = st.sampled_from(["checkout", "payments", "search", "blog"])
# Mostly near the incident, some long before, some after it.
ages = st.one_of(st.integers(-60, 240), st.integers(-1440, 40 * 1440))

any_deployment = st.builds(
    deployed,
    ages,
    id=st.uuids().map(lambda uuid: uuid.hex[:8]),
    service=services,
    took=st.integers(0, 60),
    state=st.sampled_from(STATES),
    environment=st.sampled_from(["production", "Production", "staging"]),
    start_known=st.booleans(),
    by_hand=st.booleans(),
    rollback=st.booleans(),
).map(lambda one: replace(one, started_at=one.started_at or one.reported_at)
      if one.state is DeploymentState.STARTED else one)  # fmt: skip
own = any_deployment.map(lambda one: replace(one, service="checkout", environment="production"))
some = st.lists(any_deployment, max_size=12, unique_by=lambda one: one.id)
first_seen = st.none() | st.integers(0, 60).map(lambda days: BEGAN - timedelta(days=days))
learned = st.tuples(st.integers(0, 200), st.integers(0, 200)).map(lambda two: (max(two), min(two)))
windows = st.none() | st.integers(1, 5 * 1440).map(lambda minutes: timedelta(minutes=minutes))


def linked(deployments: list[Deployment], **more: Any) -> Link:
    facts: dict[str, Any] = {"first_seen": FOUR_WEEKS_AGO, "depends_on": DEPENDS_ON} | more
    return link(service="checkout", began_at=BEGAN, deployments=deployments, **facts)


def probability(found: Link, id_: str) -> float:
    return next((one.probability for one in found.candidates if one.deployment.id == id_), 0.0)


@given(some, st.randoms(use_true_random=False), first_seen, learned, windows)
def test_the_order_of_what_is_known_does_not_matter_nor_do_duplicates(
    each: list[Deployment],
    random: Random,
    since: datetime | None,
    decided: tuple[int, int],
    window: timedelta | None,
) -> None:
    more = {
        "first_seen": since,
        "decided": decided[0],
        "guilty": decided[1],
        "window": window,
    }
    shuffled = each + each[: len(each) // 2]
    random.shuffle(shuffled)
    assert linked(shuffled, **more) == linked(each, **more)


@given(some, windows)
def test_only_what_could_have_done_it_is_ever_named(
    each: list[Deployment], window: timedelta | None
) -> None:
    """Production, the service or what it depends on, started at or before the first failure."""
    found = linked(each, window=window)
    shown = [*found.candidates, found.named, found.second, found.most_recent]
    for one in (candidate.deployment for candidate in shown if candidate is not None):
        assert one.environment.lower() == "production"
        assert one.service in DEPENDS_ON | {"checkout"}
        start = one.started_at or (one.ended_at or one.reported_at) - timedelta(minutes=15)
        assert start <= BEGAN
    if found.most_recent is not None:
        assert found.most_recent.deployment.service == "checkout"


@given(some, learned)
def test_the_label_and_the_order_follow_from_the_probabilities(
    each: list[Deployment], decided: tuple[int, int]
) -> None:
    found = linked(each, decided=decided[0], guilty=decided[1])
    chances = [one.probability for one in found.candidates]
    assert sum(chances) <= 1
    assert chances == sorted(chances, reverse=True)
    expected = Label.NONE if found.named is None else Label.UNLIKELY
    if chances:
        expected = Label.POSSIBLE if chances[0] >= 0.2 else expected
        expected = Label.ONE_OF if sum(chances) >= 0.5 else expected
        expected = Label.SUSPECTED if chances[0] >= 0.5 else expected
        assert found.odds is not None
        assert abs(found.odds - chances[0] / (1 - chances[0])) <= 1e-6 * (1 + found.odds**2)
    assert found.label is expected or len(chances) == 10
    if found.label is Label.ONE_OF and len(chances) < 10:
        assert sum(chances[: found.among]) >= 0.5 > sum(chances[: found.among - 1])


@given(st.integers(0, 3 * 1440), st.integers(0, 1440), some)
def test_the_closer_it_is_the_more_it_is_suspected(
    age: int, closer: int, others: list[Deployment]
) -> None:
    assume(all(one.id != "d1" for one in others))
    far = linked([deployed(age), *others])
    near = linked([deployed(max(0, age - closer)), *others])
    if any(one.deployment.id == "d1" for one in far.candidates):
        assert probability(near, "d1") >= probability(far, "d1") * (1 - 1e-9)


@given(st.integers(0, 600), st.integers(1, 30))
def test_a_roll_out_that_goes_on_is_suspected_more_than_one_that_has_ended(
    age: int, remaining: int
) -> None:
    others = innocents(60)
    rolling = linked([deployed(-remaining, took=60), *others])
    assert probability(rolling, "d1") > probability(linked([deployed(age), *others]), "d1")


@given(
    st.sampled_from(
        [
            lambda one: replace(one, rollback=True),
            lambda one: replace(one, state=DeploymentState.FAILED),
        ]
    ),
    st.integers(0, 4000),
)
def test_a_rollback_and_a_failed_attempt_are_suspected_less(
    change: Callable[[Deployment], Deployment], age: int
) -> None:
    plain = deployed(age)
    less = linked([change(plain), *innocents(30)])
    assert probability(less, "d1") < probability(linked([plain, *innocents(30)]), "d1")


@given(st.lists(own, max_size=8, unique_by=lambda one: one.id), own)
def test_one_more_deployment_makes_no_other_more_suspect(
    each: list[Deployment], more: Deployment
) -> None:
    """Of the service itself, inside the known history: it is one more that may have done it."""
    assume(all(one.id != more.id for one in each))
    # Five that succeeded would teach another usual roll-out, which moves starts never reported.
    known = [replace(one, by_hand=True) for one in each]
    before = linked(known, depends_on=())
    history = BEGAN - timedelta(days=28)
    assume((more.started_at or more.reported_at) - timedelta(hours=1) >= history)
    after = linked([*known, replace(more, by_hand=True)], depends_on=())
    for one in after.candidates:
        if one.deployment.id != more.id:
            assert one.probability <= probability(before, one.deployment.id) * (1 + 1e-9) or (
                len(before.candidates) == 10
            )


@given(some, st.integers(-720, 840), st.integers(-720, 840))
def test_the_offset_that_times_are_written_in_does_not_matter(
    each: list[Deployment], theirs: int, ours: int
) -> None:
    zone = timezone(timedelta(minutes=theirs))
    moved = [
        replace(
            one,
            started_at=one.started_at and one.started_at.astimezone(zone),
            ended_at=one.ended_at and one.ended_at.astimezone(zone),
            reported_at=one.reported_at.astimezone(zone),
        )
        for one in each
    ]
    began = BEGAN.astimezone(timezone(timedelta(minutes=ours)))
    facts: dict[str, Any] = {
        "service": "checkout",
        "depends_on": DEPENDS_ON,
        "first_seen": FOUR_WEEKS_AGO,
    }
    assert link(began_at=began, deployments=moved, **facts) == linked(each)


@given(some, st.permutations(["payments", "search", "blog"]), st.integers(1, 3))
def test_a_storm_names_the_same_in_whatever_order_its_services_went(
    each: list[Deployment], others: list[str], size: int
) -> None:
    down = ["checkout", *others[:size]]
    outages = [
        Outage(name, BEGAN, DEPENDS_ON if name == "checkout" else frozenset(), FOUR_WEEKS_AGO)
        for name in down
    ]
    found = link_storm(outages, each)
    again = link_storm([outages[0], *reversed(outages[1:])], each)
    assert found == again
    assert sum(one.probability for one in found.candidates) <= 1
