"""What is silenced or flaps keeps nobody from being paged for what becomes one incident with it."""

from dataclasses import replace

from bot.core.events import LookedAgain
from bot.core.page import PageState
from tests.core.stormy import SEVEN, many, open_ones
from tests.core.world import World, policy


def test_what_is_down_out_loud_is_paged_although_what_it_joins_is_silenced() -> None:
    rules = policy()
    search = replace(rules.services["search"], depends_on=("payments",), teams=("payments_team",))
    world = World(replace(rules, services={**rules.services, "search": search}))
    world.goes_down("payments")
    world.sends(*world.pages())
    world.texts("eve", "1 ok 30m")
    world.passes(minutes=4)
    assert len(world.pages("eve")) == 1
    world.goes_down("search")
    assert [page.created_at for page in world.pages("eve")[1:]] == [world.now]


def test_a_dependency_that_takes_over_a_silenced_one_is_paged() -> None:
    rules = policy()
    payments = replace(rules.services["payments"], teams=("it",))
    world = World(replace(rules, services={**rules.services, "payments": payments}))
    world.goes_down("checkout")
    world.sends(*world.pages())
    world.texts("ana", "1 ok 30m")
    world.passes(seconds=60)
    world.goes_down("payments")
    fresh = [page for page in world.pages("ana") if page.created_at == world.now]
    assert [page.incident for page in fresh] == [1]


def test_a_storm_does_not_wait_for_the_flapping_one_among_it() -> None:
    world = World(many(*SEVEN))
    for _ in range(4):
        world.goes_down("s1")
        world.passes(seconds=70)
        world.comes_up("s1")
        world.passes(seconds=70)
    world.goes_down("s1")
    world.sends(*(page for page in world.pages() if page.waiting))
    before = len(world.pages("ana"))
    for name in SEVEN[1:6]:
        world.goes_down(name)
    (only,) = open_ones(world)
    fresh = [it for it in world.pages("ana")[before:] if it.state is not PageState.CANCELLED]
    assert [(page.incident, page.due_at) for page in fresh] == [(only.number, world.now)]


def test_what_was_silenced_in_a_storm_belongs_to_it_when_its_silence_ends() -> None:
    world = World(many(*SEVEN))
    world.silence("s7", minutes=30)
    for name in (*SEVEN[:3], "s7", *SEVEN[3:6]):
        world.goes_down(name)
    assert [part.service for part in open_ones(world)[0].services] == list(SEVEN[:6])
    assert world.pages("eve") == []
    world.texts("ana", "1")
    world.texts("bo", "1")
    world.passes(minutes=31)
    world.happens(LookedAgain(("s7",), world.now, "the silence is over"))
    (only,) = open_ones(world)
    assert only.affects("s7")
    assert [page.created_at for page in world.pages("eve")] == [world.now]
    assert world.light_of(1, "it") == "acknowledged by ana"


def test_what_goes_down_long_after_a_storm_that_is_still_open_is_none_of_it() -> None:
    world = World(many(*SEVEN))
    for name in SEVEN[:6]:
        world.goes_down(name)
    world.passes(minutes=2)
    world.goes_down("s7")
    assert [incident.service for incident in open_ones(world)] == ["s1", "s7"]


def test_a_storm_in_which_they_keep_falling_comes_to_an_end() -> None:
    names = tuple(f"s{n}" for n in range(1, 32))
    world = World(many(*names))
    for name in names[:6]:
        world.goes_down(name)
    world.texts("ana", "1")
    for name in names[6:-1]:
        world.passes(seconds=50)
        world.goes_down(name)
    first, *later = open_ones(world)
    assert (len(first.services), [it.service for it in later][:1]) == (24, ["s25"])
    assert [page.created_at for page in world.pages("ana") if page.incident == later[-1].number][
        :1
    ] == [world.now], "Ana has the storm, and is paged for what came so much later"


def test_what_of_a_storm_goes_down_again_while_it_is_open_belongs_to_it() -> None:
    world = World(many(*SEVEN))
    for name in SEVEN[:6]:
        world.goes_down(name)
    world.comes_up("s2")
    world.passes(minutes=20)
    world.goes_down("s2")
    (only,) = open_ones(world)
    assert only.down() == SEVEN[:6]


def test_what_goes_down_again_is_paged_although_the_rest_of_its_incident_is_silenced() -> None:
    world = World()
    world.goes_down("payments")
    world.goes_down("checkout")
    world.comes_up("checkout")
    world.silence("payments", minutes=30)
    world.passes(minutes=6)
    before = len(world.pages("ana"))
    world.goes_down("checkout")
    assert [page.created_at for page in world.pages("ana")[before:]] == [world.now]
    assert len(world.pages("eve")) == 1


def test_a_silence_by_the_number_of_a_merged_one_ends_with_the_one_that_remains() -> None:
    world = World()
    world.goes_down("checkout")
    world.passes(seconds=90)
    world.goes_down("search")
    world.texts("ana", "2 ok 30m")
    rules = world.policy
    search = replace(rules.services["search"], depends_on=("payments",))
    world.policy = replace(rules, services={**rules.services, "search": search})
    world.goes_down("payments")
    assert [it.merged_into for it in world.scene.incidents] == [None, 1]
    for name in ("checkout", "search", "payments"):
        world.comes_up(name)
    assert not open_ones(world)
    world.goes_down("search")
    assert open_ones(world), "nothing is quiet any more"


def flapping_beside() -> World:
    """payments and checkout were down together; since then payments has been flapping for 45 min,
    and checkout has been up.
    """
    world = World()
    world.goes_down("payments")
    world.goes_down("checkout")
    world.passes(minutes=2)
    world.comes_up("checkout")
    world.comes_up("payments")
    for _ in range(9):
        world.passes(minutes=4)
        world.goes_down("payments")
        world.passes(minutes=1)
        world.comes_up("payments")
    world.passes(minutes=4)
    return world


def test_what_was_up_all_the_time_is_paged_at_once_however_the_other_one_flaps() -> None:
    world = flapping_beside()
    world.goes_down("checkout")
    assert [it.created_at for it in world.pages("ana")][-1] == world.now
    assert (world.incident.number, world.incident.reopened) == (2, 0)


def test_so_it_is_while_the_flapping_one_is_down_again() -> None:
    world = flapping_beside()
    world.goes_down("payments")
    assert [it.created_at for it in world.pages("ana")][-1] != world.now
    world.passes(seconds=30)
    world.goes_down("checkout")
    assert [it.created_at for it in world.pages("ana")][-1] == world.now
    assert world.incident.number == 1
