"""Small things that survive a restart."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.ports import Call, SourceStatus
from bot.store import SqlStore
from tests.store.world import NOW, minutes

Open = Callable[[], SqlStore]
SECOND = timedelta(seconds=1)


async def test_a_streak_is_replaced(store: SqlStore) -> None:
    await store.save_streak("checkout/http", "{}", NOW)
    await store.save_streak("checkout/http", '{"bad": 1}', NOW)
    await store.save_streak("mail/tcp", "{}", NOW)
    assert await store.streaks() == {"checkout/http": '{"bad": 1}', "mail/tcp": "{}"}


async def test_a_heartbeat_that_never_called_is_known_from_the_first_question_on(
    store: SqlStore,
) -> None:
    assert await store.heartbeats(["backup"], NOW) == {"backup": Call("backup", NOW)}
    assert await store.heartbeats(["backup"], NOW + minutes(5)) == {"backup": Call("backup", NOW)}
    assert await store.heartbeats([], NOW) == {}


async def test_a_late_call_of_a_heartbeat_does_not_go_back(store: SqlStore) -> None:
    await store.beat("backup", "start", NOW, "")
    await store.beat("backup", "ok", NOW + minutes(2), "fine\x00")
    await store.beat("backup", "ok", NOW + minutes(1), "late")
    await store.beat("backup", "warn", NOW + minutes(3), "slow")
    await store.beat("backup", "fail", NOW + minutes(3), "disk")
    await store.beat("backup", "start", NOW + minutes(4), "what it says now is no result")
    expected = Call(
        "backup",
        NOW,
        ok_at=NOW + minutes(2),
        start_at=NOW + minutes(4),
        fail_at=NOW + minutes(3),
        message="disk",
        warn_at=NOW + minutes(3),
    )
    assert await store.heartbeats(["backup"], NOW) == {"backup": expected}
    with pytest.raises(ValueError, match="ok, start, fail or warn"):
        await store.beat("backup", "explode", NOW, "")


async def test_a_source_remembers_its_cursor_and_its_trouble(store: SqlStore) -> None:
    await store.note_source("github", NOW, cursor="c1")
    await store.note_source("github", NOW + SECOND, error="401")
    assert await store.source_statuses() == [SourceStatus("github", NOW, NOW + SECOND, "401", "c1")]
    await store.note_source("github", NOW + 2 * SECOND)
    assert (await store.source_statuses())[0].error == "401", "what was wrong is not forgotten"
    await store.note_source("github", NOW + 2 * SECOND, error="")
    assert await store.source_statuses() == [
        SourceStatus("github", NOW + 2 * SECOND, NOW + SECOND, None, "c1")
    ]


async def test_a_link_works_once_and_not_after_its_time(store: SqlStore, opened: Open) -> None:
    until = NOW + minutes(10)
    tries = [own.use_once("n1", until, NOW) for own in (store, opened(), opened())]
    assert sorted(await asyncio.gather(*tries)) == [False, False, True]
    assert [await it.used("n1") for it in (store, opened())] == [True, True]
    assert not await store.used("n2")
    assert not await store.use_once("n2", until, until)
    await store.roll_up(until + SECOND)
    assert not await store.use_once("n1", until, until + SECOND)


async def test_a_lease_has_one_owner_and_a_token_that_only_grows(store: SqlStore) -> None:
    lasts = timedelta(seconds=10)
    assert await store.lease("shard-1", "a", NOW, lasts) == 1
    assert await store.lease("shard-1", "b", NOW + 9 * SECOND, lasts) is None
    assert await store.lease("shard-1", "a", NOW + 9 * SECOND, lasts) == 1
    assert await store.lease("shard-1", "b", NOW + 18 * SECOND, lasts) is None
    assert await store.lease("shard-1", "b", NOW + 19 * SECOND, lasts) == 2
    assert await store.lease("shard-1", "a", NOW + 20 * SECOND, lasts) is None
    assert await store.lease("shard-2", "a", NOW, lasts) == 1


async def test_a_lease_is_won_by_one_of_many(store: SqlStore, opened: Open) -> None:
    tries = [opened().lease("x", f"owner-{n}", NOW, minutes(1)) for n in range(6)]
    won = [token for token in await asyncio.gather(*tries) if token is not None]
    assert won == [1]


async def test_it_answers(store: SqlStore) -> None:
    await store.ping()
