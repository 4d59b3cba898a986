"""Outages that belong together: dependencies and storms, as those who are paged would tell it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.deployment import DeploymentState, Report
from bot.core.events import (
    Acknowledged,
    Actor,
    CauseDecided,
    DeploymentReported,
    LookedAgain,
    WeighingDue,
)
from bot.core.incident import IncidentState, TrackState
from bot.core.page import PageState
from bot.core.policy import Service
from bot.core.wording import voice
from tests.core.stormy import SEVEN, many, number, open_ones, stormy
from tests.core.world import START, STEPS, World, deployment, policy

# -- dependencies


def test_what_depends_on_something_that_is_down_joins_its_incident() -> None:
    world = World()
    world.goes_down("payments")
    world.passes(minutes=10)
    world.goes_down("checkout")
    (only,) = open_ones(world)
    assert [part.service for part in only.services] == ["payments", "checkout"]
    assert "it depends on payments" in world.replies()[-2]


def test_its_teams_get_their_first_page_although_the_others_have_it_already() -> None:
    world = World()
    world.goes_down("payments")
    world.texts("eve", "1")
    assert world.incident.acknowledged_at is not None
    world.goes_down("checkout")
    assert world.light("payments_team") == "acknowledged by eve"
    assert world.light("it") == "paging"
    assert {page.person for page in world.pages()} == {"eve", "ana", "ida", "bo", "dee"}
    assert world.incident.state is IncidentState.TRIGGERED


def test_who_joins_with_a_service_is_not_said_to_have_shipped_anything() -> None:
    world = World()
    world.goes_down("payments")
    world.goes_down("checkout")
    assert world.replies()[-1] == (
        "IT and Development are paged too: a service of theirs is part of it."
    )
    world = World()
    shipped = deployment("p3", "payments", ended=timedelta(minutes=1))
    world.goes_down("checkout")
    world.scene = replace(world.scene, deployments=(shipped,))
    world.passes(minutes=1)
    world.comes_up("checkout")
    world.goes_down("checkout")
    assert "Payments shipped the suspected deployment and is paged too." in world.replies()


def test_a_dependency_that_goes_down_within_two_minutes_takes_over() -> None:
    world = World()
    world.goes_down("checkout")
    world.passes(seconds=100)
    world.goes_down("payments")
    (only,) = open_ones(world)
    assert [part.service for part in only.services] == ["payments", "checkout"]
    assert "this is about payments" in " ".join(world.replies())
    assert world.light("payments_team") == "paging"
    assert world.pages("eve")[0].text.startswith("#1 DOWN payments (+1)")


def test_a_dependency_that_goes_down_later_is_an_outage_of_its_own() -> None:
    world = World()
    world.goes_down("checkout")
    world.passes(minutes=3)
    world.goes_down("payments")
    assert [incident.service for incident in open_ones(world)] == ["checkout", "payments"]


def test_a_dependency_of_two_open_incidents_makes_one_of_them() -> None:
    rules = policy()
    search = replace(rules.services["search"], depends_on=("payments",))
    world = World(replace(rules, services={**rules.services, "search": search}))
    world.goes_down("checkout")
    world.passes(seconds=5)
    world.goes_down("search")
    world.texts("ana", "2")
    assert len(open_ones(world)) == 2
    world.goes_down("payments")
    (only,) = open_ones(world)
    assert [part.service for part in only.services] == ["payments", "checkout", "search"]
    assert number(world, 2).merged_into == 1
    assert world.light_of(1, "it") == "acknowledged by ana"
    assert world.light_of(1, "development") == "paging"


def test_what_depends_on_it_through_others_joins_too() -> None:
    rules = policy()
    bank = Service("bank", ("payments_team",), STEPS)
    payments = replace(rules.services["payments"], depends_on=("bank",))
    world = World(replace(rules, services={**rules.services, "bank": bank, "payments": payments}))
    world.goes_down("bank")
    world.goes_down("checkout")
    (only,) = open_ones(world)
    assert [part.service for part in only.services] == ["bank", "checkout"]


def test_what_comes_back_with_its_dependency_pages_nobody_again() -> None:
    world = World()
    world.goes_down("payments")
    world.goes_down("checkout")
    world.comes_up("payments")
    world.passes(seconds=60)
    world.comes_up("checkout")
    assert not world.incident.open
    world.passes(minutes=10)
    assert len(world.scene.incidents) == 1


def test_what_stays_down_when_its_dependency_is_back_is_paged_as_its_own() -> None:
    world = World()
    world.goes_down("payments")
    world.passes(seconds=30)
    world.goes_down("checkout")
    world.texts("ana", "1")
    world.texts("bo", "1")
    world.texts("eve", "1")
    world.comes_up("payments")
    world.passes(seconds=119)
    assert len(world.scene.incidents) == 1
    world.passes(seconds=2)
    assert not number(world, 1).open
    assert [part.service for part in number(world, 1).services] == ["payments"]
    own = number(world, 2)
    assert (own.service, own.began_at) == ("checkout", START + timedelta(seconds=24))
    fresh = [page for page in world.pages("ana") if page.incident == 2]
    assert fresh[0].text.startswith("#2 DOWN checkout")
    assert "payments is back, it is not." in fresh[0].text
    assert "checkout was part of #1: payments is back" in world.replies()[-1]


def test_a_dependency_that_is_down_again_in_that_time_keeps_it() -> None:
    world = World()
    world.goes_down("payments")
    world.goes_down("checkout")
    world.comes_up("payments")
    world.passes(seconds=60)
    world.goes_down("payments")
    world.passes(minutes=5)
    assert len(world.scene.incidents) == 1


def test_a_dependency_in_a_silence_has_no_incident_to_join() -> None:
    world = World()
    world.goes_down("payments")
    world.texts("eve", "1 ok 30m")
    world.comes_up("payments")
    world.texts("eve", "?")
    world.goes_down("checkout")
    assert open_ones(world)[0].service == "checkout"


# -- storms


def test_five_at_once_are_five_incidents() -> None:
    world = stormy(down=5)
    assert len(open_ones(world)) == 5


def test_more_than_five_within_a_minute_are_one_incident() -> None:
    world = stormy()
    (only,) = open_ones(world)
    assert only.number == 1
    assert [part.service for part in only.services] == list(SEVEN[:6])
    assert [i.merged_into for i in world.scene.incidents if i.number > 1] == [1, 1, 1, 1]
    assert "6 services went down within a minute" in " ".join(world.replies())


def test_six_that_take_longer_are_six() -> None:
    world = World(many(*SEVEN))
    for name in SEVEN[:6]:
        world.goes_down(name)
        world.passes(seconds=15)
    assert len(open_ones(world)) == 6


def test_one_more_joins_it_and_its_team_gets_its_first_page_although_others_have_it() -> None:
    world = stormy()
    world.texts("ana", "1")
    world.texts("bo", "1")
    assert number(world, 1).acknowledged_at is not None
    world.goes_down("s7")
    (only,) = open_ones(world)
    assert only.affects("s7")
    assert only.state is IncidentState.TRIGGERED
    assert world.light_of(1, "payments_team") == "paging"
    assert world.pages("eve")[0].incident == 1


def test_whoever_was_paged_for_one_gets_one_text_for_all_and_nobody_six() -> None:
    world = stormy()
    texts = [page for page in world.pages("ana") if page.state is not PageState.CANCELLED]
    assert [page.reason for page in texts] == ["step", "storm"]
    assert texts[1].text.startswith("#1 6 DOWN since 03:11: s1, s2, s3, s4 (+2).")
    world.goes_down("s7")
    texts = [page for page in world.pages("ana") if page.state is not PageState.CANCELLED]
    assert texts[1].text.startswith("#1 7 DOWN since 03:11: s1, s2, s3, s4 (+3).")


def test_what_a_team_had_said_of_one_it_has_said_of_all() -> None:
    world = World(many(*SEVEN))
    for name in SEVEN[:5]:
        world.goes_down(name)
    world.texts("dee", "3")
    world.goes_down("s6")
    assert world.light_of(1, "development") == "acknowledged by dee"
    assert world.light_of(1, "it") == "paging"


def test_the_numbers_of_the_merged_act_on_the_one_that_remains() -> None:
    world = stormy()
    (told,) = world.texts("ana", "4")
    assert told.startswith("#4 is part of #1 now. #1 is yours for IT")
    assert world.light_of(1, "it") == "acknowledged by ana"
    world.happens(Acknowledged(5, Actor("bo", "slack", slack="U1"), world.now))
    assert number(world, 1).state is IncidentState.ACKNOWLEDGED


def test_it_is_over_when_every_one_of_them_is_up() -> None:
    world = stormy()
    for name in SEVEN[:5]:
        world.comes_up(name)
    assert number(world, 1).open
    assert number(world, 1).down() == ("s6",)
    world.comes_up("s6")
    assert not number(world, 1).open
    over = [page for page in world.pages("ana") if page.reason == "resolved"]
    assert len(over) == 1


def test_one_of_them_that_is_down_again_does_not_wake_the_teams_of_all() -> None:
    world = stormy()
    world.goes_down("s7")
    for name in SEVEN:
        world.comes_up(name)
    world.passes(minutes=5)
    world.goes_down("s7")
    (only,) = open_ones(world)
    assert only.number != 1
    assert {track.team for track in only.tracks} == {"payments_team"}


def test_a_silenced_service_neither_counts_nor_joins() -> None:
    world = World(many(*SEVEN))
    world.goes_down("s1")
    world.texts("ana", "1 ok 30m")
    for name in SEVEN[1:6]:
        world.goes_down(name)
    assert len(open_ones(world)) == 6
    assert all(incident.storm_at is None for incident in world.scene.incidents)


def test_a_text_of_a_merged_one_that_did_not_arrive_is_followed_up() -> None:
    world = World(many(*SEVEN, storm=5))
    for name in SEVEN[1:6]:
        world.goes_down(name)
    theirs = next(page for page in world.pages("ana") if page.incident == 5)
    world.sends(theirs)
    world.goes_down("s1")
    moved = next(page for page in world.pages("ana") if page.key == theirs.key)
    assert moved.incident == 1
    world.becomes(moved, PageState.UNDELIVERED, "unreachable (30003)")
    assert any(page.reason == "undelivered" and page.incident == 1 for page in world.pages("ana"))


def test_the_deployment_is_weighed_again_over_all_of_them() -> None:
    """The gateway that all depend on was deployed just before; no service's own was."""
    rules = many(*SEVEN)
    services = {
        key: replace(item, depends_on=("gate",)) if key in SEVEN else item
        for key, item in rules.services.items()
    }
    services["gate"] = Service("gate", ("payments_team",), STEPS)
    world = World(replace(rules, services=services))
    guilty = deployment("g1", "gate", ended=timedelta(minutes=30))
    world.scene = replace(world.scene, deployments=(guilty,))
    for name in SEVEN[:6]:
        world.goes_down(name)
    before = number(world, 1).link
    world.passes(seconds=6)
    weighed(world)
    after = number(world, 1).link
    assert before.named is not None
    assert after.named is not None
    assert after.named.deployment.id == "g1"
    assert after.named.odds > before.named.odds
    assert number(world, 1).weigh_at is None


