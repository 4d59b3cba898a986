"""`midwatch run`: start the parts, keep them going, stop them in order."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable

import structlog
import uvicorn

from bot.catching_up import catch_up
from bot.deployed import VERSIONS_EVERY_SECONDS
from bot.duty_watch import LOOK_EVERY_SECONDS
from bot.nights import NIGHTS_EVERY_SECONDS
from bot.ports import StoreUnavailable
from bot.probe_lease import RENEW_EVERY_SECONDS
from bot.probing import HEARTBEATS_EVERY_SECONDS
from bot.scheduler import Job, Ticks
from bot.sealing import ANCHOR_EVERY_SECONDS, CHECK_EVERY_SECONDS, SEAL_EVERY_SECONDS
from bot.store import migrate, pending, the_only_run
from bot.telling_leads import LOOK_EVERY_SECONDS as LOOK_AT_LEADS_EVERY_SECONDS
from bot.troubles import ASK_EVERY_SECONDS
from bot.wiring import Midwatch

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 8.0
BEGIN_AGAIN_SECONDS = 2.0


def jobs(midwatch: Midwatch) -> list[Job]:
    """Every tick. The watched ones page."""
    return [
        Job(
            "heartbeats",
            HEARTBEATS_EVERY_SECONDS,
            midwatch.probing.refresh_heartbeats,
            watched=True,
        ),
        Job("versions", VERSIONS_EVERY_SECONDS, midwatch.probing.deployed.refresh),
        Job("probe", 0.25, midwatch.probing.tick, watched=True),
        Job("results", 0.25, midwatch.probing.watch.keep, watched=True),
        Job("timers", 0.5, midwatch.engine.tick, watched=True),
        Job("staging", 1.0, midwatch.staging.tick),
        Job("probe lease", RENEW_EVERY_SECONDS, midwatch.probe_lease.tick, watched=True),
        Job("memory", 1.0, midwatch.memory.tick, watched=True),
        Job("settling", 1.0, midwatch.outbox.start_asking, watched=True),
        Job("receipts", 2.0, midwatch.silent_pages.ask, watched=True),
        Job("sight", 1.0, midwatch.sight.tick, watched=True),
        Job("duties", LOOK_EVERY_SECONDS, midwatch.duty_watch.tick),
        Job("reload", 2.0, midwatch.reloading.tick),
        Job("catching up", 300.0, lambda: catch_up(midwatch.engine, midwatch.sources)),
        Job("roll-up", 300.0, lambda: midwatch.store.roll_up(midwatch.clock.now())),
        Job("asking providers", ASK_EVERY_SECONDS, midwatch.asking.tick),
        Job("telling leads", LOOK_AT_LEADS_EVERY_SECONDS, midwatch.telling_leads.tick),
        Job("nights", NIGHTS_EVERY_SECONDS, midwatch.nights.tick),
        Job("watchdog", 1.0, midwatch.watchdog.tick),
        Job("sealing", SEAL_EVERY_SECONDS, midwatch.sealer.seal),
        Job("audit check", CHECK_EVERY_SECONDS, midwatch.sealer.check),
        Job("audit anchor", ANCHOR_EVERY_SECONDS, midwatch.sealer.anchor),
    ]


class Running:
    """The parts of a Midwatch while they run."""

    def __init__(self, midwatch: Midwatch) -> None:
        self.midwatch = midwatch
        self.ticks: Ticks = midwatch.ticks
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Everything but the web server. What cannot be asked yet is asked by its tick."""
        m = self.midwatch
        for part in m.starters:
            try:
                await part()
            except Exception:
                log.exception("part_not_started")
        ready = await self.begin()
        m.engine.on_decided.append(m.outbox.wake.set)
        self._keep("engine", m.engine.run)
        self._keep("outbox", m.outbox.run)
        for name, listen in m.listeners.items():
            self._keep(name, listen)
        m.ticks.jobs[:] = jobs(m)
        m.ticks.start()
        self._tasks.append(asyncio.create_task(self._first_look(ready)))

    async def begin(self, *, at_once: bool = True) -> bool:
        """Take up what the database knows. False while it cannot be asked: probing goes on, and
        pages go out from memory.

        `at_once`: before the first delivery, so that whoever was sending is dead.
        """
        m = self.midwatch
        try:
            await m.probing.configure(m.config)  # first: it takes the checks in any case
            if at_once:
                await m.store.abandon_leases(m.clock.now())
            await m.sight.recall()
            await m.probe_lease.tick()
            await m.note()
        except StoreUnavailable as away:
            log.warning("begun_without_database", error=str(away))
            return False
        return True

    async def stop(self) -> None:
        """No new work; what is under way gets a few seconds; then let go."""
        m = self.midwatch
        await m.ticks.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await m.probing.watch.stop()
                await m.outbox.drain()
        await m.close()

    async def _begin_late(self) -> bool:
        """The database may be back; it may be an old one or a new one."""
        try:
            await prepare(self.midwatch.settings.database_url.get_secret_value())
        except (NotMigrated, StoreUnavailable) as refusal:
            log.warning("database_not_ready", error=str(refusal))
            return False
        except Exception:
            log.exception("database_not_ready")
            return False
        return await self.begin(at_once=False)

    def _keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        self._tasks.append(asyncio.create_task(_kept(name, run), name=name))

    async def _first_look(self, ready: bool) -> None:
        """What a predecessor was sending; webhooks missed while we were away; a roll-up."""
        while not ready:
            await asyncio.sleep(BEGIN_AGAIN_SECONDS)
            ready = await self._begin_late()
        try:
            await self.midwatch.outbox.start_asking()
            await catch_up(self.midwatch.engine, self.midwatch.sources)
            await self.midwatch.store.roll_up(self.midwatch.clock.now())
        except StoreUnavailable as away:
            log.warning("first_look_without_database", error=str(away))
        except Exception:
            log.exception("first_look_failed")


