"""Probing: what is due is probed, results are judged in memory, only a change becomes an event.

A bad result, and the first good one after it, is stored before the next recheck, so that a
restart forgets no streak and sends nothing again. Good results are written in batches.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog

from bot.core.events import Event, LookedAgain, SignalReported
from bot.core.rollout import USUAL_ROLLOUT, end_of
from bot.core.signal import Level
from bot.engine import Engine
from bot.ports import StoredResult, StoreUnavailable
from checks import Context, Kind, Outcome, Result, run
from checks.options import CheckOptions
from checks.verdict import Judgement, Rollout, Rules, Streak, Verdict, judge

log = structlog.get_logger(__name__)

SLOW_SECONDS = 1.0
"""Where probes must wait for others, those that took longer the last time wait."""
TICK_LATE_AT_MOST_SECONDS = 0.5
"""A probe that started no later than this is followed by one as if it had been in time."""
SPREAD_SECONDS = 5.0
"""At the start the first probes are spread over this time, or the check's own interval."""
BATCH_EVERY = timedelta(seconds=5)
BATCH_AT_MOST = 10_000
STORE_WITHIN_SECONDS = 3.0
"""A database that hangs delays no recheck by more: confirming an outage must not wait for it."""
Look = Callable[[], Awaitable[bool]]
"""Ask the canaries: True while at least one that counts can be seen."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One configured check of one service. `id` names its streak for ever."""

    service: str
    label: str
    kind: Kind
    options: CheckOptions
    rules: Rules

    @property
    def id(self) -> str:
        """Service and label."""
        return f"{self.service}/{self.label}"


@dataclass(slots=True)
class _State:
    watched: Watched
    due_at: float
    streak: Streak = field(default_factory=Streak)
    running: bool = False
    slow: bool = False
    hurried: bool = False