def test_a_deployment_that_is_told_of_late_is_weighed_over_all_of_them() -> None:
    world = stormy()
    world.passes(seconds=6)
    weighed(world)
    report = Report(
        id="late",
        service="s4",
        environment="production",
        status=DeploymentState.SUCCEEDED,
        version="v9",
        started_at=world.now - timedelta(minutes=4),
        ended_at=world.now - timedelta(minutes=2),
        source="github",
    )
    world.happens(DeploymentReported(report, world.now))
    assert number(world, 1).weigh_at is not None
    weighed(world)
    named = number(world, 1).link.named
    assert named is not None
    assert named.deployment.id == "late"


def weighed(world: World) -> None:
    """As the engine's tick does it."""
    for incident in open_ones(world):
        if incident.weigh_at is not None and incident.weigh_at <= world.now:
            services = tuple(part.service for part in incident.services)
            world.happens(WeighingDue(incident.number, services, world.now))


def test_three_hundred_are_one_incident_one_thread_and_two_texts_a_person() -> None:
    names = tuple(f"service-{n:03}" for n in range(300))
    world = World(many(*names))
    for name in names:
        world.goes_down(name)
    (only,) = open_ones(world)
    assert len(only.services) == 300
    texts = [page for page in world.pages("bo") if page.state is not PageState.CANCELLED]
    assert len(texts) <= 2
    world.sends(*(page for page in world.pages() if page.waiting))
    world.texts("ana", "1")
    world.passes(seconds=6)
    weighed(world)
    weighed(world)
    grown = [page for page in world.pages() if page.waiting and page.reason == "storm"]
    assert {page.person: page.urgency.name for page in grown} == {
        "ana": "INFO",
        "ida": "INFO",
        "bo": "LATER",
        "dee": "LATER",
        "eve": "LATER",
    }
    assert len(grown) == 5, "once each"
    assert grown[0].text.startswith("#1 300 DOWN since")
    assert all(track.state is TrackState.PAGING for track in only.tracks)


