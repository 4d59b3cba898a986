"""Runs a program to its end: no shell, bounded in time and output, and nothing of it stays behind.

It leads a session, and so a process group, of its own. When it has ended, is too late, prints
without end, or the probe is cancelled, the whole group is killed (SIGKILL: a program may ignore
anything softer). Beyond reach are children that leave the group and those of another user (sudo).
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

KEPT_BYTES = 64 * 1024
FLOOD_BYTES = 1024 * 1024
"""Who prints more than this does not stop by itself, and would keep us busy until its deadline."""
CHUNK_BYTES = 64 * 1024
REAPED_WITHIN_SECONDS = 0.1
"""The killed are gone in no time, unless the system itself holds them: those are not waited for."""


@dataclass(frozen=True, slots=True)
class Program:
    """What is run. `argv[0]` is a path; `environment` is all of it."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    directory: str | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended. `code` is negative for a signal and None at its deadline.

    `out` and `err` are the first 64 KiB of what it printed; `flooded`: it was killed for printing
    without end.
    """

    code: int | None
    out: bytes = b""
    err: bytes = b""
    flooded: bool = False


async def run_program(program: Program, limit_seconds: float) -> Ended:
    """Run it. Raises OSError where it cannot be started."""
    deadline = asyncio.get_running_loop().time() + limit_seconds
    with _Ear() as out, _Ear() as err:
        process = await _start(program, out, err)
        in_time = await _end(process, out, err, deadline)
        # Only now: a child that outlived it may hold the pipes, and an end of them never come.
        out.take_the_rest()
        err.take_the_rest()
        code = process.returncode if in_time else None
        return Ended(code, bytes(out.heard), bytes(err.heard), out.flooded or err.flooded)


async def _start(program: Program, out: "_Ear", err: "_Ear") -> asyncio.subprocess.Process:
    """Start it, whole: who is cancelled meanwhile may have a program with children already."""
    starting = asyncio.create_task(_spawn(program, out, err))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait([starting])
        if starting.exception() is None:
            _kill_group(starting.result().pid)
        raise


async def _spawn(program: Program, out: "_Ear", err: "_Ear") -> asyncio.subprocess.Process:
    # Our own pipes, not asyncio's: some versions wait for the end of theirs after the program's.
    try:
        return await asyncio.create_subprocess_exec(
            *program.argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out.mouth,
            stderr=err.mouth,
            cwd=program.directory,
            env=dict(program.environment),
            start_new_session=True,
        )
    finally:
        out.close_mouth()
        err.close_mouth()


async def _end(
    process: asyncio.subprocess.Process, out: "_Ear", err: "_Ear", deadline: float
) -> bool:
    """Wait until it ends or must; then nothing of its group is left. Whether it was in time."""
    try:
        out.listen(lambda: _kill_group(process.pid))
        err.listen(lambda: _kill_group(process.pid))
        async with asyncio.timeout_at(deadline):
            await process.wait()
        return True
    except TimeoutError:
        return False
    finally:
        _kill_group(process.pid)
        if process.returncode is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REAPED_WITHIN_SECONDS):
                    await process.wait()


def _kill_group(leader: int) -> None:
    # An empty group's number may belong to another process only after all others were given out.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


@dataclass(slots=True)
class _Ear:
    """A pipe: the program prints into `mouth`; what came first is kept, the rest thrown away."""

    heard: bytearray = field(default_factory=bytearray)
    total: int = 0
    mouth: int = -1
    _ear: int = -1
    _on_flood: Callable[[], None] = lambda: None

    def __enter__(self) -> Self:
        self._ear, self.mouth = os.pipe()
        os.set_blocking(self._ear, False)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_listening()
        self.close_mouth()
        os.close(self._ear)

    @property
    def flooded(self) -> bool:
        return self.total > FLOOD_BYTES

    def close_mouth(self) -> None:
        """The program has its own copy."""
        if self.mouth >= 0:
            os.close(self.mouth)
            self.mouth = -1

    def listen(self, on_flood: Callable[[], None]) -> None:
        """From now on nothing that is printed waits."""
        self._on_flood = on_flood
        asyncio.get_running_loop().add_reader(self._ear, self._take)

    def take_the_rest(self) -> None:
        """What is in the pipe; not what somebody who is beyond reach goes on printing."""
        self._stop_listening()
        for _ in range(FLOOD_BYTES // CHUNK_BYTES):
            if self.flooded or not self._take():
                return

    def _take(self) -> bool:
        """One chunk; False when there is none."""
        try:
            chunk = os.read(self._ear, CHUNK_BYTES)
        except BlockingIOError:
            return False
        self.total += len(chunk)
        self.heard += chunk[: KEPT_BYTES - len(self.heard)]
        if not chunk or self.flooded:
            self._stop_listening()
        if self.flooded:
            self._on_flood()
        return bool(chunk)

    def _stop_listening(self) -> None:
        asyncio.get_running_loop().remove_reader(self._ear)
