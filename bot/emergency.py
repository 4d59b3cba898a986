"""Nothing stops the first page: paging from memory while an outage cannot be recorded.

When a new outage has waited for its transaction for 15 s, the on-call of every team of the
service is paged from the policy in memory, and each send is noted in a local journal
(`bot.journal`). Once the outage is decided as always (two texts are better than none), or the
database commits again, the journal is settled into the audit log.

An outage that only waits its turn is not paged so: it is in the inbox, and events are being
decided right now. That is trusted for a minute, not longer.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.core import recipients
from bot.core.events import Unrecorded
from bot.core.policy import Policy
from bot.core.quiet import quiet_until
from bot.core.wording import from_memory, texts, voice
from bot.engine import Engine
from bot.journal import Journal, Line, Outcome
from bot.ports import Channel, DeliveryError, StoreUnavailable

log = structlog.get_logger(__name__)

AFTER = timedelta(seconds=15)
TURN_AT_MOST = timedelta(seconds=60)
"""An outage that waits its turn this long is paged from memory after all."""
DECIDING = timedelta(seconds=5)
"""Events are being decided if one was this lately."""
TOGETHER_SECONDS = 20.0
"""A person's next outages wait this long after a text, and then go together, in one."""
SEND_WITHIN_SECONDS = 20.0
ASK_WITHIN_SECONDS = 2.0