class Watch:
    """Every check of this process."""

    def __init__(
        self,
        engine: Engine,
        context: Callable[[Watched], Context],
        sighted: Look,
        on_result: Callable[[Watched, Result], None] = lambda _watched, _result: None,
        at_once: int = 200,
    ) -> None:
        self.engine, self.context, self.sighted = engine, context, sighted
        self.on_result, self.at_once = on_result, at_once
        self.active = True
        self._states: dict[str, _State] = {}
        self._batch: list[StoredResult] = []
        self._flushed_at = engine.clock.monotonic()
        self._unsaved: dict[str, tuple[Event, tuple[str, str]]] = {}
        self._handing_over = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def configure(self, checks: Sequence[Watched]) -> None:
        """Take the configured checks; those known already keep their streak and their turn.

        Raises StoreUnavailable, and has taken them all the same.
        """
        try:
            stored = await self.engine.store.streaks()
        except StoreUnavailable:
            self._take(checks, {})
            raise
        self._take(checks, stored)
        await self._drop_the_unwatched(checks)

    def _take(self, checks: Sequence[Watched], stored: Mapping[str, str]) -> None:
        now = self.engine.clock.monotonic()
        before, self._states = self._states, {}
        for watched in checks:
            state = before.get(watched.id)
            known = Streak.from_json(stored.get(watched.id, "{}"))
            if state is None:
                state = _State(watched, now + _first_delay(watched), known)
            # Begun without the database, a check may look fine whose outage is on record there:
            # that streak is taken up, or nobody would ever say that it is over.
            if _is_open(known) and not _is_open(state.streak):
                state.streak = known
            # The same object goes on: a probe under way writes its verdict into it.
            state.watched = watched
            self._states[watched.id] = state

    async def _drop_the_unwatched(self, checks: Sequence[Watched]) -> None:
        """A check that left the configuration can never say "up": its outage is looked at again."""
        keep = {watched.id: (watched.service, watched.label) for watched in checks}
        known = set(keep.values())
        gone = {
            signal.service
            for signal in await self.engine.store.signals()
            if signal.source == "check"
            and signal.level is Level.DOWN
            and (signal.service, signal.name) not in known
        }
        await self.engine.store.forget_checks(keep)
        for key, (_, (id_, _)) in list(self._unsaved.items()):
            if id_ not in self._states:
                del self._unsaved[key]
        if gone:
            now = self.engine.clock.now()
            event = LookedAgain(tuple(sorted(gone)), now, "a check left the configuration")
            await self.engine.receive(f"unwatched:{now.isoformat()}", event)

    async def reload_streaks(self) -> None:
        """After taking over from another replica: go on where it stopped."""
        for id_, document in (await self.engine.store.streaks()).items():
            if id_ in self._states:
                self._states[id_].streak = Streak.from_json(document)

    @property
    def checks(self) -> list[Watched]:
        """What is configured."""
        return [state.watched for state in self._states.values()]

    def hurry(self, wanted: Callable[[Watched], bool]) -> None:
        """There is news of these checks: their turn comes now, not at their next `every`."""
        now = self.engine.clock.monotonic()
        for state in self._states.values():
            if wanted(state.watched):
                state.due_at, state.hurried = min(state.due_at, now), state.running

    async def tick(self) -> None:
        """Start what is due. It waits for nothing, least of all for the database."""
        if self.active:
            self._start_due()

    async def keep(self) -> None:
        """Hand over what could not be committed, write the batch. Raises StoreUnavailable."""
        await self._hand_over()
        await self._flush(force=False)

    async def settle(self) -> None:
        """Wait for the probes under way (tests, shutting down)."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self) -> None:
        """Cancel the probes under way and write the batch."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._flush(force=True)

    def _start_due(self) -> None:
        now = self.engine.clock.monotonic()
        free = self.at_once - len(self._tasks)
        due = [s for s in self._states.values() if not s.running and s.due_at <= now]
        for state in sorted(due, key=lambda state: (state.slow, state.due_at))[: max(0, free)]:
            state.running = True
            task = asyncio.create_task(self._probe(state))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _probe(self, state: _State) -> None:
        started = self.engine.clock.monotonic()
        in_time = started - state.due_at <= TICK_LATE_AT_MOST_SECONDS
        began = state.due_at if in_time else started
        next_in = state.watched.options.every
        try:
            next_in = await self._probe_once(state)
        except Exception:
            log.exception("probe_not_judged", check=state.watched.id)
        finally:
            # What was hurried while it was probed may not have been seen yet.
            state.due_at = began + (0 if state.hurried else next_in.total_seconds())
            state.hurried = False
            state.slow = self.engine.clock.monotonic() - started > SLOW_SECONDS
            state.running = False

    async def _probe_once(self, state: _State) -> timedelta:
        watched = state.watched
        result = await run(watched.kind, watched.options, self.context(watched))
        if result.outcome is Outcome.DOWN and not result.answered and not await self.sighted():
            result = replace(
                result, outcome=Outcome.UNKNOWN, reason="blind", detail="Midwatch is blind"
            )
        rollout = await self._rollout(watched, state.streak, result)
        if self._states.get(watched.id) is not state:
            return watched.options.every  # it left the configuration meanwhile
        judgement = judge(state.streak, result, watched.rules, rollout)
        state.streak = judgement.streak
        self.on_result(watched, result)
        event = event_of(watched, result, judgement)
        if event is not None:
            self.engine.remember(*event)
            self._unsaved[event[0]] = (event[1], (watched.id, judgement.streak.to_json()))
            await self._hand_over()
        await self._keep(watched, result, judgement)
        return judgement.next_in

    async def _rollout(self, watched: Watched, streak: Streak, result: Result) -> Rollout | None:
        """The service's own newest roll-out; asked only while something looks bad."""
        if result.outcome is not Outcome.DOWN or streak.confirmed_down:
            return None
        service = self.engine.policy.services.get(watched.service)
        try:
            async with asyncio.timeout(STORE_WITHIN_SECONDS):
                newest = await self.engine.store.deployments(
                    service=watched.service,
                    environment=service.environment if service else None,
                    limit=1,
                )
        except (StoreUnavailable, TimeoutError):
            return None
        if not newest:
            return None
        ended = end_of(newest[0], USUAL_ROLLOUT, self.engine.clock.now())
        return Rollout(running=ended is None, ended_at=ended)

    async def _keep(self, watched: Watched, result: Result, judgement: Judgement) -> None:
        self._batch.append(stored(watched, result))
        if not judgement.store_now or self._waits(watched):
            return
        try:
            async with asyncio.timeout(STORE_WITHIN_SECONDS):
                await self.engine.store.save_streak(
                    watched.id, judgement.streak.to_json(), self.engine.clock.now()
                )
                await self._flush(force=True)
        except (StoreUnavailable, TimeoutError) as away:
            log.warning("streak_not_stored", check=watched.id, error=str(away))

    def _waits(self, watched: Watched) -> bool:
        """Whether an event of this check could not be committed yet."""
        return any(id_ == watched.id for _, (id_, _) in self._unsaved.values())

    async def _hand_over(self) -> None:
        """Commit the events that wait. While the database is away they stay here.

        Each with the streak that knows of it, in one transaction: were one there without the
        other after a crash, an outage would never be told, or never be over. One hand does it for
        all: hundreds that go down together would else commit each other's events again and again.
        """
        if self._handing_over.locked():
            return
        async with self._handing_over:
            while self._unsaved:
                key, (event, streak) = next(iter(self._unsaved.items()))
                try:
                    await self.engine.receive(key, event, streak)
                except StoreUnavailable as away:
                    log.warning("event_waits_for_database", key=key, error=str(away))
                    return
                self._unsaved.pop(key, None)

    async def _flush(self, *, force: bool) -> None:
        now = self.engine.clock.monotonic()
        if not self._batch or not (force or now - self._flushed_at >= BATCH_EVERY.total_seconds()):
            return
        batch, self._batch, self._flushed_at = self._batch, [], now
        try:
            await self.engine.store.add_results(batch)
        except (StoreUnavailable, asyncio.CancelledError):
            self._batch = (batch + self._batch)[-BATCH_AT_MOST:]
            raise


