"""Nothing stops the first page: what happens when an outage cannot be committed, or decided."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.core.events import Event
from bot.core.policy import Window
from bot.emergency import AFTER, MemoryPager
from bot.ports import Permanent, StoreUnavailable, Transaction
from bot.store import SqlStore
from tests.engine.ports import RecordingChannel
from tests.engine.world import World, down


class Away(SqlStore):
    """A database that can be switched off."""

    away = True

    async def receive(
        self,
        events: Sequence[tuple[str, Event]],
        now: datetime,
        *,
        streak: tuple[str, str] | None = None,
    ) -> int:
        if self.away:
            raise StoreUnavailable("it is away")
        return await super().receive(events, now, streak=streak)

    async def undecided(self, keys: Sequence[str]) -> list[str]:
        if self.away:
            raise StoreUnavailable("it is away")
        return await super().undecided(keys)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        if self.away:
            raise StoreUnavailable("it is away")
        async with super().transaction() as tx:
            yield tx


class Night:
    """A world whose database is away, and the pager that does without."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.sms, self.slack = world, world.sms, RecordingChannel("slack")
        self.store = Away(world.store.database, world.clock)
        world.engine.store = self.store
        self.journal = folder / "journal.jsonl"
        channels = {"sms": self.sms, "slack": self.slack}
        self.pager = MemoryPager(world.engine, lambda: channels, self.journal)

    async def goes_down(self, service: str = "checkout", key: str = "e1") -> None:
        """A check says so; the one who tells it keeps it until it is taken."""
        try:
            await self.world.engine.receive(key, down(service, self.world.clock))
        except StoreUnavailable:
            return

    async def passes(self, seconds: float) -> None:
        self.world.clock.forward(seconds)
        await self.pager.tick()

    async def comes_back(self) -> None:
        self.store.away = False
        await self.goes_down()
        await self.world.engine.work()

    def lines(self) -> list[str]:
        return self.journal.read_text(encoding="utf-8").splitlines()

    async def timeline(self) -> list[str]:
        view = await self.world.store.incident(1)
        return [entry.text for entry in view.timeline] if view else []


@pytest.fixture
def night(world: World, tmp_path: Path) -> Night:
    return Night(world, tmp_path)


async def test_nobody_is_paged_from_memory_before_fifteen_seconds(night: Night) -> None:
    await night.goes_down()
    await night.passes(AFTER.total_seconds() - 0.1)
    assert night.sms.calls == []
    await night.passes(0.2)
    assert sorted(call.person for call in night.sms.calls) == ["ana", "bo", "dee", "ida"]
    assert all("replies not recorded" in call.text for call in night.sms.calls)


async def test_each_outage_is_paged_once(night: Night) -> None:
    await night.goes_down()
    await night.goes_down("payments", "e2")
    for _ in range(20):
        await night.passes(10)
    assert sorted(call.person for call in night.sms.calls) == ["ana", "bo", "dee", "eve", "ida"]


async def test_an_outage_that_was_decided_in_time_is_not_paged_from_memory(night: Night) -> None:
    night.store.away = False
    await night.goes_down()
    await night.world.engine.work()
    await night.passes(60)
    assert night.sms.calls == []


async def test_an_outage_that_another_process_decided_is_not_paged_from_memory(
    night: Night,
) -> None:
    night.store.away = False
    await night.goes_down()
    other = night.world.another()
    await other.engine.work()
    await night.passes(60)
    assert night.sms.calls == []
    assert night.world.engine.outages == {}
    await other.store.close()


async def test_the_journal_is_settled_although_another_process_decided_the_outage(
    night: Night,
) -> None:
    """Here it was paged from memory; the decision fell elsewhere once the database was back."""
    await night.goes_down()
    await night.passes(20)
    night.store.away = False
    await night.store.receive(
        [("e1", down("checkout", night.world.clock))], night.world.clock.now()
    )
    other = night.world.another()
    await other.engine.work()
    await night.passes(1)
    assert not night.journal.exists()
    await night.world.engine.work()
    assert any("from memory" in text.lower() for text in await night.timeline())
    await other.store.close()


