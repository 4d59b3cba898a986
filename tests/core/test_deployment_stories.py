"""Which deployment? Linked in the trigger transaction, weighed again, decided by people."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.deployment import Commit, DeploymentState, Report
from bot.core.effects import FetchCommits
from bot.core.events import Actor, CauseDecided, CommitsFound, DeployedByHand, DeploymentReported
from bot.core.link import Label
from bot.core.scene import Scene
from bot.core.segments import segments
from bot.core.wording.thread_deployment import deployment_lines
from tests.core.world import START, World, deployment

MINUTES = timedelta(minutes=1)


def report(id_: str, status: DeploymentState, **fields: object) -> Report:
    base = Report(id_, "checkout", "production", status, version=id_, sha="f" * 40)
    return replace(base, **fields)  # type: ignore[arg-type]


def history(service: str = "checkout") -> tuple:  # type: ignore[type-arg]
    """About two deployments a week."""
    return tuple(
        deployment(f"old{days}", service, ended=timedelta(days=days)) for days in range(4, 28, 4)
    )


def test_a_fresh_deployment_is_suspected_and_the_reason_is_said_in_odds() -> None:
    world = World(scene=Scene(deployments=(*history(), deployment("v9", ended=6 * MINUTES))))
    world.goes_down()
    link = world.incident.link
    assert link.label is Label.SUSPECTED
    assert link.named is not None
    assert link.named.deployment.id == "v9"
    assert " to 1 " in link.reason
    assert "%" not in link.reason


def test_a_rollout_in_progress_counts_and_a_fix_shipped_during_the_outage_never() -> None:
    running = replace(
        deployment("v9", ended=timedelta()),
        ended_at=None,
        state=DeploymentState.STARTED,
        started_at=START - 2 * MINUTES,
    )
    world = World(scene=Scene(deployments=(*history(), running)))
    world.goes_down()
    assert world.incident.link.named is not None
    assert world.incident.link.named.rolling_out
    assert "while rolling out" in world.pages("bo")[0].text
    world.passes(minutes=5)
    world.happens(
        DeploymentReported(
            report(
                "fix", DeploymentState.SUCCEEDED, started_at=world.now - MINUTES, ended_at=world.now
            ),
            world.now,
        )
    )
    assert world.incident.link.named.deployment.id == "v9"
    assert "fix" not in {c.deployment.id for c in world.incident.link.candidates}


def test_a_late_report_is_weighed_again_said_in_the_thread_and_texted_once() -> None:
    world = World(scene=Scene(deployments=history()))
    world.goes_down()
    assert world.incident.link.label.value != "suspected"
    world.sends(*world.pages())
    world.passes(minutes=1)
    late = report(
        "v9",
        DeploymentState.SUCCEEDED,
        started_at=START - 8 * MINUTES,
        ended_at=START - 6 * MINUTES,
    )
    world.happens(DeploymentReported(late, world.now))
    world.happens(DeploymentReported(late, world.now))
    assert world.incident.link.label is Label.SUSPECTED
    assert len([reply for reply in world.replies() if "v9" in reply]) == 1
    assert {page.person for page in world.pages(reason="weighed")} == {"ana", "ida", "bo", "dee"}
    assert len(world.pages("bo", "weighed")) == 1


def test_a_second_late_report_is_said_in_the_thread_but_not_texted_again() -> None:
    world = World(scene=Scene(deployments=history()))
    world.goes_down()
    world.sends(*world.pages())
    for id_, ago in (("v9", 60), ("v10", 2)):
        ended = START - ago * MINUTES
        late = report(id_, DeploymentState.SUCCEEDED, started_at=ended - MINUTES, ended_at=ended)
        world.passes(minutes=1)
        world.happens(DeploymentReported(late, world.now))
        world.sends(*world.pages(reason="weighed"))
        assert world.incident.link.label is Label.SUSPECTED
        assert world.incident.link.named is not None
        assert world.incident.link.named.deployment.id == id_
    assert len([reply for reply in world.replies() if "is now" in reply]) == 2
    assert len(world.pages("bo", "weighed")) == 1


def test_a_late_report_after_the_end_is_said_in_the_thread_and_wakes_nobody() -> None:
    world = World(scene=Scene(deployments=history()))
    world.goes_down()
    world.sends(*world.pages())
    world.comes_up()
    ended = START - 6 * MINUTES
    late = report("v9", DeploymentState.SUCCEEDED, started_at=ended - MINUTES, ended_at=ended)
    world.happens(DeploymentReported(late, world.now))
    assert world.incident.link.label is Label.SUSPECTED
    assert len([reply for reply in world.replies() if "v9" in reply]) == 1
    assert world.pages(reason="weighed") == []


def test_a_report_that_waited_to_be_decided_arrived_when_it_came_in() -> None:
    """The process ended after the sender was answered; another one decides it minutes later."""
    world = World(scene=Scene(deployments=history()))
    world.goes_down()
    arrived = world.now - 2 * MINUTES
    world.passes(minutes=10)
    world.happens(DeploymentReported(report("v9", DeploymentState.STARTED), arrived))
    link = world.incident.link
    assert link.named is not None
    assert (link.named.deployment.id, link.named.rolling_out) == ("v9", True)
    assert link.named.deployment.reported_at == arrived


def test_a_new_services_dependencies_keep_their_history() -> None:
    """payments is known for long: one deployment in 28 days, not in the 7 of a new service."""
    seen = {"checkout": START - timedelta(days=1), "payments": START - timedelta(days=90)}
    theirs = deployment("p9", "payments", ended=2 * MINUTES)
    world = World(scene=Scene(deployments=(theirs,), first_seen=seen))
    world.goes_down()
    assert "payments was deployed once in 28 d" in world.incident.link.reason


def test_a_suspect_of_another_service_brings_its_team_in() -> None:
    world = World(
        scene=Scene(
            deployments=(
                *history("payments"),
                deployment("p9", "payments", ended=2 * MINUTES),
            )
        )
    )
    world.goes_down()
    assert world.incident.link.label is Label.SUSPECTED
    assert {track.team for track in world.incident.tracks} == {"it", "development", "payments_team"}
    assert world.pages("eve")


def test_a_suspect_of_another_service_is_named_with_its_service_however_short_the_text() -> None:
    release = replace(
        deployment("p9", "payments", ended=2 * MINUTES), version="2026.11.24-rc1+b.2031200"
    )
    world = World(scene=Scene(deployments=(*history("payments"), release)))
    world.goes_down()
    world.passes(minutes=9)
    texts = [page.text for page in world.pages() if page.channel == "sms"]
    assert any("STILL DOWN" in text for text in texts)
    for text in texts:
        assert "payments 2026.11.24-rc1" in text, text


@pytest.mark.parametrize("sha", ["a1b2c3d4e5", None])
@pytest.mark.parametrize("length", [25, 120, 200])
def test_the_first_text_names_the_deployment_however_long_its_version_is(
    sha: str | None, length: int
) -> None:
    version = ("release-candidate-" * 12)[:length]
    named = replace(deployment("d9", ended=2 * MINUTES), version=version, sha=sha)
    world = World(scene=Scene(deployments=(*history(), named)))
    world.goes_down()
    for page in world.pages():
        assert "release-candidate-" in page.text or "Deploy a1b2c3d, 1 min before" in page.text
        assert segments(page.text) == 1


def test_the_others_of_several_are_not_called_unlikely() -> None:
    several = tuple(deployment(f"n{n}", ended=n * 3 * MINUTES) for n in range(1, 20))
    world = World(scene=Scene(deployments=several))
    world.goes_down()
    assert world.incident.link.label is Label.ONE_OF
    lines = list(deployment_lines(world.incident, world.policy))
    assert "*one of these " in lines[0]
    assert not any("unlikely" in line for line in lines)


def test_people_decide_it_is_audited_and_can_be_changed() -> None:
    world = World(scene=Scene(deployments=(*history(), deployment("v9", ended=6 * MINUTES))))
    world.goes_down()
    actor = Actor("bo", "slack")
    decision = world.happens(CauseDecided(1, "this", actor, world.now))
    assert world.incident.cause is not None
    assert (world.incident.cause.kind, world.incident.cause.deployment) == ("deployment", "v9")
    assert decision.entries[0].kind == "cause_decided"
    world.happens(CauseDecided(1, "other", actor, world.now, note="the disk was full"))
    assert world.incident.cause.kind == "other"
    assert "not a deployment" in world.replies()[-2]
    again = world.happens(CauseDecided(1, "other", actor, world.now, note="the disk was full"))
    assert again.entries == ()


SHIPPED = [
    # what went out, oldest first; whether the last of them goes back
    ("1 2 1", True),
    ("1 2 3 1", True),
    ("1 2 1 2", False),  # the newer one again: forward
    ("1 2 2", False),  # the same again
    ("1 2 1 1", False),
    ("1 2 3", False),
    ("1", False),
]


@pytest.mark.parametrize("by", ["sha", "version"])
@pytest.mark.parametrize(("shipped", "back"), SHIPPED)
def test_an_older_one_than_the_last_that_goes_out_again_is_a_rollback(
    shipped: str, back: bool, by: str
) -> None:
    world = World()
    for number, what in enumerate(shipped.split()):
        at = START - timedelta(hours=100 - number)
        told = report(
            f"d{number}",
            DeploymentState.SUCCEEDED,
            version="main" if by == "sha" else f"v{what}",
            sha=what * 40 if by == "sha" else None,
            started_at=at,
            ended_at=at + MINUTES,
        )
        decision = world.happens(DeploymentReported(told, world.now))
    assert decision.deployments[0].rollback is back


def test_this_deployment_is_refused_where_none_is_linked() -> None:
    world = World()
    world.goes_down()
    world.happens(CauseDecided(1, "this", Actor("bo", "slack"), world.now))
    assert world.incident.cause is None
    assert "no deployment is linked" in world.private()[-1]


def test_a_part_done_by_hand_is_a_deployment_too() -> None:
    world = World(scene=Scene(deployments=history()))
    world.happens(DeployedByHand("checkout", "orders index", Actor("ana", "slack"), world.now))
    world.passes(minutes=3)
    world.goes_down()
    assert world.incident.link.named is not None
    assert world.incident.link.named.deployment.by_hand


def test_commits_are_asked_for_once_and_show_where_the_deployment_does() -> None:
    world = World(scene=Scene(deployments=history()))
    rules = world.policy
    checkout = replace(rules.services["checkout"], repository="acme/checkout")
    world.policy = replace(rules, services={**rules.services, "checkout": checkout})
    first = report(
        "v9",
        DeploymentState.SUCCEEDED,
        started_at=START - 8 * MINUTES,
        ended_at=START - 6 * MINUTES,
        source="github",
    )
    world.happens(DeploymentReported(first, world.now))
    asked = [effect for effect in world.effects if isinstance(effect, FetchCommits)]
    assert [(one.repository, one.base, one.head) for one in asked] == [
        ("acme/checkout", "a1b2c3d4e5", "f" * 40)
    ]
    world.goes_down()
    commit = Commit("f" * 40, "fix: prices", "Bo")
    world.happens(CommitsFound("v9", "checkout", (commit,), True, world.now))
    named = world.incident.link.named
    assert named is not None
    assert named.deployment.commits == (commit,)


def test_what_people_decided_before_counts() -> None:
    """25 of 30 were guilty: three times the odds."""
    scene = Scene(deployments=(*history(), deployment("v9", ended=6 * MINUTES)))
    odds = []
    for known in (scene, replace(scene, decided=30, guilty=25)):
        world = World(scene=known)
        world.goes_down()
        odds.append(world.incident.link.odds or 0.0)
    assert odds[1] == pytest.approx(3 * odds[0])


def test_production_is_what_the_service_calls_it() -> None:
    rules = World().policy
    checkout = replace(rules.services["checkout"], environment="live")
    theirs = replace(deployment("v9", ended=6 * MINUTES), environment="Live")
    scene = Scene(deployments=(theirs, deployment("other", ended=MINUTES)))
    world = World(replace(rules, services={**rules.services, "checkout": checkout}), scene)
    world.goes_down()
    assert [one.deployment.id for one in world.incident.link.candidates] == ["v9"]


def test_a_team_that_joins_late_makes_an_acknowledged_incident_wait_for_it() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1")
    world.texts("bo", "1")
    assert world.incident.state.value == "acknowledged"
    ended = START - 4 * MINUTES
    late = report(
        "p9", DeploymentState.SUCCEEDED, service="payments", started_at=ended, ended_at=ended
    )
    world.happens(DeploymentReported(late, world.now))
    assert (world.incident.state.value, world.incident.acknowledged_at) == ("triggered", None)


def rolled_out(world: World, id_: str, service: str = "checkout") -> None:
    """It ended two minutes ago, and is told of now."""
    ended = world.now - 2 * MINUTES
    fields = {"started_at": ended - MINUTES, "ended_at": ended, "service": service}
    world.happens(DeploymentReported(report(id_, DeploymentState.SUCCEEDED, **fields), world.now))


def test_a_roll_out_that_brought_it_down_again_is_named_when_it_is_reopened() -> None:
    world = World(scene=Scene(deployments=(*history(), deployment("v9", ended=6 * MINUTES))))
    world.goes_down()
    world.passes(minutes=3)
    world.comes_up()
    world.passes(minutes=10)
    rolled_out(world, "v10")
    world.goes_down()
    assert world.incident.reopened == 1
    link = world.incident.link
    assert link.named is not None
    assert link.named.deployment.id == "v10"
    texts = [page.text for page in world.pages("bo") if page.created_at == world.now]
    assert "DOWN AGAIN checkout" in texts[0]
    assert "v10" in texts[0]
    assert any("v10" in reply and "v9" in reply for reply in world.replies())


def test_what_people_decided_stays_when_it_is_down_again() -> None:
    world = World(scene=Scene(deployments=(*history(), deployment("v9", ended=6 * MINUTES))))
    world.goes_down()
    world.happens(CauseDecided(1, "this", Actor("bo", "slack"), world.now, deployment="v9"))
    world.comes_up()
    rolled_out(world, "v10")
    world.goes_down()
    assert world.incident.link.named is not None
    assert world.incident.link.named.deployment.id == "v9"


def test_the_time_it_was_up_in_between_is_not_called_downtime() -> None:
    world = World()
    world.goes_down()
    world.passes(minutes=5)
    world.comes_up()
    world.passes(minutes=10)
    world.goes_down()
    texts = [page.text for page in world.pages("bo") if page.created_at == world.now]
    assert texts[0].startswith("#1 DOWN AGAIN checkout, 6 s.")
    world.passes(minutes=2)
    world.comes_up()
    assert any("is up again* after 2 min" in reply for reply in world.replies())
