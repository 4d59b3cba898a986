"""Deliver what is due: plan, claim, send, record, back off, reconcile.

Everything that leaves the process goes through here. A row is claimed with a lease and a token
before it is sent, and its outcome is recorded under that token, so that a crash between "sent"
and "recorded" is settled by asking the provider, and a stalled owner changes nothing.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot import delivery_log
from bot.core import bundling
from bot.core.effects import InLine, Message, SendPage
from bot.core.events import Event, PageFailed, ReceiptReceived
from bot.core.page import ASK_AFTER, PageState
from bot.core.policy import Person
from bot.ports import (
    Clock,
    Delivery,
    Handler,
    NotYet,
    Outcome,
    Permanent,
    Store,
    StoreUnavailable,
    Transient,
)
from bot.tries import LONGEST_WAIT_SECONDS, enough, is_stuck, leaves_line, tries_of, wait_seconds

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
"""Longer than any time-out of a provider's call."""
ASK_WITHIN_SECONDS = 15.0
"""For a provider to say what it has, so that a lease is long enough to ask and then to send."""
ASK_AGAIN_SECONDS = 15.0
"""After Slack could not say whether it has a message."""
UNDECIDED_AT_MOST = timedelta(days=1)
ASK_AFTER_SECONDS = 2.0
"""Before a provider is asked whether something went that it gave no clear answer to."""
SEND_WITHIN_SECONDS = 30.0
AT_ONCE = 50
FOR_PAGES = 10
"""Of those, kept free for pages: a chat that hangs must not delay a first page."""


