"""`run`, `demo` and `migrate`."""

import os
import signal
import threading
from collections.abc import Collection, Coroutine
from types import FrameType
from typing import Annotated, Any, NoReturn

import structlog
import typer

from bot import logs
from bot.commands import terminal
from bot.commands.frame import USAGE, ConfigPath, Stop, configured, run
from config import Config

log = structlog.get_logger(__name__)

Port = Annotated[int, typer.Option("--port", help="Where the bot listens.", min=1, max=65534)]
DEMO_PORT = 8000


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("run")(run_bot)
    app.command("demo")(demo)
    app.command("migrate")(migrate)


def run_bot(
    config: ConfigPath = None,
    with_sandbox: Annotated[
        bool, typer.Option("--demo", help="With a local Twilio and Slack, and two services.")
    ] = False,
) -> None:
    """Run Midwatch: probe, page, listen. SQLite is brought up to date by itself."""
    if with_sandbox:
        demo()
        return
    loaded = configured(config)
    logs.configure(loaded.settings.log_format)
    _until_told(_run(loaded))


async def _run(config: Config) -> None:
    # Imported here: the SDKs behind it take a second, which other commands need not wait for.
    from bot.running import NotMigrated, PortTaken, serve
    from bot.store import AlreadyRunning, BadAddress
    from bot.wiring import build

    try:
        midwatch = await build(config, os.environ)
        _tell_what_is_off(config, midwatch.channels)
        await serve(midwatch)
    except (AlreadyRunning, BadAddress, NotMigrated) as refusal:
        raise Stop(str(refusal)) from None
    except PortTaken as taken:
        raise Stop(f"Midwatch {taken}. Set PORT to a free one.") from None
    except OSError as error:
        if error.filename is None:
            raise
        raise Stop(
            f"Midwatch cannot write {error.filename}: {error.strerror}. "
            "DATABASE_URL must name a file in a folder that is there and may be written to."
        ) from None


def _tell_what_is_off(config: Config, channels: Collection[str]) -> None:
    """A variable lost at a deployment is found in the log, not when nobody was texted."""
    for one in config.missing():
        log.info("off", what=one.off, not_set=one.variable, means=one.means)
    if not channels:
        log.warning("nobody_can_be_paged", reason="no channel is set up: see `midwatch doctor`")


def _until_told(work: Coroutine[Any, Any, None]) -> None:
    """Run it until SIGTERM or Ctrl-C, which is its ordinary end.

    uvicorn raises the signal again when it has stopped. By default that would end the process (or
    cancel what still hands pages over) right there; so it becomes an exception instead, and what
    stands in `finally` has its time.
    """

    def told(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(0)

    for name in (signal.SIGTERM, signal.SIGINT):
        if threading.current_thread() is threading.main_thread():
            signal.signal(name, told)
    run(work)


def demo(port: Port = DEMO_PORT) -> None:
    """Show it on this machine: a local Twilio and Slack, two services, no account."""
    from bot import demo as showing

    try:
        _until_told(showing.main(port, port + 1))
    except OSError as error:
        raise Stop(f"The demo cannot start: {error}. Try another --port.") from None


def migrate(config: ConfigPath = None) -> None:
    """Bring the database up to date. Replicas of the version before may go on running."""
    from bot.store import migrate as bring_up_to_date
    from bot.store import pending

    url = configured(config).settings.database_url.get_secret_value()
    try:
        behind = run(pending(url))
        run(bring_up_to_date(url))  # puts back guards of the audit log that somebody dropped, too
    except ValueError as error:
        raise Stop(str(error), USAGE) from None
    done = "was brought" if behind else "is"
    terminal.say(f"The database {done} up to date.", "green")
