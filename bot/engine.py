"""The engine: receive events, decide each one, save state, outbox and audit in ONE transaction.

Drivers (web, Slack, scheduler, command line) make one call, `receive`, and answer. The event is
committed to the inbox before that call returns; deciding it happens right after, in `work`.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.core.decide import decide
from bot.core.events import Event, LookedAgain, PartingDue, SignalExpired, TimePassed, WeighingDue
from bot.core.needs import need
from bot.core.overrides import TeamOverride, merged, with_overrides
from bot.core.policy import Policy
from bot.core.quiet import quiet_until
from bot.core.quiet_turns import LOOKS_BACK, turns
from bot.core.release_events import ReleaseTimePassed
from bot.core.scene import Decision
from bot.outages import Outages
from bot.ports import Clock, Conflict, InboxRow, Store, StoreUnavailable, Transaction

log = structlog.get_logger(__name__)

BURST = 50
"""Events decided in a row before other work gets its turn."""
TRIES = 8
"""An event that cannot be decided is tried this often (a bug of ours), then kept as failed."""
LOOK_AGAIN = timedelta(seconds=15)
ALERTS_EVERY_SECONDS = 10.0
"""How often it is asked which alerts fire or are past their time-out, and who stands in."""
_JITTER = random.SystemRandom()


class Engine:
    """The one way in. `policy` may be swapped while running (a reloaded configuration).

    It is read with the overrides that this process last saw, also while the database is away.
    """

    def __init__(self, store: Store, clock: Clock, policy: Policy) -> None:
        self.store, self.clock, self._policy = store, clock, policy
        self._overrides: tuple[TeamOverride, ...] = ()
        self.wake = asyncio.Event()
        self.on_decided: list[Callable[[], None]] = []
        self.failed_events = 0
        self.cannot_commit = False
        self.outages = Outages(clock)
        self._quiet_seen_at = clock.now() - LOOKS_BACK
        self._alerts_at = -ALERTS_EVERY_SECONDS
        self._unweighed: set[str] = set()
        self._working = asyncio.Lock()

    @property
    def policy(self) -> Policy:
        """The configuration's rules, with the overrides that are known here."""
        return self._policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        self._policy = with_overrides(policy, self._overrides)

    def _saw(self, overrides: Iterable[TeamOverride]) -> None:
        self._overrides = tuple(overrides)
        self._policy = with_overrides(self._policy, self._overrides)

    async def receive(self, key: str, event: Event, streak: tuple[str, str] | None = None) -> bool:
        """Commit the event to the inbox. False: it was known already.

        `streak` (check, document) is what a check's verdict was made from: kept with it or not
        at all.

        Raises StoreUnavailable: then nothing was kept, and the caller must say so.
        A new outage is remembered until it was decided (see `bot.emergency`).
        """
        return await self.receive_all([(key, event)], streak) > 0

    def remember(self, key: str, event: Event) -> None:
        """A new outage counts from now on, even if its event has to wait for others."""
        self.outages.remember(key, event)

    @contextlib.contextmanager
    def _noticing(self) -> Iterator[None]:
        """Whether the last thing that was to be committed could be."""
        try:
            yield
        except StoreUnavailable:
            self.cannot_commit = True
            raise
        self.cannot_commit = False

    async def receive_all(
        self, events: Sequence[tuple[str, Event]], streak: tuple[str, str] | None = None
    ) -> int:
        """The same for several, in one transaction. Returns how many were new."""
        for key, event in events:
            self.outages.remember(key, event)
        new = 0
        if events:
            with self._noticing():
                new = await self.store.receive(events, self.clock.now(), streak=streak)
            self.outages.received(events)
            self.wake.set()
        return new

    async def work(self) -> int:
        """Decide what waits, oldest first; returns how many. Never raises on a single event."""
        async with self._working:
            count = 0
            while count < BURST and await self._one():
                count += 1
        if count:
            for told in self.on_decided:
                told()
        return count

    async def _one(self) -> bool:
        row: InboxRow | None = None
        now = self.clock.now()
        try:
            async with self.store.transaction() as tx:
                row = await tx.next_event(now)
                if row is None:
                    return False
                decision = await self._decide(tx, row, now)
            self._saw(merged(self._overrides, decision.overrides))
            self.outages.decided(row.key, row.event)
            self._unweighed.discard(row.key)
            self.cannot_commit = False
            _write_to_log(decision)
        except StoreUnavailable:
            self.cannot_commit = True
            raise
        except Conflict as conflict:
            await self._postpone(row, now, str(conflict), give_up=False)
        except Exception as bug:
            log.exception("event_not_decided", key=row.key if row else None)
            await self._failed(row, now, f"{type(bug).__name__}: {bug}")
        return row is not None

    async def _failed(self, row: InboxRow | None, now: datetime, error: str) -> None:
        """A bug of ours. The event is taken again at once, without weighing deployments: naming
        one must not keep the page from going out. If that fails too it has to wait.
        """
        if row is None:
            return
        self.remember(row.key, row.event)
        if row.key not in self._unweighed:
            self._unweighed.add(row.key)
            return
        self._unweighed.discard(row.key)
        await self._postpone(row, now, error, give_up=row.attempts + 1 >= TRIES)

    async def _decide(self, tx: Transaction, row: InboxRow, now: datetime) -> Decision:
        wanted, weighs = need(row.event, self.policy), row.key not in self._unweighed
        if wanted.services and not weighs:
            wanted = replace(wanted, linked=())  # reading the deployments may be what failed
        scene = await tx.scene(wanted, now)
        self._saw(scene.overrides)
        decision = decide(scene, row.event, self.policy, now, row.key, weighs=weighs)
        await tx.save(decision, now)
        await tx.finish_event(row.id, now)
        return decision

    async def _postpone(
        self, row: InboxRow | None, now: datetime, error: str, *, give_up: bool
    ) -> None:
        if row is None:
            return
        self.failed_events += give_up
        wait = min(2.0**row.attempts, 60.0) * _JITTER.uniform(0.1, 1.0)
        async with self.store.transaction() as tx:
            await tx.postpone_event(row.id, now + timedelta(seconds=wait), error[:500], give_up)

    async def tick(self) -> None:
        """Timers: steps, reminders, quiets that turn, and what is down but unattended."""
        now = self.clock.now()
        untold = await self.store.untold_silences()
        events = turns(untold, self.policy, self._quiet_seen_at, now)
        events += [
            (f"time:{number}:{int(now.timestamp() * 4)}", TimePassed(number, now))
            for number in await self.store.due_incidents(now)
        ]
        weighed, parted = await self.store.due_of_several(now)
        slot = int(now.timestamp() * 4)
        events += [(f"weigh:{it[0]}:{slot}", WeighingDue(*it, now)) for it in weighed]
        events += [(f"part:{it[0]}:{slot}", PartingDue(*it, now)) for it in parted]
        events += await self._releases(now)
        events += await self._unattended(now)
        events += await self._expired(now)
        await self.receive_all([*self.outages.not_received(), *events])
        self._quiet_seen_at = max(self._quiet_seen_at, now)

    async def _releases(self, now: datetime) -> list[tuple[str, Event]]:
        """Builds on staging that time has made ready, or old. Only where anything is signed."""
        if self.policy.sign_off is None:
            return []
        return [
            (f"release:{id_}:{due.isoformat()}", ReleaseTimePassed(id_, now))
            for id_, due in await self.store.due_releases(now)
        ]

    async def _unattended(self, now: datetime) -> list[tuple[str, Event]]:
        """Level, not edge: whatever made us miss it, a down service gets its incident."""
        down = await self.store.unattended(now)
        if not down:
            return []
        silences = await self.store.silences(now)
        loud = [
            key
            for key in down
            if key in self.policy.services
            and quiet_until(key, silences, self.policy.windows, now) is None
        ]
        slot = int(now.timestamp() // LOOK_AGAIN.total_seconds())
        return [
            (f"look:{key}:{slot}", LookedAgain((key,), now, "down without an incident"))
            for key in loud
        ]

    async def _expired(self, now: datetime) -> list[tuple[str, Event]]:
        """Alerts that were neither repeated nor resolved. Every replica finds the same ones."""
        if self.clock.monotonic() - self._alerts_at < ALERTS_EVERY_SECONDS:
            return []
        await self.look_up_alerts()
        await self.look_up_overrides()
        self._alerts_at = self.clock.monotonic()
        return [
            (
                f"expired:{it.service}:{it.name}:{it.expires_at}",
                SignalExpired(it.service, it.name, now),
            )
            for it in await self.store.expired(now)
        ]

    async def look_up_alerts(self) -> None:
        """Which alerts are known to be down, whoever decided them. Raises StoreUnavailable."""
        self.outages.told(await self.store.firing())

    async def look_up_overrides(self) -> None:
        """Who stands in for whom, whoever decided it. Raises StoreUnavailable."""
        self._saw(await self.store.overrides(self.clock.now()))

    async def run(self) -> None:
        """Decide as events come, until cancelled. A database that is away is waited for."""
        wait = 0.05
        while True:
            try:
                worked = await self.work()
                wait = 0.05
            except StoreUnavailable as away:
                log.warning("database_unavailable", error=str(away))
                worked, wait = 0, min(wait * 2, 5.0)
                await self.clock.sleep(wait * _JITTER.uniform(0.5, 1.0))
            if worked == 0:
                await self._rest()

    async def _rest(self) -> None:
        """Until somebody receives something here; other replicas' events come within 0.25 s."""
        # Not wait_for: before Python 3.12 it may swallow a cancellation, and we would never stop.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.25):
                await self.wake.wait()
        self.wake.clear()


def _write_to_log(decision: Decision) -> None:
    """Every line of the timeline is one of the log: it must tell a night without the database."""
    for entry in decision.entries:
        about = {"incident": entry.incident, "service": entry.service}
        known = {name: value for name, value in about.items() if value is not None}
        log.info(entry.kind, **known, by=entry.by, text=entry.text)
