"""The parent of the drawing process: one at a time, bounded in time, remembered by content.

A child that hangs is killed, one that crashes is noted, and for a while nothing new is tried for
the same charts. Whoever wanted a picture gets `CannotDraw` and shows the numbers without it.
"""

import asyncio
import base64
import contextlib
import hashlib
import json
import os
import sys
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import structlog

from bot.drawing import child, widths
from bot.ports import CannotDraw, Clock, Form

log = structlog.get_logger(__name__)

WITHIN_SECONDS = 10.0
"""Of a child; drawing all charts of a page takes it about half a second."""
WAIT_SECONDS = 15.0
"""Of somebody who wants a picture, with those before them in the queue."""
WAITING_AT_MOST = 16
REST_SECONDS = 30.0
"""After a failure, before the same charts are tried again."""
KEPT_BYTES = 4_000_000
ANSWER_AT_MOST = 16_000_000
COMMAND = (sys.executable, "-I", str(Path(child.__file__)))
_PASSED_ON = ("PATH", "SYSTEMROOT", "TMPDIR", "LD_LIBRARY_PATH")
"""Of the environment: the child has no business with tokens."""


class Drawer:
    """Implements `bot.ports.Drawing`."""

    def __init__(
        self,
        clock: Clock,
        *,
        command: Sequence[str] = COMMAND,
        within_seconds: float = WITHIN_SECONDS,
        kept_bytes: int = KEPT_BYTES,
    ) -> None:
        self._clock, self.command = clock, tuple(command)
        self._within_seconds, self._kept_bytes = within_seconds, kept_bytes
        self._turn = asyncio.Semaphore(1)
        self._waiting = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._failed: OrderedDict[str, float] = OrderedDict()

    async def draw(self, specs: Sequence[str], form: Form) -> list[bytes]:
        """One picture a chart description (Vega-Lite as JSON), in their order.

        Several at once cost little more than one. Raises CannotDraw.
        """
        keys = [_key(spec, form) for spec in specs]
        found = self._found(keys)
        if found is not None:
            return found
        if self._waiting >= WAITING_AT_MOST:
            raise CannotDraw("too many pictures are waiting to be drawn")
        self._waiting += 1
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                async with self._turn:
                    return self._found(keys) or await self._drawn(keys, specs, form)
        except TimeoutError:
            raise CannotDraw("drawing took too long") from None
        finally:
            self._waiting -= 1

    def _found(self, keys: Sequence[str]) -> list[bytes] | None:
        """From memory. A failure that is remembered is raised again."""
        if all(key in self._kept for key in keys):
            for key in keys:
                self._kept.move_to_end(key)
            return [self._kept[key] for key in keys]
        now = self._clock.monotonic()
        if any(self._failed.get(key, now) > now for key in keys):
            raise CannotDraw("drawing failed a moment ago")
        return None

    async def _drawn(self, keys: Sequence[str], specs: Sequence[str], form: Form) -> list[bytes]:
        request = json.dumps({"form": form, "specs": list(specs)}).encode()
        try:
            pictures = _read(await self._asked(request), len(keys))
            if form == "svg":
                pictures = [widths.kept(it) for it in pictures]
        except CannotDraw as error:
            log.warning("chart_not_drawn", error=str(error))
            for key in keys:
                self._failed[key] = self._clock.monotonic() + REST_SECONDS
            while len(self._failed) > WAITING_AT_MOST * 8:
                self._failed.popitem(last=False)
            raise
        self._kept.update(zip(keys, pictures, strict=True))
        while sum(map(len, self._kept.values())) > self._kept_bytes and self._kept:
            self._kept.popitem(last=False)
        return pictures

    async def _asked(self, request: bytes) -> bytes:
        """What a child answers. Raises CannotDraw; no child outlives this."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=_environment(),
            )
        except OSError as error:
            raise CannotDraw(f"no process to draw in ({type(error).__name__})") from None
        try:
            async with asyncio.timeout(self._within_seconds):
                answer = await _exchanged(process, request)
                status = await process.wait()
        except TimeoutError:
            raise CannotDraw(f"gave no answer for {self._within_seconds:.0f} s") from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if status != 0:
            raise CannotDraw(f"ended with status {status}")
        return answer


async def _exchanged(process: asyncio.subprocess.Process, request: bytes) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(request)
        await process.stdin.drain()
    process.stdin.close()
    answer = bytearray()
    while part := await process.stdout.read(65536):
        answer += part
        if len(answer) > ANSWER_AT_MOST:
            raise CannotDraw("answered with far more than pictures")
    return bytes(answer)


def _read(answer: bytes, wanted: int) -> list[bytes]:
    try:
        pictures = [base64.b64decode(text) for text in json.loads(answer)["pictures"]]
    except (ValueError, KeyError, TypeError):
        raise CannotDraw("gave an answer that is no picture") from None
    if len(pictures) != wanted:
        raise CannotDraw(f"drew {len(pictures)} of {wanted} pictures")
    return pictures


def _key(spec: str, form: Form) -> str:
    return hashlib.sha256(f"{form}\n{spec}".encode()).hexdigest()


def _environment() -> dict[str, str]:
    """The zone is fixed, so that a day in a chart is the day that the numbers say."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**passed, "TZ": "UTC", "LC_ALL": "C.UTF-8"}