@pytest.mark.parametrize("order", [("payments", "checkout"), ("checkout", "payments")])
def test_looking_again_after_a_silence_makes_one_incident_of_what_belongs_together(
    order: tuple[str, str],
) -> None:
    world = World()
    for service in order:
        world.silence(service, minutes=10)
        world.goes_down(service)
    assert open_ones(world) == []
    world.passes(minutes=10)
    world.happens(LookedAgain(("checkout", "payments"), world.now, "the silence is over"))
    (only,) = open_ones(world)
    assert only.affects("checkout")
    assert only.affects("payments")


def test_a_team_whose_text_had_not_gone_out_yet_when_it_was_merged_is_texted_at_once() -> None:
    order = ("s1", "s7", "s2", "s3", "s4", "s5")
    world = World(many(*SEVEN))
    for name in order[:5]:
        world.goes_down(name)
    (waiting,) = world.pages("eve")
    world.goes_down(order[5])
    assert next(it for it in world.pages() if it.key == waiting.key).state is PageState.CANCELLED
    fresh = [page for page in world.pages("eve") if page.waiting]
    assert [(page.incident, page.due_at) for page in fresh] == [(1, world.now)]


def test_what_is_merged_into_an_acknowledged_one_is_not_acknowledged_by_it() -> None:
    order = ("s1", "s7", "s2", "s3", "s4", "s5")
    world = World(many(*SEVEN))
    for name in order[:5]:
        world.goes_down(name)
    world.texts("ana", "1")
    world.texts("bo", "1")
    world.goes_down(order[5])
    assert number(world, 1).state is IncidentState.TRIGGERED
    world.texts("eve", "1")
    assert number(world, 1).state is IncidentState.ACKNOWLEDGED


