"""Who is on call when. Rotas are kept in local wall time, so nine o'clock stays nine o'clock.

A hand-over that falls into the hour that a clock change skips happens when the clock has jumped;
one that falls into the hour that comes twice happens the first time. So at any instant exactly one
person of a layer has the duty.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.duty_hours import Hours, edges, is_open


@dataclass(frozen=True, slots=True)
class Layer:
    """A rotation of people.

    `starts` is the first hand-over in local wall time (naive) of `timezone`; before it nobody of
    this layer is on call. `every` is a length of wall time: `timedelta(weeks=1)` hands over at the
    same hour every week. `only`: the layer is empty outside these hours; None: it never is.
    """

    name: str
    people: tuple[str, ...]
    every: timedelta
    starts: datetime
    timezone: str
    only: tuple[Hours, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse what no instant could be answered for: ValueError says which."""
        if not self.people:
            raise ValueError(f"rota {self.name!r} has nobody in it")
        if self.every < timedelta(minutes=1):
            raise ValueError(f"rota {self.name!r} hands over more often than every minute")
        if self.starts.tzinfo is not None:
            raise ValueError(f"rota {self.name!r}: starts is local time, without an offset")


@dataclass(frozen=True, slots=True)
class Rota:
    """Layers, the first of which that has somebody wins."""

    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True)
class Override:
    """A swap: `person` takes the duty from `start` until `end` (exclusive, aware).

    `replaces`: only while that person would have it. None: whoever has it.
    """

    start: datetime
    end: datetime
    person: str
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """A span (`end` exclusive, aware UTC) in which the same people are on call; none: a gap."""

    start: datetime
    end: datetime
    people: tuple[str, ...]


def on_call(rota: Rota, at: datetime, overrides: Sequence[Override] = ()) -> tuple[str, ...]:
    """Who is on call at `at` (aware); empty when nobody is: then the whole team is.

    Of several overrides the later in the list has the last word.
    """
    people = next((found for layer in rota.layers if (found := _in_layer(layer, at))), ())
    for override in overrides:
        applies = override.replaces is None or override.replaces in people
        if applies and override.start <= at < override.end:
            people = (override.person,)
    return people


def next_on_call(rota: Rota, at: datetime, overrides: Sequence[Override] = ()) -> tuple[str, ...]:
    """Who comes next if those on call do not answer; empty if there is nobody else.

    The layer below that has somebody else; without one, the next person in the rotation.
    """
    busy = on_call(rota, at, overrides)
    manned = [layer for layer in rota.layers if _in_layer(layer, at)]
    below = [_in_layer(layer, at) for layer in manned[1:]]
    after = [(person,) for layer in manned[:1] for person in _rotation(layer, at)]
    return next((people for people in [*below, *after] if not set(people) & set(busy)), ())


def shifts(
    rota: Rota, start: datetime, end: datetime, overrides: Sequence[Override] = ()
) -> list[Shift]:
    """Who is on call from `start` until `end` (exclusive), oldest first, gaps left out."""
    return [shift for shift in _spans(rota, start, end, overrides) if shift.people]


def gaps(
    rota: Rota, start: datetime, end: datetime, overrides: Sequence[Override] = ()
) -> list[Shift]:
    """When nobody is on call between `start` and `end` (exclusive), oldest first."""
    return [shift for shift in _spans(rota, start, end, overrides) if not shift.people]


def spans(
    rota: Rota, start: datetime, end: datetime, overrides: Sequence[Override] = ()
) -> list[Shift]:
    """The shifts and the gaps between `start` and `end` (exclusive), oldest first."""
    return list(_spans(rota, start, end, overrides))


def _in_layer(layer: Layer, at: datetime) -> tuple[str, ...]:
    turn = _turn(layer, at)
    if turn < 0:
        return ()
    local = at.astimezone(ZoneInfo(layer.timezone))
    if layer.only is not None and not is_open(layer.only, local.replace(tzinfo=None)):
        return ()
    return (layer.people[turn % len(layer.people)],)


def _rotation(layer: Layer, at: datetime) -> tuple[str, ...]:
    """The layer's people from the one after the present turn on."""
    turn = (_turn(layer, at) + 1) % len(layer.people)
    return layer.people[turn:] + layer.people[:turn]


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Local wall time (naive) as UTC: in an hour that comes twice the first time, in one that is
    skipped when the clock jumps.
    """
    early, late = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    skipped = early.astimezone(zone).replace(tzinfo=None) != wall
    return _change_between(zone, early, late) if skipped else early


def _turn(layer: Layer, at: datetime) -> int:
    """Which turn it is, from 0 at `starts`; negative before it."""
    return (_wall(at, ZoneInfo(layer.timezone)) - layer.starts) // layer.every


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    """The local wall clock at `at`, except that it stands still while an hour comes again.

    Standing still keeps a hand-over from being taken back.
    """
    local = at.astimezone(zone)
    if not local.fold:
        return local.replace(tzinfo=None)
    return _repeat_ends(local).replace(tzinfo=None) - timedelta(microseconds=1)


def _repeat_ends(local: datetime) -> datetime:
    """The wall time at which the repeated hour that `local` (fold 1) is in ends."""
    zone = local.tzinfo
    before = local.replace(fold=0).utcoffset()
    after = local.utcoffset()
    assert isinstance(zone, ZoneInfo)
    assert before is not None
    assert after is not None
    first = local.replace(fold=0).astimezone(UTC)
    changed = _change_between(zone, first, local.astimezone(UTC))
    return (changed + before).replace(tzinfo=None)


def _change_between(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The first second in (low, high] at which the zone's offset is no longer that of `low`.

    Found by halving: zone data tell offsets, not when they change.
    """
    offset = low.astimezone(zone).utcoffset()
    low, high = low.replace(microsecond=0), high.replace(microsecond=0) + timedelta(seconds=1)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high


def _spans(
    rota: Rota, start: datetime, end: datetime, overrides: Sequence[Override]
) -> Iterator[Shift]:
    """Everything from `start` to `end`, cut where somebody else takes over."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    moments = {start}
    for layer in rota.layers:
        moments.update(_moments(layer, start, end))
    for override in overrides:
        moments.update((override.start.astimezone(UTC), override.end.astimezone(UTC)))
    began, people = start, None
    for moment in sorted(moment for moment in moments if start <= moment < end):
        now = on_call(rota, moment, overrides)
        if people is not None and now != people:
            yield Shift(began, moment, people)
            began = moment
        people = now
    if people is not None:
        yield Shift(began, end, people)


def _moments(layer: Layer, start: datetime, end: datetime) -> Iterator[datetime]:
    """Every instant at which the layer could change hands; a few more do no harm."""
    zone = ZoneInfo(layer.timezone)
    day = timedelta(days=1)
    low, high = (moment.astimezone(zone).replace(tzinfo=None) for moment in (start, end))
    first = max(0, (low - day - layer.starts) // layer.every)
    turn = layer.starts + first * layer.every
    walls = []
    while turn <= high + day:
        walls.append(turn)
        turn += layer.every
    if layer.only is not None:
        walls.extend(edges(layer.only, low - day, high + day))
    for wall in walls:
        for fold in (0, 1):
            yield wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    yield from _clock_changes(zone, start, end)


def _clock_changes(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    step = timedelta(hours=6)
    low = start.replace(microsecond=0)
    while low < end:
        high = low + step
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            yield _change_between(zone, low, high)
        low = high
