"""Steps, repeats, the last resort and reminders: who is paged when, to the minute."""

from datetime import datetime, timedelta

from bot.core.deployment import DeploymentState, Report
from bot.core.events import Actor, DeploymentReported, SightChanged, Silenced
from bot.core.page import Urgency
from bot.core.policy import Step
from bot.core.rota import Rota
from tests.core.paging_world import development, turns
from tests.core.world import START, World

MINUTES = timedelta(minutes=1)


def minutes(world: World, who: str, reason: str | None = None) -> list[float]:
    """When somebody was paged, in minutes after the outage was confirmed."""
    return [(page.created_at - START) / MINUTES for page in world.pages(who, reason)]


def test_the_last_step_repeats_after_its_own_time() -> None:
    steps = (
        Step("on_call", ("sms",)),
        Step("on_call", ("sms",), after=2 * MINUTES, repeat=2),
    )
    world = World(development(("bo",), None, *steps))
    world.goes_down()
    world.passes(hours=1)
    assert minutes(world, "bo", "step") == [0, 2, 4, 6]
    assert minutes(world, "bo", "last_resort") == [8, 8]  # by text and by Slack


def test_a_last_step_without_a_time_of_its_own_repeats_every_five_minutes() -> None:
    world = World(development(("bo",), None, Step("on_call", ("sms",), repeat=1)))
    world.goes_down()
    world.passes(hours=1)
    assert minutes(world, "bo", "step") == [0, 5]
    assert minutes(world, "bo", "last_resort") == [10, 10]


def test_the_last_resort_reaches_those_of_the_team_who_are_not_on_call() -> None:
    rules = development(("bo", "dee"), turns("bo"), Step("on_call", ("sms",)))
    world = World(rules)
    world.goes_down()
    world.passes(minutes=4)
    assert {page.person for page in world.pages()} == {"bo"}
    world.passes(minutes=1)
    assert minutes(world, "dee", "last_resort") == [5, 5]


def test_who_has_come_gets_one_notice_however_many_teams_do_not_come() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1")
    world.passes(minutes=10)
    ended = START - MINUTES
    shipped = Report(
        "p9", "payments", "production", DeploymentState.SUCCEEDED, "v7",
        started_at=ended, ended_at=ended,
    )  # fmt: skip
    world.happens(DeploymentReported(shipped, world.now))
    world.passes(hours=1)
    assert [world.light(team) for team in ("development", "payments_team")] == ["exhausted"] * 2
    assert sum("came.*" in reply for reply in world.replies()) == 2, "not in the same minute"
    (notice,) = world.pages(reason="notice")
    assert (notice.person, notice.urgency) == ("ana", Urgency.INFO)


def test_nobody_is_reminded_while_it_is_quiet_but_at_its_end() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1")
    world.texts("bo", "1")
    world.passes(minutes=20)
    lasts = timedelta(hours=1)
    world.happens(Silenced(Actor("ana", "slack"), world.now, lasts, number=1))
    world.passes(hours=2)
    assert minutes(world, "ana", "reminder") == [80, 140]


def test_a_quiet_for_everything_is_one_for_each_service() -> None:
    world = World()
    lasts = timedelta(hours=1)
    world.happens(Silenced(Actor("ana", "slack"), world.now, lasts))
    world.goes_down("search")
    assert (world.pages(), world.scene.incidents) == ([], ())


def told_of_blindness(rota: Rota) -> set[str]:
    """Whom of Development two minutes of blindness reach."""
    world = World(development(("bo", "dee"), rota))
    world.happens(SightChanged(True, START, START))
    world.passes(minutes=2)
    world.happens(SightChanged(True, START, world.now, overdue=True))
    return {page.person for page in world.pages() if page.team == "development"}


def test_blindness_is_told_to_whoever_is_on_call_and_to_all_where_nobody_is() -> None:
    assert told_of_blindness(turns("bo", "dee")) == {"bo"}
    next_year = datetime(2027, 11, 23)  # noqa: DTZ001 - local
    assert told_of_blindness(turns("bo", starts=next_year)) == {"bo", "dee"}
