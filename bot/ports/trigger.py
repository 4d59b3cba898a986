"""What sets a signed deployment in motion."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.effects import TriggerRelease


@dataclass(frozen=True, slots=True)
class Motion:
    """It was set in motion; `url` is where people can watch it, if that is known."""

    url: str | None = None


class Trigger(Protocol):
    """One way. `repeatable`: the other side takes the same order once, however often it comes."""

    kind: str
    repeatable: bool

    async def start(self, effect: TriggerRelease, correlation: str) -> Motion:
        """Set it in motion. `correlation` names this attempt to the other side.

        Raises Transient (`may_have_happened` where it may run now) or Permanent.
        """
        ...

    async def find(
        self, effect: TriggerRelease, correlation: str, since: datetime
    ) -> Motion | None:
        """Whether it runs, asked after an attempt without a clear answer; None: not seen.

        Raises Transient or Permanent when it cannot be asked.
        """
        ...
