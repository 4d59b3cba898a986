"""Nothing stops the first page: paging from memory while the database cannot commit.

When a new outage has waited for its transaction for 15 s, the on-call of every team of the
service is paged from the policy in memory, and each send is noted in a local journal (JSON lines).
Once the database answers again the outage is decided as always (two texts are better than
none) and the journal is settled into the audit log.
"""

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.core import recipients
from bot.core.events import Event, PagedFromMemory, SignalReported
from bot.core.policy import Policy
from bot.core.quiet import quiet_until
from bot.core.wording import texts
from bot.engine import Engine
from bot.ports import Channel, DeliveryError, StoreUnavailable

log = structlog.get_logger(__name__)

AFTER = timedelta(seconds=15)
SEND_WITHIN_SECONDS = 20.0
ASK_WITHIN_SECONDS = 2.0


class MemoryPager:
    """Watches the engine's undecided outages and pages when one waits too long."""

    def __init__(
        self, engine: Engine, channels: Callable[[], Mapping[str, Channel]], journal: Path
    ) -> None:
        self.engine, self.channels, self.journal = engine, channels, journal
        self._paged: set[str] = set()

    async def tick(self) -> None:
        """Page for outages that have waited; settle the journal when the database is back."""
        await self._page_overdue()
        if self.journal.exists() and not self.engine.outages:
            await self.settle()

    async def _page_overdue(self) -> None:
        now = self.engine.clock.monotonic()
        overdue = [
            key
            for key, (_event, since) in self.engine.outages.items()
            if now - since >= AFTER.total_seconds()
        ]
        undecided = await self._undecided(overdue)
        for key in set(overdue) - set(undecided):
            self.engine.outages.pop(key, None)
        waiting = [key for key in undecided if key in self.engine.outages and self._wanted(key)]
        self._paged.update(waiting)
        # All at once: one provider that hangs must not make the next service's people wait.
        await asyncio.gather(*(self._page(key, self.engine.outages[key][0]) for key in waiting))

    def _wanted(self, key: str) -> bool:
        """Once for each outage, and not while a window was planned (silences nobody can read)."""
        service, engine = self.engine.outages[key][0].service, self.engine
        planned = quiet_until(service, (), engine.policy.windows, engine.clock.now())
        return key not in self._paged and planned is None

    async def _undecided(self, keys: list[str]) -> list[str]:
        """Another replica may have decided some. A database that cannot say has decided none."""
        if not keys:
            return []
        try:
            async with asyncio.timeout(ASK_WITHIN_SECONDS):
                return await self.engine.store.undecided(keys)
        except (StoreUnavailable, TimeoutError):
            return keys

    async def _page(self, key: str, event: SignalReported) -> None:
        policy, now = self.engine.policy, self.engine.clock.now()
        people = people_to_page(policy, event.service, now)
        log.error("paging_from_memory", service=event.service, people=len(people))
        sent = await asyncio.gather(*(self._reach(policy, event, person) for person in people))
        reached = [person for person, ok in zip(people, sent, strict=True) if ok]
        self._note(
            {
                "key": key,
                "service": event.service,
                "people": reached,
                "failed": [person for person in people if person not in reached],
                "sent_at": now.isoformat(),
            }
        )

    async def _reach(self, policy: Policy, event: SignalReported, person: str) -> bool:
        """By the person's own channels, in their order, until one takes it."""
        known = policy.people[person]
        text = texts.from_memory(
            event.service, event.detail, event.began_at, texts.zone_of(person, policy)
        )
        for name in known.channels:
            channel = self.channels().get(name)
            if channel is None:
                continue
            try:
                async with asyncio.timeout(SEND_WITHIN_SECONDS):
                    await channel.send(f"memory-{event.service}-{person}", person, text)
                return True
            except (DeliveryError, TimeoutError) as error:
                log.warning("memory_page_failed", person=person, channel=name, error=str(error))
            except Exception:
                # A bug in one channel must stop neither the next one nor the other people's.
                log.exception("memory_page_failed", person=person, channel=name)
        return False

    def _note(self, line: Mapping[str, object]) -> None:
        """Append to the journal and force it to disk; a full disk must not stop the paging."""
        try:
            with self.journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            log.exception("journal_not_written")

    async def settle(self) -> int:
        """Put the journal into the inbox and remove it. Returns how many lines it had."""
        try:
            lines = self.journal.read_text(encoding="utf-8").splitlines()
            events = [item for line in lines if (item := read_line(line, self.engine.clock.now()))]
            await self.engine.receive_all(events)
            self.journal.unlink()
        except StoreUnavailable:
            return 0
        except OSError:
            log.exception("journal_not_read")
            return 0
        self._paged.clear()
        return len(lines)


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


def read_line(line: str, now: datetime) -> tuple[str, Event] | None:
    """One journal line as an event; None for a line that a crash cut short."""
    try:
        noted = json.loads(line)
        sent_at = datetime.fromisoformat(noted["sent_at"])
        event = PagedFromMemory(
            noted["service"], tuple(noted["people"]), now, sent_at, tuple(noted["failed"])
        )
        return f"memory:{noted['key']}:{noted['sent_at']}", event
    except (ValueError, KeyError, TypeError):
        return None
