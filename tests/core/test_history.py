"""Past incidents are linked as they would have been when they happened, and disturb nobody."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.deployment import Deployment, DeploymentState, Report
from bot.core.events import Actor, CauseDecided, DeploymentReported
from bot.core.fairness import SentPage
from bot.core.history import Decided, Linker, PastIncident, incident_of
from bot.core.incident import Incident
from bot.core.link import Label, Link, link
from bot.core.nights import of_zone
from bot.core.scene import Scene
from tests.core.link_world import BEGAN, deployed, named
from tests.core.world import START, World
from tests.core.world import deployment as shipped
from tests.importing.world import POLICY

MINUTES = st.floats(-600, 60 * 24 * 60).map(round)
STATES = st.sampled_from([DeploymentState.SUCCEEDED, DeploymentState.FAILED])


@st.composite
def histories(draw: st.DrawFn) -> list[Deployment]:
    count = draw(st.integers(0, 25))
    return [
        deployed(
            draw(MINUTES),
            id=f"d{n}",
            service=draw(st.sampled_from(["checkout", "payments", "mail"])),
            took=draw(st.integers(0, 50)),
            state=draw(STATES),
            environment=draw(st.sampled_from(["production", "production", "staging"])),
            start_known=draw(st.booleans()),
        )
        for n in range(count)
    ]


@given(histories(), st.lists(st.tuples(MINUTES, st.booleans()), max_size=60))
def test_the_rule_is_that_of_live_incidents(
    history: list[Deployment], causes: list[tuple[int, bool]]
) -> None:
    """With what live decisions see: a part of the history, and no decision of later."""
    decided = [Decided(BEGAN - timedelta(minutes=ago), guilty) for ago, guilty in causes]
    before = [it for it in decided if it.at < BEGAN]
    first = BEGAN - timedelta(days=60)
    found = Linker(POLICY, history, decided, {"checkout": first}).link("checkout", BEGAN)
    since = BEGAN - timedelta(days=35)
    recent = [it for it in history if _moment(it) >= since]
    for service in ("checkout", "payments"):
        past = [it for it in history if (it.service, it.environment) == (service, "production")]
        recent += sorted((it for it in past if _moment(it) < since), key=_order)[-1:]
    assert found == link(
        service="checkout",
        began_at=BEGAN,
        deployments=recent,
        depends_on=("payments",),
        first_seen=first,
        decided=len(before),
        guilty=sum(it.guilty for it in before),
    )


def _moment(it: Deployment) -> datetime:
    return it.started_at or it.ended_at or it.reported_at


def _order(it: Deployment) -> tuple[datetime, str]:
    return _moment(it), it.id


def test_a_deployment_that_came_after_is_not_suspected() -> None:
    later, before = deployed(-60, id="later"), deployed(5, id="before")
    found = Linker(POLICY, [later, before]).link("checkout", BEGAN)
    assert named(found).deployment.id == "before"
    assert len(found.candidates) == 1


def test_the_last_one_is_named_however_old_it_is() -> None:
    old = [deployed(60 * 24 * days, id=f"d{days}") for days in (200, 100, 90)]
    staging = replace(old[-1], id="staging", environment="staging", ended_at=BEGAN)
    found = Linker(POLICY, [*old, staging]).link("checkout", BEGAN)
    assert named(found).deployment.id == "d90"


def imported(ended: timedelta = timedelta(minutes=1)) -> Incident:
    """It ended so long ago, elsewhere."""
    past = PastIncident(
        id="OPS-1",
        service="checkout",
        began_at=START - ended - timedelta(minutes=20),
        triggered_at=START - ended - timedelta(minutes=19),
        resolved_at=START - ended,
    )
    return incident_of(past, POLICY, 1, Link(Label.NONE))


def knows(*deployments: Deployment) -> World:
    """It was imported a moment ago."""
    scene = Scene(incidents=(imported(),), deployments=deployments, next_number=2)
    return World(scene=scene)


def test_what_is_down_now_does_not_reopen_it() -> None:
    world = knows()
    world.goes_down()
    assert [(it.number, it.open) for it in world.scene.incidents] == [(1, False), (2, True)]


def test_a_deployment_that_becomes_known_changes_and_tells_nothing_of_it() -> None:
    world = knows()
    began = START - timedelta(minutes=30)
    report = Report("late", "checkout", "production", DeploymentState.STARTED, started_at=began)
    decision = world.happens(DeploymentReported(report, START))
    assert decision.deployments
    assert decision.incidents == ()
    assert [it.kind for it in decision.effects if it.kind in ("reply", "thread")] == []


def test_a_cause_can_be_decided_and_nobody_is_asked_what_comes_of_it() -> None:
    world = knows(shipped("v9", ended=timedelta(minutes=25)))
    event = CauseDecided(1, "another", Actor("bo", "web"), START, deployment="v9")
    decision = world.happens(event)
    (found,) = decision.incidents
    assert found.cause is not None
    assert found.cause.by == "bo"
    assert (found.follow_ups, decision.effects) == ((), ())
    assert [it.kind for it in decision.entries] == ["cause_decided"]


def test_a_page_of_another_tool_is_not_spoken_of_in_the_morning() -> None:
    night = START.replace(hour=3)
    pages = [SentPage("ana", "it", "sms", night, (1,), imported=it) for it in (True, False)]
    assert of_zone(pages, "Europe/London", POLICY) == (pages[1],)
