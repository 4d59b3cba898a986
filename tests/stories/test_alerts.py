"""Alerts of others, through the front door: each is a signal of its service, beside its checks."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.house.alertmanager import find_alertmanager, running_alertmanager
from tests.house.machine import MissingError
from tests.stories.world import World

API_DOWN = {"alertname": "ApiDown", "service": "checkout", "severity": "critical"}
Asgi = Callable[..., Awaitable[None]]


class Deliveries:
    """Counts what is posted to a hook, as soon as it was answered."""

    def __init__(self, app: Asgi) -> None:
        self.app, self.count, self.seen, self.more = app, 0, 0, asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)
        if scope.get("path") == "/hooks/alertmanager":
            self.count += 1
            self.more.set()

    async def some(self) -> None:
        """There were some since this was asked last; the last of all may have come already."""
        await self._reach(self.seen + 1)

    async def further(self, count: int) -> None:
        """So many more come from now on."""
        await self._reach(self.count + count)

    async def _reach(self, wanted: int) -> None:
        async with asyncio.timeout(20):
            while self.count < wanted:
                self.more.clear()
                await self.more.wait()
        self.seen = self.count


async def until(story: World, deliveries: Deliveries, firing: set[str]) -> None:
    """Deliveries come until these alerts fire; the clock goes on between them."""
    while {
        it.detail for it in await story.midwatch.store.signals() if it.level == "down"
    } != firing:
        await deliveries.some()
        story.clock.forward(1)
        await story.settle()


async def everything(story: World) -> list[object]:
    """What anybody was told, and what is written down."""
    phones = [story.phone(who) for who in ("ana", "bo", "eve")]
    return [phones, story.channel(), await story.replies(), await story.audited()]


async def test_a_real_alertmanager_fires_repeats_and_resolves(story: World, tmp_path: Path) -> None:
    try:
        program = find_alertmanager()
    except MissingError as missing:
        pytest.skip(str(missing))
    await story.deploys(ago=6)
    door, token = story.installed.door, story.installed.env["HOOK_TOKEN"]
    deliveries = door.app = Deliveries(door.app)  # type: ignore[assignment]
    url = f"{story.url}/hooks/alertmanager"
    words = "ApiDown: API <is> down & out"
    async with running_alertmanager(program, tmp_path, url, token) as alertmanager:
        await alertmanager.hears(API_DOWN)
        await until(story, deliveries, {words})
        for who in ("ana", "bo"):
            (text,) = story.phone(who)
            assert text.startswith(f"#1 DOWN checkout 03:12: {words}. ")
            assert "v1.42" in text
        assert "ApiDown: API &lt;is&gt; down &amp; out" in await story.header()
        await story.passes(seconds=4)

        before, ends = await everything(story), await _ends(story)
        await deliveries.further(2)
        story.clock.forward(60)
        await deliveries.further(2)
        await story.settle()
        assert await everything(story) == before, "a repeat is harmless"
        assert await _ends(story) > ends, "and renews the time-out"

        other = API_DOWN | {"instance": "b"}
        await alertmanager.hears(other)
        while len(await _firing(story)) < 2:
            await deliveries.some()
            await story.settle()
        await alertmanager.hears(API_DOWN, ended=datetime.now(UTC))
        while len(await _firing(story)) > 1:
            await deliveries.some()
            await story.settle()
        assert await story.open_incidents() == [1], "the other one fires on"
        await alertmanager.hears(other, ended=datetime.now(UTC))
        await until(story, deliveries, set())
    assert await story.open_incidents() == []
    assert "ApiDown is over." in story.phone("ana")[-1]
    assert len(story.phone("ana")) == 2


async def _firing(story: World) -> list[str]:
    return [it.name for it in await story.midwatch.store.signals() if it.level == "down"]


async def _ends(story: World) -> datetime:
    (found,) = [it.expires_at for it in await story.midwatch.store.signals() if it.expires_at]
    return found


async def test_any_program_tells_of_an_alert_and_never_of_its_end(story: World) -> None:
    body = {"service": "Checkout", "alert": "QueueFull", "status": "firing", "expires": "30m"}
    body["url"] = "https://queue.example.com/?a=1&b=<2>"
    answer = await story.post("/hooks/alerts", [body, body | {"service": "chekout"}])
    note = "unknown service 'chekout'; did you mean 'checkout'? (QueueFull)"
    assert answer.json() == {"alerts": 1, "note": note}
    await story.settle()
    assert "QueueFull" in story.phone("ana")[0]
    statuses = await story.midwatch.store.source_statuses()
    assert [(it.name, it.error) for it in statuses] == [("alerts", note)]
    async with story.signed_in("ana") as browser:
        page = (await browser.get("/incidents/1")).text
    link = '<a href="https://queue.example.com/?a=1&amp;b=&lt;2&gt;" rel="noreferrer">alert</a>'
    assert f"QueueFull · {link}" in page
    await story.passes(minutes=30.2, step=910)
    assert await story.open_incidents() == []
    words = "QueueFull has not been repeated for 30 min and was never resolved: taken as over."
    assert words in story.phone("ana")[-1]
    assert words in (await story.replies())[-1]