async def test_a_person_who_cannot_be_texted_gets_the_next_channel(night: Night) -> None:
    night.sms.script = [Permanent("opted out"), ZeroDivisionError("a bug of ours")]
    await night.goes_down()
    await night.passes(20)
    reached = [call.person for call in [*night.sms.there, *night.slack.there]]
    assert sorted(reached) == ["ana", "bo", "dee", "ida"]
    assert len(night.slack.there) == 2
    (line,) = night.lines()
    assert (sorted(json.loads(line)["people"]), json.loads(line)["failed"]) == (sorted(reached), [])


async def test_the_journal_is_settled_into_the_incident_and_removed(night: Night) -> None:
    await night.goes_down()
    await night.passes(20)
    assert len(night.lines()) == 1
    await night.passes(1)
    assert night.journal.exists(), "the database is still away"
    await night.comes_back()
    await night.passes(1)
    assert not night.journal.exists()
    await night.world.engine.work()
    assert any("from memory" in text.lower() for text in await night.timeline())
    assert len(night.sms.calls) == 4


async def test_a_line_that_a_crash_cut_short_costs_only_itself(night: Night) -> None:
    await night.goes_down()
    await night.passes(20)
    whole = night.lines()[0]
    torn = ("", whole[: len(whole) // 2], "[]", '{"key": 3}', "\x00\x00")
    night.journal.write_text("\n".join([whole, *torn]), encoding="utf-8")
    await night.comes_back()
    await night.passes(1)
    assert not night.journal.exists()
    await night.world.engine.work()
    told = [text for text in await night.timeline() if "from memory" in text.lower()]
    assert len(told) == 1


async def test_a_journal_that_is_settled_twice_says_it_once(night: Night) -> None:
    """The process died between committing it and removing it."""
    await night.goes_down()
    await night.passes(20)
    left = night.journal.read_text(encoding="utf-8")
    await night.comes_back()
    for _ in range(2):
        night.journal.write_text(left, encoding="utf-8")
        await night.passes(1)
        await night.world.engine.work()
    told = [text for text in await night.timeline() if "from memory" in text.lower()]
    assert len(told) == 1


async def test_a_full_disk_stops_no_page(night: Night) -> None:
    night.journal.mkdir()
    await night.goes_down()
    await night.passes(20)
    assert len(night.sms.calls) == 4


async def test_a_service_that_left_the_configuration_is_everybodys(night: Night) -> None:
    await night.goes_down("gone")
    await night.passes(20)
    assert sorted(call.person for call in night.sms.calls) == ["ana", "bo", "dee", "eve", "ida"]


async def test_the_next_outage_is_paged_from_memory_again(night: Night) -> None:
    await night.goes_down()
    await night.passes(20)
    await night.comes_back()
    await night.passes(1)
    night.store.away = True
    later = replace(down("payments", night.world.clock), signal="login")
    with pytest.raises(StoreUnavailable):
        await night.world.engine.receive("e9", later)
    await night.passes(20)
    assert [call.person for call in night.sms.calls][4:] == ["eve"]


async def test_in_a_planned_window_nobody_is_paged_from_memory_until_it_ends(night: Night) -> None:
    now = night.world.clock.now()
    planned = Window(now, now + timedelta(minutes=10), frozenset({"checkout"}))
    night.world.engine.policy = replace(night.world.rules, windows=(planned,))
    await night.goes_down()
    for _ in range(9):
        await night.passes(60)
    assert night.sms.calls == []
    await night.passes(61)
    assert len(night.sms.calls) == 4


async def test_a_provider_that_hangs_makes_no_other_service_wait(night: Night) -> None:
    started: list[str] = []
    both = asyncio.Event()

    async def hangs_until_both_are_tried() -> None:
        started.append(night.sms.calls[-1].text.split()[1])
        if len(set(started)) == 2:
            both.set()
        async with asyncio.timeout(2):
            await both.wait()

    night.sms.meanwhile = hangs_until_both_are_tried
    await night.goes_down("checkout", "e1")
    await night.goes_down("payments", "e2")
    await night.passes(16)
    assert len(night.sms.calls) == 5
    assert night.slack.calls == [], "no text was given up"
