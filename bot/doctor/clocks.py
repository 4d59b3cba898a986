"""Whether this machine's clock is right, by the clocks of those we talk to anyway. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from bot.doctor.finding import Finding, fail, ok, warn

RESOLUTION = timedelta(seconds=1)
"""The `Date` header has whole seconds."""
DOUBTFUL, WRONG = timedelta(seconds=5), timedelta(seconds=60)
"""Slack refuses signatures that are five minutes off; long before that, texts tell wrong times."""
_PART = "clock"
_MEND = "switch on time synchronisation (chrony or systemd-timesyncd)"


@dataclass(frozen=True, slots=True)
class Heard:
    """Another clock: what it said, and our time just before and after (aware)."""

    whose: str
    said: datetime
    before: datetime
    after: datetime
    resolution: timedelta = timedelta()

    @property
    def off_by(self) -> timedelta:
        """How far ours is ahead of it (negative: behind), as far as that is certain."""
        if self.before > self.said + self.resolution:
            return self.before - self.said - self.resolution
        if self.after < self.said:
            return self.after - self.said
        return timedelta()


def from_header(whose: str, date: str | None, before: datetime, after: datetime) -> list[Heard]:
    """What a `Date` header says; nothing when there is none that can be read."""
    try:
        said = parsedate_to_datetime(date or "")
    except (TypeError, ValueError):
        return []
    said = said if said.tzinfo else said.replace(tzinfo=UTC)
    return [Heard(whose, said, before, after, RESOLUTION)]


def compared(heard: Iterable[Heard]) -> list[Finding]:
    """One finding for all of them: those that disagree, or that ours agrees."""
    others = list(heard)
    if not others:
        return [warn(_PART, "there was no other clock to compare with")]
    wrong = [_disagrees(other) for other in others if abs(other.off_by) > DOUBTFUL]
    names = ", ".join(dict.fromkeys(other.whose for other in others))
    return wrong or [ok(_PART, f"agrees with that of {names}")]


def _disagrees(other: Heard) -> Finding:
    seconds = abs(other.off_by).total_seconds()
    way = "ahead of" if other.off_by > timedelta() else "behind"
    say = fail if abs(other.off_by) > WRONG else warn
    return say(_PART, f"is {seconds:.0f} s {way} the clock of {other.whose}", _MEND)
