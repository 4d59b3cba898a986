"""When nobody is paged although something is down: silences, maintenance windows, blindness."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.policy import Policy, Window
from bot.core.signal import Silence


@dataclass(frozen=True, slots=True)
class QuietSpan:
    """A silence or a maintenance window as people see it: one, however many services it is of.

    `services` empty means all of them. `until` is exclusive. `number` None: the configuration
    plans it, so nobody asked for it (`by` None) and its end is changed there.
    """

    services: tuple[str, ...]
    since: datetime
    until: datetime
    reason: str = ""
    maintenance: bool = True
    by: str | None = None
    number: int | None = None
    incident: int | None = None

    def affects(self, service: str) -> bool:
        """Whether that service is quiet by it."""
        return not self.services or service in self.services

    @property
    def planned(self) -> bool:
        """Whether the configuration plans it."""
        return self.by is None and self.number is None


def quiet_until(
    service: str, silences: Iterable[Silence], windows: Iterable[Window], now: datetime
) -> tuple[datetime, str] | None:
    """Until when `service` is quiet, and why; None when it is not.

    Spans that touch or overlap count as one, so that nobody is paged in the seam between them.
    """
    found = quiet_now(service, spans_of(silences, windows), now)
    return (found.until, _why(found)) if found else None


def quiet_now(service: str, spans: Iterable[QuietSpan], now: datetime) -> QuietSpan | None:
    """What keeps `service` quiet now, up to the end of all that touches it; None: it is loud."""
    mine = [span for span in spans if span.affects(service)]
    first = next((span for span in mine if span.since <= now < span.until), None)
    if first is None:
        return None
    until, extended = first.until, True
    while extended:
        ends = [span.until for span in mine if span.since <= until < span.until]
        until, extended = max(ends, default=until), bool(ends)
    return replace(first, until=until)


def held_back(
    policy: Policy, silences: Iterable[Silence], now: datetime, seen: Collection[str] = ()
) -> tuple[tuple[str, datetime], ...]:
    """(service, until when) of every quiet service that is not among `seen`.

    Such a service may be down without an incident: nobody may say then that nothing is down.
    """
    known = spans_of(silences, policy.windows)
    spans = {key: quiet_now(key, known, now) for key in policy.services}
    return tuple((key, span.until) for key, span in spans.items() if span and key not in seen)


def spans_of(silences: Iterable[Silence], windows: Iterable[Window]) -> list[QuietSpan]:
    """What is or will be quiet, in the order of its beginning; what was ended early is not."""
    asked = together(silence for silence in silences if not silence.ended)
    planned = [
        QuietSpan(tuple(sorted(window.services)), window.since, window.until, window.reason)
        for window in windows
    ]
    return sorted([*asked, *planned], key=lambda span: (span.since, span.number or 0))


def together(silences: Iterable[Silence]) -> list[QuietSpan]:
    """What was asked for at once is one, and so is its number.

    Silences of a version before have no number; each stands for itself.
    """
    groups: dict[int | str, list[Silence]] = {}
    for silence in silences:
        groups.setdefault(silence.number or silence.id, []).append(silence)
    return [_as_one(group) for group in groups.values()]


def _as_one(group: list[Silence]) -> QuietSpan:
    first = group[0]
    named = tuple(dict.fromkeys(item.service for item in group if item.service is not None))
    return QuietSpan(
        services=named if all(item.service is not None for item in group) else (),
        since=min(item.since for item in group),
        until=max(item.until for item in group),
        reason=first.reason,
        maintenance=first.kind == "maintenance",
        by=first.by,
        number=first.number,
        incident=first.incident,
    )


def _why(span: QuietSpan) -> str:
    return span.reason or ("maintenance" if span.maintenance else "silence")
