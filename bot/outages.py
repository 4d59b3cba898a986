"""The outages that were heard of and are not recorded yet: for these people are paged from memory.

A check tells only what changed, and whoever watches it keeps an event that could not be committed.
An alert's sender tells the same again and again under another key, and may give up after a 503. So
for alerts one outage counts once until its end is heard of, one that is known to fire is none, and
what could not be committed is kept here and handed in as soon as the database answers.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.core.events import Event, SignalExpired, SignalReported
from bot.core.signal import Level, from_alert
from bot.ports import Clock

Name = tuple[str, str]
"""Service and signal."""
MOST = 1000
"""An alert beyond these is not kept here; its sender was told to try again."""


class Outages:
    """By the key of their events: the event, and the monotonic time at which it was heard of."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._known: dict[str, tuple[SignalReported, float]] = {}
        self._firing: set[Name] = set()
        self._refused: dict[str, SignalReported] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, key: str) -> bool:
        return key in self._known

    def event(self, key: str) -> SignalReported:
        """What was said. Raises KeyError."""
        return self._known[key][0]

    def waiting(self, at_least_seconds: float) -> list[str]:
        """Keys of those that have been undecided for so long."""
        since = self.clock.monotonic() - at_least_seconds
        return [key for key, (_, heard) in self._known.items() if heard <= since]

    def remember(self, key: str, event: Event) -> None:
        """Before it is committed. Only a new outage counts; an alert's end forgets it."""
        if not isinstance(event, SignalReported):
            return
        if not from_alert(event.source):
            if event.level is Level.DOWN:
                self._known.setdefault(key, (event, self.clock.monotonic()))
            return
        name = _name(event)
        if event.level is not Level.DOWN:
            self._firing.discard(name)
            self._forget(name)
        elif name not in self._firing and not self._keys_of(name) and len(self._known) < MOST:
            self._known[key] = (event, self.clock.monotonic())
            self._refused[key] = event

    def received(self, events: Sequence[tuple[str, Event]]) -> None:
        """They are in the inbox, and so is what they repeat."""
        names = {_name(event) for _, event in events if isinstance(event, SignalReported)}
        self._refused = {
            key: event for key, event in self._refused.items() if _name(event) not in names
        }

    def not_received(self) -> list[tuple[str, Event]]:
        """Alerts whose sender was refused: it may never tell them again."""
        return list(self._refused.items())

    def decided(self, key: str, event: Event) -> None:
        """Nothing is waited for any more. A later word of a signal settles an earlier one."""
        self._known.pop(key, None)
        if not isinstance(event, SignalReported | SignalExpired):
            return
        name = _name(event)
        self._forget(name, event.at)
        if isinstance(event, SignalReported) and event.level is Level.DOWN:
            if from_alert(event.source):
                self._firing.add(name)
        else:
            self._firing.discard(name)

    def told(self, firing: set[Name]) -> None:
        """The alerts that are recorded as down, by whichever process."""
        self._firing = firing
        for name in {_name(event) for event, _ in self._known.values()} & firing:
            self._forget(name)

    def forget(self, key: str) -> None:
        """Somebody else has decided it."""
        self._known.pop(key, None)
        self._refused.pop(key, None)

    def _forget(self, name: Name, until: datetime | None = None) -> None:
        for key in self._keys_of(name):
            if until is None or self.event(key).at <= until:
                self.forget(key)

    def _keys_of(self, name: Name) -> list[str]:
        return [key for key, (event, _) in self._known.items() if _name(event) == name]


def _name(event: SignalReported | SignalExpired) -> Name:
    return event.service, event.signal
