"""The ticks: probing, timers, delivery, roll-ups. No rule lives here.

APScheduler runs a few jobs and nothing per check. Its jobs run on the wall clock, where a step
backward means silence, so the ticks that page are watched on the monotonic clock and set anew
when one is missing for two seconds.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.ports import Clock, StoreUnavailable

log = structlog.get_logger(__name__)

MISSING_AFTER_SECONDS = 2.0
WATCH_EVERY_SECONDS = 0.5


@dataclass(slots=True)
class Job:
    """One tick. `watched`: reset when it does not come for two seconds beyond its interval."""

    name: str
    every_seconds: float
    run: Callable[[], Awaitable[object]]
    watched: bool = False
    last_started: float = field(default=0.0)
    running: bool = field(default=False)
    reset_at: float = field(default=0.0)


class Ticks:
    """Starts the jobs and keeps an eye on those that page."""

    def __init__(self, clock: Clock, jobs: list[Job]) -> None:
        self.clock, self.jobs = clock, jobs
        self.resets = 0
        self._refused_at: float | None = None
        self._stopped = False
        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start every job and the watch over them."""
        for job in self.jobs:
            job.last_started = self.clock.monotonic()
            self._add(job)
        self._scheduler.start()
        self._watch = asyncio.create_task(self._keep_watch())

    async def stop(self) -> None:
        """Stop; a job that runs now is not waited for."""
        self._stopped = True
        if self._watch is not None:
            self._watch.cancel()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def age_seconds(self, name: str) -> float | None:
        """How long ago the job last started, for the health page; None for an unknown one."""
        job = next((job for job in self.jobs if job.name == name), None)
        return None if job is None else self.clock.monotonic() - job.last_started

    def refused_seconds_ago(self) -> float | None:
        """How long ago the database last refused a tick: a full disk still answers questions."""
        return None if self._refused_at is None else self.clock.monotonic() - self._refused_at

    def _add(self, job: Job) -> None:
        self._scheduler.add_job(
            self._run,
            "interval",
            seconds=job.every_seconds,
            args=[job],
            id=job.name,
            replace_existing=True,
        )

    async def _run(self, job: Job) -> None:
        if job.running:
            return
        job.last_started, job.running = self.clock.monotonic(), True
        try:
            await job.run()
        except asyncio.CancelledError:
            if not self._stopped:
                raise
            # APScheduler would log its own cancelling as an error, with a traceback.
        except StoreUnavailable as away:
            self._refused_at = self.clock.monotonic()
            log.warning("tick_without_database", job=job.name, error=str(away))
        except Exception:
            log.exception("tick_failed", job=job.name)
        finally:
            job.running = False

    async def _keep_watch(self) -> None:
        while True:
            await self.clock.sleep(WATCH_EVERY_SECONDS)
            self.check()

    def check(self) -> None:
        """Set anew every watched job that is missing. It runs on the monotonic clock."""
        for job in self.jobs:
            silent = self.clock.monotonic() - max(job.last_started, job.reset_at)
            if (
                job.watched
                and not job.running
                and silent > job.every_seconds + MISSING_AFTER_SECONDS
            ):
                log.warning("tick_missing", job=job.name, seconds=round(silent, 1))
                self.resets += 1
                # `last_started` stays: the health page must see how late it is.
                job.reset_at = self.clock.monotonic()
                self._add(job)
