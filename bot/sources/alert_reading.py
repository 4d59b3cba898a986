"""What all alert sources have in common: from one alert, as it was told, to a signal's event. Pure.

Every delivery makes events of its own, however often the same is told: a repeat must be heard, for
it renews the time-out, and an alert that fires anew may look exactly as it did before it was
resolved. That a repeat does no harm is the rules' business (`bot.core.trigger`).
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.alerts import MOST_FIRING
from bot.core.events import Event, SignalReported
from bot.core.policy import Policy
from bot.core.signal import Level, Links
from bot.hook import BadRequest, Known, Parsed
from bot.sources import reading
from bot.sources.services import by_key

MOST_ALERTS = 1000
"""Of one delivery. Those that fire go first; what is beyond is counted, and said."""
OLDEST = timedelta(days=30)
"""An alert that is said to fire since before then began then."""
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=30)
LONGEST_NAME, LONGEST_WORDS, LONGEST_NOTE = 80, 400, 500
NAMED_AT_MOST = 5
NO_OUTAGE = frozenset(
    ("warning", "warn", "info", "information", "informational", "notice", "none", "debug")
)
"""Severities that are told in Slack and page nobody; everything else is down."""
_SPAN = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?(s|m|min|h|d|w|week|weeks)")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_WEEK_SECONDS = 604800
_ORDER = {Level.DOWN: 0, Level.DEGRADED: 1, Level.UP: 2}


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as its sender told it. `field` is where the service stands in the payload.

    `identity` tells it from other alerts of the same source. `expires`: its own time-out.
    """

    service: str | None
    field: str
    name: str
    identity: str
    level: Level
    words: str = ""
    began_at: datetime | None = None
    expires: timedelta | None = None
    expires_at: datetime | None = None
    links: Links = ()


def taken(source: str, told: Sequence[Alert], known: Known, note: str = "") -> Parsed:
    """The events of the alerts whose service is known; the others are named.

    Raises BadRequest that names the first one's service if none of them is known.
    """
    events: list[tuple[str, SignalReported]] = []
    refused: list[BadRequest] = []
    # Were one resolved before another fires, the incident would end and open again.
    for alert in sorted(_last_of_each(told), key=lambda it: _ORDER[it.level])[:MOST_ALERTS]:
        try:
            service = _service(known.policy, alert)
        except BadRequest as unknown:
            refused.append(unknown)
            continue
        events.append(_event(source, service, alert, known))
    if refused and not events:
        raise refused[0]
    notes = [bad.message for bad in refused[:NAMED_AT_MOST]]
    if len(refused) > NAMED_AT_MOST:
        notes.append(f"and {len(refused) - NAMED_AT_MOST} more")
    if len(told) > MOST_ALERTS:
        notes.append(f"only {MOST_ALERTS} of {len(told)} alerts of a delivery are read")
    notes += [note] if note else []
    note = "; ".join(notes)[:LONGEST_NOTE]
    answer = {"alerts": len(events)} | ({"note": note} if note else {})
    return Parsed(events=(*events, *_once_more(events)), answer=answer, note=note or None)


def level_of(severity: object) -> Level:
    """What a firing alert of this severity says."""
    word = (reading.text(severity, 50) or "").casefold()
    return Level.DEGRADED if word in NO_OUTAGE else Level.DOWN


def span(value: object) -> timedelta | None:
    """A time-out as people write it (`90s`, `30m`, `2h`, `1 week`), within bounds; else None."""
    found = _SPAN.fullmatch((reading.text(value, 30) or "").lower())
    if found is None:
        return None
    length = timedelta(seconds=float(found[1]) * _SECONDS.get(found[2], _WEEK_SECONDS))
    return length if SHORTEST <= length <= LONGEST else None


def name_of(value: object) -> str | None:
    """An alert's name: on one line, and without what parts it from its words."""
    found = reading.text(value, 200)
    return " ".join(found.split()).replace(": ", " ")[:LONGEST_NAME].rstrip(": ") if found else None


def words_of(*values: object) -> str:
    """The first that says something, on one line."""
    found = (" ".join((reading.text(value, 2000) or "").split()) for value in values)
    return next((words[:LONGEST_WORDS] for words in found if words), "")


def links_of(*pairs: tuple[str, object]) -> Links:
    """Those of (label, address) that are web addresses, each once."""
    found: dict[str, str] = {}
    for label, value in pairs:
        address = reading.web_address(value)
        if address and address not in found:
            found[address] = label
    return tuple((label, address) for address, label in found.items())


def identity(fingerprint: object, labels: Mapping[str, object]) -> str:
    """The fingerprint; old versions send none, then a digest of the labels."""
    given = reading.text(fingerprint, 100)
    if given:
        return given
    pairs = sorted((key, reading.text(value) or "") for key, value in labels.items())
    return hashlib.sha256(repr(pairs).encode("utf-8", "replace")).hexdigest()[:16]


def began(value: object, now: datetime) -> datetime:
    """When it began: never after now, and not before `OLDEST`. What is no time is now."""
    found = value if isinstance(value, datetime) else reading.moment(value)
    return max(min(found or now, now), now - OLDEST)


def _last_of_each(told: Iterable[Alert]) -> list[Alert]:
    """What a delivery says twice of one alert, it says last."""
    return list({(alert.service, alert.identity): alert for alert in told}.values())


def _once_more(events: Sequence[tuple[str, SignalReported]]) -> list[tuple[str, Event]]:
    """Where a service has more alerts than are kept, those that fire are told again after the ends
    of others: now there is room for them, and their sender may not repeat them for hours.
    """
    count = Counter(event.service for _, event in events)
    over = {event.service for _, event in events if event.level is Level.UP}
    return [
        (f"{key}:again", event)
        for key, event in events
        if event.service in over
        and count[event.service] > MOST_FIRING
        and event.level is not Level.UP
    ]


def _service(policy: Policy, alert: Alert) -> str:
    if alert.service is None:
        raise BadRequest(alert.field, f"{alert.name} names no service")
    try:
        return by_key(policy, alert.service, alert.field).key
    except BadRequest as unknown:
        raise BadRequest(alert.field, f"{unknown.message} ({alert.name})") from None


def _event(source: str, service: str, alert: Alert, known: Known) -> tuple[str, SignalReported]:
    now, signal = known.now, f"{source}:{alert.identity}"
    ends = alert.expires_at or now + (alert.expires or known.policy.alerts.expires)
    over = alert.level is Level.UP
    event = SignalReported(
        service=service,
        signal=signal,
        source=source,
        level=alert.level,
        began_at=now if over else began(alert.began_at, now),
        at=now,
        detail=f"{alert.name}: {alert.words}" if alert.words else alert.name,
        reason="resolved" if over else "firing",
        expires_at=None if over else ends,
        links=alert.links,
    )
    return f"alert:{service}:{signal}:{alert.level.value}:{now.isoformat()}", event
