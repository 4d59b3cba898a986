"""A script that says how something is: its word is heard at once, whatever the check's interval."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stories.setting import CONFIG
from tests.stories.world import World, world

QUEUE = """  orders:
    teams: [it, development]
    checks: [{heartbeat: queue, period: 5m, grace: 1m}]
"""


@pytest.fixture
async def orders(tmp_path: Path) -> AsyncIterator[World]:
    """A script looks after a queue; its check has every default: 30 s, three failures."""
    async with world(tmp_path, CONFIG + QUEUE) as it:
        await says(it, "ok", "3 waiting")
        await it.passes(seconds=3)
        yield it


async def says(story: World, status: object, message: str) -> None:
    """One run of the script."""
    said = {"status": status, "message": message}
    answer = await story.post("/hooks/heartbeats/queue", said)
    assert answer.is_success, answer.text


async def test_it_warns_fails_is_well_again_and_is_heard_no_more(orders: World) -> None:
    await says(orders, "warning", "4000 waiting")
    await orders.passes(seconds=3)
    assert "it reported a warning: 4000 waiting" in orders.channel()[-1]
    assert orders.phone("ana") == orders.phone("bo") == []

    await says(orders, 2, "nothing moves <b>\x1b[31m\n")
    await orders.passes(seconds=3)
    for who in ("ana", "bo"):
        assert "DOWN orders 03:12: it reported a failure: nothing moves" in orders.phone(who)[0]
        assert "tries" not in orders.phone(who)[0]
    assert await orders.open_incidents() == [1]

    await says(orders, "up", "0 waiting")
    await orders.passes(seconds=3)
    assert await orders.open_incidents() == []
    assert "UP orders" in orders.phone("bo")[-1]

    await orders.passes(minutes=6, step=120)
    await orders.passes(seconds=45, step=15)
    assert "#1 DOWN AGAIN orders" in orders.phone("ana")[-1]
    assert "last called in 6 min ago, due every 5m" in await orders.header()


async def test_one_that_cannot_tell_is_neither_alive_nor_failing(orders: World) -> None:
    for _minute in range(4):
        await says(orders, "unknown", "no route to the broker")
        await orders.passes(minutes=1, step=60)
    assert orders.phone("ana") == []
    (heard,) = await orders.midwatch.store.source_statuses()
    assert heard.error == "queue cannot tell how it is: no route to the broker"
    await says(orders, "unknown", "no route to the broker")
    await orders.passes(minutes=2, step=120)
    await orders.passes(seconds=45, step=15)
    assert "last called in" in orders.phone("ana")[0]


async def test_a_failure_is_heard_after_a_restart_too(orders: World) -> None:
    await orders.stops()
    await says(orders, "fail", "nothing moves")
    await orders.starts()
    await orders.passes(seconds=8, step=2)
    assert "nothing moves" in orders.phone("ana")[0]
