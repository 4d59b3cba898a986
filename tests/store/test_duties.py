"""What is remembered of duties: who had them, when it was looked, which week ahead was told."""

from datetime import timedelta

from bot.core.held import Held
from bot.core.overrides import TeamOverride
from bot.core.scene import Decision, Need
from bot.store import SqlStore
from tests.store.world import NOW, minutes, save, scene


async def test_a_duty_comes_back_as_it_was_seen_and_the_next_takes_its_place(
    store: SqlStore,
) -> None:
    assert await store.duties() == ([], None)
    one = Held("it", ("ana", "ida"), (), NOW, "a1b2")
    await save(store, Decision(duties=(one,), duty_seen=NOW))
    two = Held("it", (), ("ana", "ida"), NOW + minutes(1), "a1b2")
    await save(store, Decision(duties=(two,), duty_seen=NOW + minutes(1)))
    await save(store, Decision())
    assert await store.duties() == ([two], NOW + minutes(1))
    asked = await scene(store, Need(duties=True))
    assert (asked.duties, asked.duty_seen) == ((two,), NOW + minutes(1))
    assert (await scene(store, Need())).duties == ()


async def test_which_week_was_told_is_known_until_it_is_forgotten(store: SqlStore) -> None:
    await save(store, Decision(told_ahead={"a1": NOW}))
    await save(store, Decision(told_ahead={"b2": NOW + minutes(1), "a1": None}))
    assert (await scene(store)).told_ahead == {"b2": NOW + minutes(1)}


async def test_who_stood_in_this_week_is_known_apart_from_who_stands_in(store: SqlStore) -> None:
    now = TeamOverride(1, "it", "ida", NOW, NOW + minutes(9), "ana", NOW)
    over = TeamOverride(2, "it", "bo", NOW - minutes(9), NOW, "ana", NOW)
    old = TeamOverride(3, "it", "bo", NOW, NOW - timedelta(days=8), "ana", NOW)
    await save(store, Decision(overrides=(now, over, old)))
    found = await scene(store)
    assert (found.overrides, found.past_overrides) == ((now,), (over,))