def test_a_dependent_that_is_up_again_is_not_taken_over() -> None:
    rules = policy()
    services = {**rules.services, "shop": Service("shop", ("it",), STEPS, depends_on=("checkout",))}
    world = World(replace(rules, services=services))
    world.goes_down("checkout")
    world.goes_down("shop")
    world.comes_up("checkout")
    services["shop"] = replace(services["shop"], depends_on=())
    world.policy = replace(world.policy, services=services)
    world.goes_down("payments")
    assert [incident.service for incident in open_ones(world)] == ["checkout", "payments"]


def test_a_dependency_that_is_back_is_joined_by_nobody() -> None:
    world = World()
    world.goes_down("payments")
    world.goes_down("checkout")
    world.comes_up("payments")
    rules = world.policy
    shop = Service("shop", ("it",), STEPS, depends_on=("payments",))
    world.policy = replace(rules, services={**rules.services, "shop": shop})
    world.goes_down("shop")
    assert [incident.service for incident in open_ones(world)] == ["payments", "shop"]


@pytest.mark.parametrize("order", [("payments", "checkout"), ("checkout", "payments")])
def test_a_dependency_that_flaps_with_its_dependent_is_one_incident_however_it_is_seen(
    order: tuple[str, str],
) -> None:
    world = World()
    for first, second in (("payments", "checkout"), order, order, order):
        world.goes_down(first)
        world.passes(seconds=5)
        world.goes_down(second)
        world.passes(seconds=60)
        world.comes_up("payments")
        world.comes_up("checkout")
        world.passes(seconds=60)
    assert [incident.number for incident in world.scene.incidents] == [1]
    assert world.incident.flapping
    before = len(world.pages())
    world.goes_down(order[0])
    world.goes_down(order[1])
    assert world.pages()[before:] == []