class Outbox:
    """Delivers rows by handing each to the handler of its kind."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        handlers: Mapping[str, Handler],
        *,
        jitter: random.Random | None = None,
        people: Callable[[], Mapping[str, Person]] = dict,
    ) -> None:
        self.store, self.clock, self.handlers = store, clock, handlers
        self.people, self.wake = people, asyncio.Event()
        self.looked_at = clock.monotonic()
        self.on_outcome: Callable[[Delivery, Outcome], Awaitable[None]] | None = None
        self._jitter = jitter or random.SystemRandom()
        self._running: set[asyncio.Task[None]] = set()
        self._asking: set[asyncio.Task[None]] = set()
        self._to_tell: set[int] = set()

    async def run(self) -> None:
        """Deliver until cancelled. A database that is away is waited for."""
        while True:
            try:
                started = await self.start_due()
            except StoreUnavailable as away:
                log.warning("database_unavailable", error=str(away))
                started = 0
                await self.clock.sleep(self._jitter.uniform(0.5, 1.5))
            if started == 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.25):  # as in the engine
                        await self.wake.wait()
                self.wake.clear()

    async def start_due(self) -> int:
        """Claim what is due and start delivering it; returns how many rows."""
        self.looked_at = self.clock.monotonic()
        free = AT_ONCE - len(self._running)
        if free <= 0:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            return 1
        claimed = await self._claim(free)
        for delivery in claimed:
            _keep(asyncio.create_task(self._deliver(delivery)), self._running)
        if self._to_tell:
            await self._tell_threads()
        return len(claimed)

    async def _tell_threads(self) -> None:
        """What is held back, or went with others, shows in the threads. No page waits for it."""
        async with self.store.transaction() as tx:
            await tx.refresh_threads(tuple(self._to_tell), self.clock.now())
        self._to_tell.clear()

    async def drain(self) -> None:
        """Wait for what is under way."""
        while under_way := self._running | self._asking:
            await asyncio.wait(under_way)

    async def deliver_due(self) -> int:
        """The same, and wait until all of it has an outcome (for tests and shutting down)."""
        started = await self.start_due() + len(self._asking)
        await self.drain()
        return started

    async def _claim(self, limit: int) -> list[Delivery]:
        now = self.clock.now()
        async with self.store.transaction() as tx:
            due = await tx.due_deliveries(now, limit)
            if not due:
                return []
            pages = [row.effect.page for row in due if isinstance(row.effect, SendPage)]
            keys = [row.key for row in due if not isinstance(row.effect, SendPage)]
            keys = keys[: max(0, limit - FOR_PAGES)]
            if pages:
                people = sorted({page.person for page in pages})
                recent = await tx.recent_pages(people, now - bundling.LOOK_BACK)
                planned = bundling.plan(pages, recent, now, self.people())
                await tx.save_pages(planned.changed, planned.new)
                self._to_tell.update(planned.told)
                keys += planned.ready
            return await tx.claim(keys, now, LEASE)

    async def _deliver(self, delivery: Delivery) -> None:
        """Send one row, record what came of it, and let the next in line go."""
        try:
            await self._deliver_one(delivery)
        finally:
            if isinstance(delivery.effect, InLine):
                self.wake.set()

    async def _deliver_one(self, delivery: Delivery) -> None:
        try:
            outcome = await self._try(delivery)
            await self._record(delivery, outcome)
            delivery_log.write(delivery, outcome)
            await self._tell(delivery, outcome)
        except StoreUnavailable as away:
            # The lease runs out and the row is reconciled: the provider is asked first.
            log.warning("outcome_not_recorded", key=delivery.key, error=str(away))
        except Exception:
            log.exception("delivery_failed", key=delivery.key)

    async def _tell(self, delivery: Delivery, outcome: Outcome) -> None:
        if self.on_outcome is not None and not outcome.free:
            await self.on_outcome(delivery, outcome)

    async def _try(self, delivery: Delivery) -> Outcome:
        handler = self.handlers.get(delivery.effect.kind)
        if handler is None:
            return Outcome(PageState.FAILED, error=f"no {delivery.effect.kind} is configured")
        try:
            if delivery.doubtful and (found := await self._find(handler, delivery)) is not None:
                return found
            async with asyncio.timeout(SEND_WITHIN_SECONDS):
                return await handler.deliver(delivery)
        except NotYet as wait:
            return Outcome(PageState.QUEUED, retry_in_seconds=wait.seconds, free=True)
        except TimeoutError:
            return self._again(delivery, Transient("timed out", may_have_happened=True))
        except Transient as error:
            return self._again(delivery, error)
        except Permanent as error:
            return Outcome(PageState.FAILED, error=_worded(error), mark=error.mark, code=error.code)
        except Exception as bug:
            log.exception("handler_failed", key=delivery.key, kind=delivery.effect.kind)
            fault = Transient(f"internal error ({type(bug).__name__})")
            return replace(self._again(delivery, fault), ours=True)

    def _again(self, delivery: Delivery, error: Transient) -> Outcome:
        if enough(delivery, self.clock.now()):
            tries = delivery.attempts
            return Outcome(PageState.FAILED, error=f"given up after {tries} tries: {error}")
        wait = wait_seconds(delivery, error.retry_after_seconds, self._jitter.random())
        if error.may_have_happened:
            # Not queued again blindly: the provider is asked first, a few seconds from now; much
            # later where it says nothing again and again, for each of those may be a text.
            often = delivery.attempts >= tries_of(delivery)
            soonest = max(wait, LONGEST_WAIT_SECONDS if often else ASK_AFTER_SECONDS)
            return Outcome(PageState.SENDING, error=str(error), retry_in_seconds=soonest)
        return Outcome(PageState.QUEUED, error=str(error), retry_in_seconds=wait)

    async def _record(self, delivery: Delivery, outcome: Outcome) -> None:
        now = self.clock.now()
        due = None
        if outcome.retry_in_seconds is not None:
            due = now + timedelta(seconds=outcome.retry_in_seconds)
        waits = outcome.state is PageState.SENT and isinstance(delivery.effect, SendPage)
        kept = await self.store.settle(
            delivery,
            outcome.state,
            now,
            provider_id=outcome.provider_id,
            error=outcome.error,
            due_at=due,
            receipt_due_at=now + ASK_AFTER if waits else None,
            uncounted=outcome.free,
            events=[*outcome.events, *self._events(delivery, outcome, now)],
            out_of_line=leaves_line(delivery, outcome, now),
        )
        if not kept:
            log.warning("stale_token", key=delivery.key)

    def _events(
        self, delivery: Delivery, outcome: Outcome, now: datetime
    ) -> list[tuple[str, Event]]:
        """What the core should know about a page's outcome."""
        if not isinstance(delivery.effect, SendPage):
            return []
        key, stamp = delivery.key, delivery.attempts
        error = outcome.error or "unknown"
        if outcome.state is PageState.FAILED:
            failed = PageFailed(key, now, error, mark=outcome.mark)
            return [(f"failed:{key}:{stamp}", failed)]
        if outcome.state is PageState.DELIVERED:
            arrived = ReceiptReceived(key, PageState.DELIVERED, now, outcome.provider_id)
            return [(f"receipt:{key}:delivered", arrived)]
        if outcome.error and not outcome.free and is_stuck(delivery.attempts, outcome):
            stuck = PageFailed(key, now, error, silent=True, stuck=True)
            return [(f"stuck:{key}", stuck)]
        return []

    async def start_asking(self) -> int:
        """Rows whose owner vanished, or that may have gone: ask the provider whether they did.

        Each by itself, so that a page waits for no other provider. One that did not go, or that
        nobody can decide, is sent again: two texts are better than none. Returns how many rows.
        """
        free = AT_ONCE - len(self._asking)
        if free <= 0:
            return 0
        stalled = await self.store.stalled_deliveries(self.clock.now(), free)
        for delivery in stalled:
            _keep(asyncio.create_task(self._reconcile(delivery)), self._asking)
        return len(stalled)

    async def reconcile(self) -> int:
        """The same, and wait for the answers."""
        started = await self.start_asking()
        if self._asking:
            await asyncio.wait(self._asking)
        return started

    async def _reconcile(self, delivery: Delivery) -> None:
        try:
            outcome = await self._ask_whether_it_went(delivery)
            await self._record(delivery, outcome)
            self.wake.set()
            if outcome.state is not PageState.QUEUED:
                await self._tell(delivery, outcome)
        except StoreUnavailable as away:
            log.warning("outcome_not_recorded", key=delivery.key, error=str(away))
        except Exception:
            log.exception("not_reconciled", key=delivery.key)

    async def _ask_whether_it_went(self, delivery: Delivery) -> Outcome:
        handler = self.handlers.get(delivery.effect.kind)
        if handler is None:
            return Outcome(PageState.FAILED, error=f"no {delivery.effect.kind} is configured")
        found = await self._find(handler, delivery)
        if found is not None:
            return found
        if enough(delivery, self.clock.now()):
            return Outcome(PageState.FAILED, error=f"given up after {delivery.attempts} tries")
        return Outcome(PageState.QUEUED, retry_in_seconds=0.0, error=delivery.error)

    async def _find(self, handler: Handler, delivery: Delivery) -> Outcome | None:
        """What the provider knows of an earlier try.

        One that cannot be asked knows nothing of a page: two texts are better than none. A message
        in Slack waits until Slack can tell, a day at most.
        """
        try:
            async with asyncio.timeout(ASK_WITHIN_SECONDS):
                return await handler.find(delivery)
        except (Transient, TimeoutError) as error:
            log.warning("provider_not_asked", key=delivery.key, error=str(error))
            if self._can_wait(delivery):
                wait = getattr(error, "retry_after_seconds", None) or ASK_AGAIN_SECONDS
                said = str(error) or "cannot be asked in time"
                return Outcome(PageState.SENDING, error=said, retry_in_seconds=wait)
        except Permanent as error:
            log.warning("provider_not_asked", key=delivery.key, error=str(error))
        except StoreUnavailable:
            raise
        except Exception:
            # A bug of ours in asking must not keep a page from going out.
            log.exception("provider_not_asked", key=delivery.key)
        return None

    def _can_wait(self, delivery: Delivery) -> bool:
        since = delivery.claimed_at or delivery.created_at
        message = isinstance(delivery.effect, Message)
        return message and self.clock.now() < since + UNDECIDED_AT_MOST


def _keep(task: asyncio.Task[None], among: set[asyncio.Task[None]]) -> None:
    among.add(task)
    task.add_done_callback(among.discard)


def _worded(error: Permanent) -> str:
    """The sentence with the provider's code, which some sentences name themselves."""
    known = not error.code or f"({error.code})" in str(error)
    return str(error) if known else f"{error} ({error.code})"