def event_of(watched: Watched, result: Result, judgement: Judgement) -> tuple[str, Event] | None:
    """The event that a verdict is worth; None for one that changes nothing."""
    level = _LEVELS.get(judgement.verdict)
    if level is None:
        return None
    streak = judgement.streak
    counted = level is Level.DOWN and not result.final
    began = streak.first_bad_at if level is Level.DOWN and streak.first_bad_at else result.at
    event = SignalReported(
        service=watched.service,
        signal=watched.label,
        source="check",
        level=level,
        began_at=began,
        at=result.at,
        detail=result.detail,
        reason=result.reason,
        last_good_at=streak.last_good_at,
        tries=streak.bad if counted else 0,
        needed=watched.rules.failures if counted else 0,
    )
    return f"signal:{watched.id}:{level.value}:{result.at.isoformat()}", event


_LEVELS: Mapping[Verdict, Level] = {
    Verdict.DOWN: Level.DOWN,
    Verdict.RECOVERED: Level.UP,
    Verdict.DEGRADED: Level.DEGRADED,
    Verdict.NO_LONGER_DEGRADED: Level.UP,
}


def stored(watched: Watched, result: Result) -> StoredResult:
    """A result as it is kept."""
    seconds = result.seconds
    return StoredResult(
        service=watched.service,
        check=watched.label,
        kind=watched.kind.name,
        outcome=result.outcome.value,
        reason=result.reason,
        detail=result.detail,
        at=result.at,
        first_byte=seconds.first_byte,
        total=seconds.total,
        dns=seconds.dns,
        connect=seconds.connect,
        tls=seconds.tls,
    )


def _is_open(streak: Streak) -> bool:
    return streak.confirmed_down or streak.degraded


def _first_delay(watched: Watched) -> float:
    """Spread the first probes, the same way at every start."""
    share = (zlib.crc32(watched.id.encode()) % 1000) / 1000
    return share * min(SPREAD_SECONDS, watched.options.every.total_seconds())