def test_what_only_the_dependent_is_down_with_again_is_what_people_are_told() -> None:
    world = World()
    world.goes_down("payments")
    world.goes_down("checkout")
    world.comes_up("payments")
    world.comes_up("checkout")
    world.passes(minutes=5)
    world.goes_down("checkout")
    assert world.pages("ana")[-1].text.startswith("#1 DOWN AGAIN checkout, ")


def test_what_was_suspected_of_the_dependent_is_still_named_when_the_dependency_takes_over() -> (
    None
):
    world = World()
    guilty = deployment("v9", "checkout", ended=timedelta(minutes=1))
    world.scene = replace(world.scene, deployments=(guilty,))
    world.goes_down("checkout")
    world.passes(seconds=60)
    world.goes_down("payments")
    named = number(world, 1).link.named
    assert named is not None
    assert named.deployment.id == "v9"
    (text,) = [page.text for page in world.pages("eve")]
    assert text.startswith("#1 DOWN payments (+1)")
    assert "checkout v9" in text, "it is another service's, and says so"


def test_a_deployment_before_the_dependency_is_not_told_to_be_before_what_fell_first() -> None:
    world = World()
    world.goes_down("checkout")
    world.passes(seconds=90)
    shipped = deployment("p3", "payments", ended=timedelta(seconds=-60))
    world.scene = replace(world.scene, deployments=(shipped,))
    world.goes_down("payments")
    (text,) = [page.text for page in world.pages("eve")]
    assert text.startswith("#1 DOWN payments (+1) 03:13: HTTP 503"), "checkout fell at 03:11"
    assert "Last deploy p3 a1b2c3d by Bo, 24 s before payments." in text
    assert "twenty four seconds before payments, by Bo." in voice.page_text(
        world.incident, world.incident.tracks[0], "step", "ana", world.policy, world.now
    )
    world.passes(minutes=3)
    assert "24 s before payments" in world.pages("ana")[-1].text


def test_where_one_team_is_enough_a_team_that_joins_does_not_undo_it() -> None:
    rules = policy()
    either = replace(rules.services["payments"], acknowledge="any_team")
    world = World(replace(rules, services={**rules.services, "payments": either}))
    world.goes_down("payments")
    world.texts("eve", "1")
    world.goes_down("checkout")
    assert world.incident.state is IncidentState.ACKNOWLEDGED
    assert {page.person for page in world.pages()} >= {"ana", "bo"}, "they hear of it all the same"


def test_so_it_stays_when_the_service_it_is_called_by_has_left_the_configuration() -> None:
    names = SEVEN[:6]
    rules = many(*names)
    either = {key: replace(rules.services[key], acknowledge="any_team") for key in names}
    world = World(replace(rules, services={**rules.services, **either}))
    for name in names[:5]:
        world.goes_down(name)
    world.texts("ana", "1")
    left = {key: one for key, one in world.policy.services.items() if key != "s1"}
    world.policy = replace(world.policy, services=left)
    world.goes_down("s6")
    (only,) = open_ones(world)
    assert only.service == "s1"
    assert only.state is IncidentState.ACKNOWLEDGED


def test_a_team_that_joins_takes_no_reminder_from_whoever_has_it() -> None:
    world = World()
    world.goes_down("payments")
    world.texts("eve", "1")
    world.passes(minutes=20)
    world.goes_down("checkout")
    assert world.incident.remind_at == world.now + timedelta(minutes=10)
    world.texts("ana", "1")
    world.texts("bo", "1")
    assert world.incident.remind_at == world.now + timedelta(minutes=30)


def test_what_people_decided_stays_when_the_dependency_takes_over() -> None:
    world = World()
    mine = deployment("v9", "checkout", ended=timedelta(minutes=1))
    theirs = deployment("p3", "payments", ended=timedelta(seconds=20))
    world.scene = replace(world.scene, deployments=(mine, theirs))
    world.goes_down("checkout")
    world.happens(CauseDecided(1, "another", Actor("ana", "slack"), world.now, "v9"))
    before = number(world, 1).link
    world.passes(seconds=60)
    world.goes_down("payments")
    assert number(world, 1).link == before
