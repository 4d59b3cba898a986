"""One look at one part: bounded in time, and a fault of ours is a finding, not a crash."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from bot.doctor.clocks import Heard
from bot.doctor.finding import Finding, fail
from bot.doctor.known import Known

LOOK_SECONDS = 5.0


@dataclass(slots=True)
class Seen:
    """What a look found, the clocks that it heard on the way, and what the database knows."""

    findings: list[Finding] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    known: Known | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """`see` is started at once with all the others."""

    part: str
    see: Callable[[], Awaitable[Seen]]


async def look_at_all(looks: Iterable[Look], seconds: float = LOOK_SECONDS) -> list[Seen]:
    """Take every look at once, each with the same deadline; in the order given."""
    return list(await asyncio.gather(*(_bounded(look, seconds) for look in looks)))


async def _bounded(look: Look, seconds: float) -> Seen:
    try:
        async with asyncio.timeout(seconds):
            return await look.see()
    except TimeoutError:
        what = f"no answer within {seconds:g} s"
        return Seen([fail(look.part, what, "is it reachable from this machine?")])
    except Exception as fault:
        # The worker's edge: one part that cannot be looked at must not hide the others.
        what = f"could not be examined ({type(fault).__name__})"
        return Seen([fail(look.part, what, "look at it yourself, and report this as a bug")])
