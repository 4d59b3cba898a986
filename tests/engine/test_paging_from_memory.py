"""Nothing stops the first page: what happens when an outage cannot be committed, or decided."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.core.events import Actor, Event, OpenedByHand, TimePassed
from bot.core.policy import Window
from bot.emergency import AFTER, TURN_AT_MOST, MemoryPager
from bot.journal import Journal
from bot.ports import Permanent, StoreUnavailable, Transaction
from bot.store import SqlStore
from bot.store.tables import EventRow, table
from tests.engine.poisoned import Poisoned
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

    async def in_turn(self, keys: Sequence[str], since: datetime) -> list[str]:
        if self.away:
            raise StoreUnavailable("it is away")
        return await super().in_turn(keys, since)

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
        self.channels = {"sms": self.sms, "slack": self.slack}
        self.pager = self.another_pager()

    async def goes_down(self, service: str = "checkout", key: str = "e1") -> None:
        """A check says so; the one who tells it keeps it until it is taken."""
        try:
            await self.world.engine.receive(key, down(service, self.world.clock))
        except StoreUnavailable:
            return

    def another_pager(self) -> MemoryPager:
        """That of the process that is started next."""
        return MemoryPager(self.world.engine, lambda: self.channels, self.journal)

    async def passes(self, seconds: float) -> None:
        self.world.clock.forward(seconds)
        await self.pager.tick()

    async def decides_others(self, until: float) -> None:
        """Another process decides an event each second, but never the outage."""
        inbox = table(EventRow)
        for second in range(int(until)):
            self.world.clock.forward(1)
            now = self.world.clock.now()
            await self.store.receive([(f"other{second}", TimePassed(1, now))], now)
            async with self.store.database.transaction() as db:
                others = sa.update(inbox).where(inbox.c.key == f"other{second}")
                await db.execute(others.values(done_at=now))
            await self.pager.tick()

    async def comes_back(self) -> None:
        self.store.away = False
        await self.goes_down()
        await self.world.engine.work()

    def lines(self) -> list[str]:
        return [line for line in self.journal.read_text(encoding="utf-8").splitlines() if line]

    def noted(self) -> dict[tuple[str, str], list[str]]:
        """What the journal says of each (person, channel)."""
        found: dict[tuple[str, str], list[str]] = {}
        for line in map(json.loads, self.lines()):
            found.setdefault((line["person"], line["channel"]), []).append(line["outcome"])
        return found

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
    assert len(night.world.engine.outages) == 0
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
    noted = night.noted()
    assert [noted[call.person, "slack"] for call in night.slack.there] == [["trying", "sent"]] * 2
    assert [noted[call.person, "sms"] for call in night.slack.there] == [["trying", "failed"]] * 2
    await night.comes_back()
    await night.passes(1)
    await night.world.engine.work()
    (told,) = [text for text in await night.timeline() if "from memory" in text]
    assert told.count(" by text") == told.count(" by Slack message") == 1
    assert "Not reached" not in told


async def test_the_journal_is_settled_into_the_incident_and_removed(night: Night) -> None:
    await night.goes_down()
    await night.passes(20)
    assert len(night.lines()) == 8, "one before and one after each send"
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
    whole = night.lines()
    torn = ("", "[]", '{"key": 3}', "\x00\x00", whole[-1][: len(whole[-1]) // 2])
    night.journal.write_text("\n".join([*whole, *torn]), encoding="utf-8")
    await night.goes_down("payments", "e2")
    await night.passes(20)
    found = [event for _, event in Journal(night.journal).read(night.world.clock.now())]
    assert [(it.service, len(it.sent), it.doubtful) for it in found] == [
        ("checkout", 4, ()),
        ("payments", 1, ()),
    ]


async def test_what_a_killed_process_was_sending_is_told_as_doubtful(night: Night) -> None:
    """The texts that had gone are noted, and so are those that were on their way."""
    on_its_way = asyncio.Event()

    async def the_third_never_comes_back() -> None:
        if len(night.sms.calls) == 3:
            on_its_way.set()
        if len(night.sms.calls) >= 3:
            await asyncio.get_running_loop().create_future()

    night.sms.meanwhile = the_third_never_comes_back
    await night.goes_down()
    dying = asyncio.create_task(night.passes(20))
    await on_its_way.wait()
    dying.cancel()
    await asyncio.wait({dying})
    outcomes = sorted(steps[-1] for steps in night.noted().values())
    assert outcomes == ["sent", "sent", "trying", "trying"]
    night.pager = night.another_pager()
    await night.comes_back()
    await night.passes(1)
    await night.world.engine.work()
    (told,) = [text for text in await night.timeline() if "from memory" in text]
    assert "Ana and Ida by text; replies were not recorded." in told
    assert "Cut short, so perhaps sent: Bo and Dee by text." in told


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


async def test_an_outage_that_only_waits_its_turn_is_not_called_a_database_that_is_down(
    night: Night,
) -> None:
    """Slow, but deciding: it is in the inbox, and events are decided right now."""
    night.store.away = False
    await night.goes_down()
    await night.decides_others(until=TURN_AT_MOST.total_seconds() - 1)
    assert night.sms.calls == []
    await night.world.engine.work()
    await night.passes(5)
    assert night.sms.calls == []


async def test_a_turn_that_does_not_come_within_a_minute_is_not_waited_for(night: Night) -> None:
    night.store.away = False
    await night.goes_down()
    await night.decides_others(until=TURN_AT_MOST.total_seconds() + 1)
    assert sorted(call.person for call in night.sms.calls) == ["ana", "bo", "dee", "ida"]
    assert all("is behind: replies not recorded yet" in call.text for call in night.sms.calls)


async def test_an_inbox_that_nobody_decides_is_no_turn(night: Night) -> None:
    night.store.away = False
    await night.goes_down()
    await night.passes(16)
    assert len(night.sms.calls) == 4
    assert all("Midwatch has a fault" in call.text for call in night.sms.calls)


async def test_an_outage_that_a_bug_keeps_from_being_decided_is_paged_from_memory(
    night: Night,
) -> None:
    """The database is well, so nobody is told that it is down; the journal waits for nothing."""
    night.store.away = False
    engine = night.world.engine
    engine.policy = replace(engine.policy, services=Poisoned(engine.policy.services, "checkout"))
    await night.goes_down()
    await engine.work()
    engine.policy = night.world.rules
    await night.passes(16)
    assert len(night.sms.calls) == 4
    assert all("Midwatch has a fault" in call.text for call in night.sms.calls)
    assert not night.journal.exists()
    for _ in range(5):
        await night.passes(60)
    assert len(night.sms.calls) == 4, "once"


async def test_an_outage_that_another_process_took_in_and_cannot_decide_is_paged_here(
    night: Night,
) -> None:
    """It was received by a process that died; this one met the bug."""
    night.store.away = False
    engine = night.world.engine
    await night.store.receive([("e7", down("search", night.world.clock))], night.world.clock.now())
    engine.policy = replace(engine.policy, services=Poisoned(engine.policy.services, "search"))
    await engine.work()
    engine.policy = night.world.rules
    await night.passes(16)
    assert len(night.sms.calls) == 4


async def test_a_poison_event_of_another_kind_holds_up_no_outage(night: Night) -> None:
    night.store.away = False
    engine = night.world.engine
    engine.policy = replace(engine.policy, services=Poisoned(engine.policy.services, "search"))
    bad = OpenedByHand("search", "slow", Actor("ana", "slack"), night.world.clock.now())
    await engine.receive("bad", bad)
    await night.goes_down()
    await engine.work()
    assert len(engine.outages) == 0
    await night.passes(60)
    assert night.sms.calls == []


async def test_many_outages_at_once_are_one_text_that_counts_them(night: Night) -> None:
    for number in range(300):
        await night.goes_down(f"service-{number}", f"e{number}")
    await night.passes(15.1)
    texts = [call.text for call in night.sms.calls if call.person == "ana"]
    assert len(texts) == 1
    assert texts[0].startswith("300 DOWN: service-0 ")
    assert all(re.search(r"\d\d:\d\d and \d+ more\. ", text) for text in texts)
    assert "replies not recorded" in texts[0]
    noted = [line for line in map(json.loads, night.lines()) if line["person"] == "ana"]
    assert len({line["key"] for line in noted if line["outcome"] == "sent"}) == 300


async def test_what_goes_down_next_goes_into_one_more_text_after_twenty_seconds(
    night: Night,
) -> None:
    await night.goes_down("checkout", "e1")
    await night.passes(1)
    await night.goes_down("mail", "e2")
    await night.passes(1)
    await night.goes_down("search", "e3")
    for _ in range(60):
        await night.passes(1)
    texts = [call.text for call in night.sms.calls if call.person == "ana"]
    assert [text[:14] for text in texts] == ["DOWN checkout ", "2 DOWN: mail 0"]


async def test_what_is_recorded_while_it_waits_for_the_next_text_is_not_in_it(night: Night) -> None:
    await night.goes_down("checkout", "e1")
    await night.passes(1)
    await night.goes_down("mail", "e2")
    await night.passes(15)
    night.world.engine.outages.forget("e2")  # decided as always
    for _ in range(30):
        await night.passes(1)
    assert len([call for call in night.sms.calls if call.person == "ana"]) == 1
