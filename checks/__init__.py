"""Checks: ways of asking whether a service works. One kind a file; adding one is one new file.

A kind's file has `KIND`. Whatever the other side does, a probe ends in time with a `Result`.
"""

import asyncio
import importlib
import logging
import pkgutil
import time
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from checks.options import CheckOptions

log = logging.getLogger(__name__)

DETAIL_AT_MOST = 200
BACKSTOP_SECONDS = 0.25
STALL_SECONDS = 1.0


class Outcome(StrEnum):
    """What a probe said. `unknown` is our own fault and never counts against the service."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long the parts of a probe took; None where it was not measured."""

    first_byte: float | None = None
    total: float | None = None
    dns: float | None = None
    connect: float | None = None
    tls: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What one probe found. `at` is its start (aware UTC).

    `reason` is a code for programs, `detail` a sentence for people. `answered` False: a failure
    without an answer (DNS, connect, time-out); only these ask the canaries. `final`: asking again
    would only repeat it (a job's own word), so it needs no confirmation.
    """

    outcome: Outcome
    reason: str
    detail: str
    at: datetime
    seconds: Seconds = Seconds()
    answered: bool = True
    final: bool = False


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What is known of a heartbeat's calls. `created_at`: since when it is expected.

    `message` came with the last call that told how it went.
    """

    created_at: datetime
    last_ok_at: datetime | None = None
    last_start_at: datetime | None = None
    last_fail_at: datetime | None = None
    last_warn_at: datetime | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Versions:
    """Which versions of a service may run now.

    `right`: any of these is what should, the first one is named to people; never empty. During a
    roll-out the old and the new one are. `former`: those that ran before. A version that is neither
    may be of a roll-out that nobody has reported yet; where `former` is None it is simply wrong.
    """

    right: tuple[str, ...]
    former: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a probe may know about the rest of the world.

    `versions`: those of the service that may run now; None where they are not known.
    """

    now: Callable[[], datetime]
    heartbeat: Callable[[str], Heartbeat | None] = lambda _name: None
    versions: Versions | None = None


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps every probe of a check from working on this machine, and how to mend it."""

    what: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of check.

    `examine` looks at options for an obstacle without asking the target: a program or a file that
    is not there, a right that Midwatch's user has not. It may read files; None: there is none.
    """

    name: str
    options: type[CheckOptions]
    probe: Callable[[Any, Context], Awaitable[Result]]
    examine: Callable[[Any], Obstacle | None] | None = None


@cache
def _found() -> dict[str, Kind]:
    modules = [
        importlib.import_module(f"{__name__}.{item.name}")
        for item in pkgutil.iter_modules(__path__)
    ]
    kinds = [module.KIND for module in modules if isinstance(getattr(module, "KIND", None), Kind)]
    return {kind.name: kind for kind in kinds}


def kinds() -> tuple[str, ...]:
    """The names of every kind, in the order of the alphabet."""
    return tuple(sorted(_found()))


def load(kind: str) -> Kind:
    """The kind of that name. Raises KeyError for one that there is not."""
    return _found()[kind]


async def run(kind: Kind, options: CheckOptions, context: Context) -> Result:
    """One probe. It ends by the check's `timeout` and never raises: our own faults are unknown.

    A kind keeps its deadline itself, because it knows how far it got; the one here is for a kind
    that does not. A time-out much later than asked means that this process stood still.
    """
    at = context.now()
    limit = options.timeout.total_seconds()
    started = time.monotonic()
    try:
        async with asyncio.timeout(limit + BACKSTOP_SECONDS):
            result = await kind.probe(options, context)
    except TimeoutError:
        detail = f"no answer within {limit:g} s"
        result = Result(Outcome.DOWN, "timeout", detail, at, Seconds(total=limit), answered=False)
    except Exception as fault:
        log.exception("a probe of the kind %s failed", kind.name)
        detail = f"the probe itself failed ({type(fault).__name__})"
        return Result(Outcome.UNKNOWN, "internal", detail, at)
    result = believed(result, time.monotonic() - started, limit)
    return replace(result, detail=clean(result.detail))


def believed(result: Result, took_seconds: float, limit_seconds: float) -> Result:
    """The result, or `unknown` for a time-out that came so late that this process stood still."""
    if result.reason != "timeout" or took_seconds <= limit_seconds + STALL_SECONDS:
        return result
    detail = "Midwatch itself stood still, so the time-out says nothing"
    return replace(result, outcome=Outcome.UNKNOWN, reason="late", detail=detail)


def clean(text: str, at_most: int = DETAIL_AT_MOST) -> str:
    """Text from outside on one line: no control characters, no odd spaces, bounded."""
    kept = "".join(
        " " if char.isspace() else char
        for char in text[: at_most * 4]
        if char.isspace() or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    line = " ".join(kept.split())
    return line if len(line) <= at_most else line[: at_most - 1] + "…"
