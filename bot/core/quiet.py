"""When nobody is paged although something is down: silences, maintenance windows, blindness."""

from collections.abc import Collection, Iterable
from datetime import datetime

from bot.core.policy import Policy, Window
from bot.core.signal import Silence


def quiet_until(
    service: str, silences: Iterable[Silence], windows: Iterable[Window], now: datetime
) -> tuple[datetime, str] | None:
    """Until when `service` is quiet, and why; None when it is not.

    Spans that touch or overlap count as one, so that nobody is paged in the seam between them.
    """
    spans = _spans(service, silences, windows)
    until, why = now, ""
    extended = True
    while extended:
        extended = False
        for since, end, reason in spans:
            if since <= until < end:
                until, why, extended = end, why or reason, True
    return (until, why) if until > now else None


def held_back(
    policy: Policy, silences: Iterable[Silence], now: datetime, seen: Collection[str] = ()
) -> tuple[tuple[str, datetime], ...]:
    """(service, until when) of every quiet service that is not among `seen`.

    Such a service may be down without an incident: nobody may say then that nothing is down.
    """
    known = tuple(silences)
    spans = {key: quiet_until(key, known, policy.windows, now) for key in policy.services}
    return tuple((key, span[0]) for key, span in spans.items() if span and key not in seen)


def _spans(
    service: str, silences: Iterable[Silence], windows: Iterable[Window]
) -> list[tuple[datetime, datetime, str]]:
    spans = [
        (silence.since, silence.until, silence.reason or silence.kind)
        for silence in silences
        if not silence.ended and silence.service in (None, service)
    ]
    spans += [
        (window.since, window.until, window.reason or "maintenance")
        for window in windows
        if not window.services or service in window.services
    ]
    return spans
