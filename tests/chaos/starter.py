"""Starts Midwatch over and over, each time as a real process that may be killed.

    python -m tests.chaos.starter CONFIG     (the environment is Midwatch's)

It loads the code once and forks, because a start from nothing takes a second and a half, most of
a round. A line on its input starts one; it says `started PID`, and `ended STATUS` when it is gone.
"""

import asyncio
import os
import sys
import threading
from pathlib import Path

from bot import logs
from bot.running import serve
from bot.wiring import build
from config import load


def main() -> None:
    """Until the input ends; a Midwatch that runs then is killed."""
    config = Path(sys.argv[1])
    running: set[int] = set()
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            _midwatch(config)
        running.add(child)
        _say(f"started {child}")
        threading.Thread(target=_await, args=(child, running), daemon=True).start()
    for child in list(running):
        os.kill(child, 9)


def _midwatch(config: Path) -> None:
    """What `midwatch run` does. Never returns."""
    status = 1
    try:
        logs.configure("text")
        asyncio.run(_run(config))
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


async def _run(config: Path) -> None:
    await serve(await build(load(config, os.environ), os.environ), host="127.0.0.1")


def _await(child: int, running: set[int]) -> None:
    _, status = os.waitpid(child, 0)
    running.discard(child)
    _say(f"ended {os.waitstatus_to_exitcode(status)}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
