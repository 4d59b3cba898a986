"""Pushes, and the questions that other parts ask of single rows."""

from datetime import timedelta

import pytest

from bot.core.deployment import Commit
from bot.core.page import PageState
from bot.core.pushes import Push
from bot.core.scene import Decision, Need
from bot.store import SqlStore
from tests.store.world import LEASE, NOW, claim_due, events, find_page, save, scene, send_page

COMMITS = (Commit("abc1234", "fix: \x00 it", "Ana", NOW, None, ("a.py",)), Commit("def5678"))


async def test_pushes_of_a_repository_come_back_newest_first(store: SqlStore) -> None:
    first = Push("Acme/Shop", "0000000", "def5678", COMMITS)
    second = Push("acme/shop", "def5678", "9999999", ())
    await save(store, Decision(pushes=(first,)))
    await save(store, Decision(pushes=(second, first)), NOW + timedelta(seconds=1))
    found = (await scene(store, Need(repository="ACME/shop"))).pushes
    assert [(it.before, it.after) for it in found] == [
        ("def5678", "9999999"),
        ("0000000", "def5678"),
    ]
    assert [it.sha for it in found[1].commits] == ["abc1234", "def5678"]
    assert found[1].commits[0].files == ("a.py",)
    assert (await scene(store)).pushes == ()


async def test_a_page_can_be_asked_for_by_its_key(store: SqlStore) -> None:
    one = await send_page(store, number=0, key="test-1")
    assert await store.page("test-1") == one
    assert await store.page("unknown") is None


async def test_an_event_and_the_streak_it_comes_from_are_kept_together(store: SqlStore) -> None:
    assert await store.receive(events("e"), NOW, streak=("checkout/http", "{}")) == 1
    assert await store.streaks() == {"checkout/http": "{}"}


@pytest.mark.parametrize(("kind", "stalled"), [("sqlite", 1), ("postgresql", 0)])
async def test_only_the_one_process_of_a_file_may_end_the_leases_of_the_dead(
    store: SqlStore, stalled: int
) -> None:
    await send_page(store)
    (mine,) = await claim_due(store)
    assert await store.abandon_leases(NOW + LEASE / 2) == stalled
    assert len(await store.stalled_deliveries(NOW + LEASE / 2, 9)) == stalled
    assert (await find_page(store, mine.key)).state is PageState.SENDING