async def _kept(name: str, run: Callable[[], Awaitable[None]]) -> None:
    """Run it for ever; a bug in it is logged and it begins again."""
    while True:
        try:
            await run()
        except Exception:
            log.exception("part_failed", part=name)
        await asyncio.sleep(1.0)


class NotMigrated(Exception):
    """The database is older than this version, and `run` does not change a shared one."""


class PortTaken(OSError):
    """Nobody can be answered: the port belongs to another program, or is not ours to take."""


async def prepare(database_url: str) -> None:
    """SQLite is brought up to date by itself; PostgreSQL only by `midwatch migrate`.

    Replicas of two versions may share a PostgreSQL, so nobody changes it by starting.
    Raises NotMigrated, StoreUnavailable.
    """
    if database_url.startswith("sqlite"):
        await migrate(database_url)
    elif await pending(database_url):
        raise NotMigrated(
            "The database is not up to date. Run `midwatch migrate` once, then start again."
        )


async def serve(midwatch: Midwatch, host: str = "0.0.0.0") -> None:  # noqa: S104 - a web server
    """Run until SIGTERM or Ctrl-C.

    Raises NotMigrated, AlreadyRunning and PortTaken, before anything is probed. A database that is
    away stops no start: a restart in the middle of its outage must not be what keeps the first
    page from going out.
    """
    url = midwatch.settings.database_url.get_secret_value()
    with the_only_run(url), bound(host, midwatch.settings.port) as listener:
        with contextlib.suppress(StoreUnavailable):
            await prepare(url)
        server = uvicorn.Server(_web_config(midwatch))
        running = Running(midwatch)
        with contextlib.suppress(NotImplementedError):  # Windows has no SIGHUP
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, midwatch.reloading.ask)
        await running.start()
        try:
            log.info("listening", host=host, port=listener.getsockname()[1])
            await server.serve(sockets=[listener])
        finally:
            await running.stop()


def bound(host: str, port: int) -> socket.socket:
    """The port, held from now on and not yet answering. Raises PortTaken."""
    # Named TCP, or asyncio leaves out TCP_NODELAY and each answer waits 40 ms for an ACK.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise PortTaken(f"cannot listen on port {port}: {error.strerror}") from None
    return listener


def _web_config(midwatch: Midwatch) -> uvicorn.Config:
    return uvicorn.Config(
        midwatch.app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
