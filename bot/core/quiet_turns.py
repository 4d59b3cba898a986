"""When a silence or a maintenance window begins and is over, as events for the rules.

Every replica finds the same ones under the same keys, so each is decided once. Of windows that
the configuration plans, those are found that turned while nobody ran, a day back.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from bot.core.events import Event, QuietBegun, QuietOver
from bot.core.policy import Policy
from bot.core.quiet import QuietSpan, spans_of, together
from bot.core.signal import Silence

LOOKS_BACK = timedelta(days=1)
"""For a process that begins: what turned before it did."""


def turns(
    untold: Iterable[Silence], policy: Policy, seen_at: datetime, now: datetime
) -> list[tuple[str, Event]]:
    """What turned since `seen_at`. `untold`: silences of which nobody was told yet what happened
    under them, over or not.
    """

    def new(at: datetime) -> bool:
        return seen_at < at <= now

    known = list(untold)
    windows = (it for it in policy.windows if new(it.since) or new(it.until))
    asked = [it for it in known if it.asked_at is not None and it.asked_at < it.since]
    begun = [it for it in spans_of(asked, ()) if new(it.since) and it.until > now]
    events: list[tuple[str, Event]] = [*_over(known, now)]
    for span in [*spans_of((), windows), *begun]:
        if span.until <= now:
            events.append(_told(span, now))
        else:
            events.append((f"quiet-begun:{_name(span)}", QuietBegun(span.services, now)))
    return events


def _over(untold: Iterable[Silence], now: datetime) -> Iterator[tuple[str, Event]]:
    """One that people asked for is over when it is for every service that it names."""
    rows = list(untold)
    lasting = {row.number for row in rows if not row.ended and row.until > now}
    for span in together(row for row in rows if row.number not in lasting):
        yield _told(span, now)


def _told(span: QuietSpan, now: datetime) -> tuple[str, Event]:
    until = min(span.until, now)
    event = QuietOver(
        services=span.services,
        since=span.since,
        until=until,
        at=now,
        reason=span.reason,
        by=span.by,
        maintenance=span.maintenance,
        number=span.number,
        incident=span.incident,
    )
    return f"quiet-over:{_name(span)}:{span.until.isoformat()}", event


def _name(span: QuietSpan) -> str:
    """Names it for ever: its number, or which services it keeps quiet since when."""
    if span.number is not None:
        return str(span.number)
    services = hashlib.sha256(",".join(span.services).encode()).hexdigest()[:12]
    return f"{services}:{span.since.isoformat()}"