class MemoryPager:
    """Watches the engine's undecided outages and pages when one waits too long."""

    def __init__(
        self, engine: Engine, channels: Callable[[], Mapping[str, Channel]], journal: Path
    ) -> None:
        self.engine, self.channels, self.journal = engine, channels, Journal(journal)
        self._paged: dict[str, Unrecorded] = {}
        self._waiting_for: dict[str, list[str]] = {}
        self._texted_at: dict[str, float] = {}

    async def tick(self) -> None:
        """Page for outages that have waited; settle the journal when the database is back."""
        await self._page_overdue()
        if self.journal.path.exists() and not self._awaited():
            await self.settle()

    def _awaited(self) -> list[str]:
        """Outages whose incident is still to come: what a fault of ours holds up may never have
        one, and its journal waits for nothing.
        """
        return [key for key in self.engine.outages if self._paged.get(key) != "fault"]

    async def _page_overdue(self) -> None:
        overdue = self._waiting(AFTER)
        unrecorded = await self._unrecorded(overdue)
        for key in set(overdue) - set(unrecorded):
            self.engine.outages.forget(key)
        late = set(self._waiting(TURN_AT_MOST))
        due = {
            key: why
            for key, why in unrecorded.items()
            if key in self.engine.outages and (why != "behind" or key in late) and self._wanted(key)
        }
        self._paged.update(due)
        for key, why in due.items():
            self._call(key, why)
        # All at once: one provider that hangs must not make the next service's people wait.
        now = self.engine.clock.now()
        await asyncio.gather(*(self._reach(person, keys, now) for person, keys in self._ready()))

    def _waiting(self, at_least: timedelta) -> list[str]:
        """Keys of the outages that have been undecided for so long."""
        return self.engine.outages.waiting(at_least.total_seconds())

    def _wanted(self, key: str) -> bool:
        """Once for each outage, and not while a window was planned (silences nobody can read).

        Whoever knows that a service is down need not hear of each further alert of it.
        """
        service, engine = self._service(key), self.engine
        planned = quiet_until(service, (), engine.policy.windows, engine.clock.now())
        paged = {self._service(known) for known in self._paged if known in engine.outages}
        return key not in self._paged and service not in paged and planned is None

    def _service(self, key: str) -> str:
        return self.engine.outages.event(key).service

    async def _unrecorded(self, keys: list[str]) -> dict[str, Unrecorded]:
        """Those that nobody has decided, another replica neither, and why not.

        A database that cannot say has decided none.
        """
        if not keys:
            return {}
        store, since = self.engine.store, self.engine.clock.now() - DECIDING
        try:
            async with asyncio.timeout(ASK_WITHIN_SECONDS):
                undecided = await store.undecided(keys)
                in_turn = await store.in_turn(undecided, since)
                await self.engine.look_up_alerts()
        except (StoreUnavailable, TimeoutError):
            return dict.fromkeys(keys, "database")
        why: Unrecorded = "database" if self.engine.cannot_commit else "fault"
        return {key: "behind" if key in in_turn else why for key in undecided}

    def _call(self, key: str, why: Unrecorded) -> None:
        """Everybody who is to hear of it, and whoever hears of others just now."""
        service, policy = self._service(key), self.engine.policy
        people = people_to_page(policy, service, self.engine.clock.now())
        log.error("paging_from_memory", service=service, people=len(people), why=why)
        for person in people:
            self._waiting_for.setdefault(person, []).append(key)

    def _ready(self) -> list[tuple[str, list[str]]]:
        """The people to text now, and of which outages: those that still are not recorded."""
        now, ready = self.engine.clock.monotonic(), []
        for person, keys in list(self._waiting_for.items()):
            if now - self._texted_at.get(person, -TOGETHER_SECONDS) < TOGETHER_SECONDS:
                continue
            del self._waiting_for[person]
            waiting = [key for key in keys if key in self.engine.outages]
            if waiting and person in self.engine.policy.people:
                self._texted_at[person] = now
                ready.append((person, waiting))
        return ready

    async def _reach(self, person: str, waiting: list[str], now: datetime) -> None:
        """By the person's own channels, in their order, until one takes it.

        `now` is the same for everybody who is paged of an outage: so it is told in one sentence.
        """
        policy = self.engine.policy
        keys = [key for key in waiting if key in self.engine.outages]
        outages = [self.engine.outages.event(key) for key in keys]
        if not outages:
            return
        lines = [
            Line(key, event.service, self._paged[key], now.isoformat(), person, "")
            for key, event in zip(keys, outages, strict=True)
        ]
        zone = texts.zone_of(person, policy)
        # Three hundred alerts of one service are one service that is down.
        services = {event.service: event for event in reversed(outages)}
        told = [*reversed(services.values())]
        for name in policy.people[person].channels:
            channel = self.channels().get(name)
            if channel is None:
                continue
            wording = voice.from_memory if name == "call" else from_memory.page
            text = wording(told, zone, lines[0].why)
            tried = [replace(line, channel=name) for line in lines]
            self.journal.note(*tried)
            went = await _send(channel, f"memory-{outages[0].service}-{person}", person, text)
            outcome: Outcome = "sent" if went else "failed"
            self.journal.note(*(replace(line, outcome=outcome) for line in tried))
            if went:
                return
        self.journal.note(*(replace(line, outcome="failed") for line in lines))

    async def settle(self) -> int:
        """Put the journal into the inbox and remove it. Returns how many outages it told of."""
        try:
            events = self.journal.read(self.engine.clock.now())
            await self.engine.receive_all(events)
            self.journal.path.unlink()
        except StoreUnavailable:
            return 0
        except OSError:
            log.exception("journal_not_read")
            return 0
        self._paged = {key: why for key, why in self._paged.items() if key in self.engine.outages}
        return len(events)


async def _send(channel: Channel, key: str, person: str, text: str) -> bool:
    """Whether the channel has taken it. Never raises."""
    try:
        async with asyncio.timeout(SEND_WITHIN_SECONDS):
            await channel.send(key, person, text)
    except (DeliveryError, TimeoutError) as error:
        log.warning("memory_page_failed", person=person, channel=channel.name, error=str(error))
        return False
    except Exception:
        # A bug in one channel must stop neither the next one nor the other people's.
        log.exception("memory_page_failed", person=person, channel=channel.name)
        return False
    return True


def people_to_page(policy: Policy, service: str, now: datetime) -> list[str]:
    """The on-call of every team of the service, each once; of every team if it is unknown."""
    known = policy.services.get(service)
    teams = known.teams if known else tuple(policy.teams)
    people = [
        person
        for team in teams
        if team in policy.teams
        for person in recipients.on_call(policy.teams[team], policy, now)
    ]
    return list(dict.fromkeys(people))
