"""A silence or a maintenance window is over: looked at again, recorded, and told once."""

from collections.abc import Iterable
from dataclasses import replace

from bot.core import quiet
from bot.core.draft import Draft
from bot.core.incident import Incident
from bot.core.quiet import QuietSpan
from bot.core.quiet_events import QuietOver
from bot.core.signal import Level, Silence
from bot.core.silencing import facts_of
from bot.core.trigger import looked_again
from bot.core.wording import quiets as say


def quiet_over(draft: Draft, event: QuietOver) -> None:
    """What is down is paged from now on; what happened meanwhile is said in one message.

    What people asked for is always told of; a window of the configuration in which nothing
    happened is written down only.
    """
    span, mine = _span(event), _rows(draft, event.number)
    if any(row.told_at is not None or not _is_over(row, draft) for row in mine):
        return
    for row in mine:
        draft.put_silence(replace(row, told_at=draft.now))
    services = span.services or tuple(draft.policy.services)
    looked_again(draft, services)
    for incident in _began_in(draft, span):
        draft.reply(incident.number, say.began_in(span, draft.policy))
    left = tuple(_left(draft, services))
    text = say.over(span, draft.scene.changes, left, draft.policy)
    happened = bool(draft.scene.changes or left)
    if happened or (mine and not all(row.ended for row in mine)):
        _tell(draft, span, text)
    draft.note(
        "quiet_over",
        "midwatch",
        text,
        incident=span.incident,
        service=span.services[0] if len(span.services) == 1 else None,
        facts=(
            *facts_of(span),
            ("by", span.by or ""),
            ("changes", str(len(draft.scene.changes))),
            ("left", ",".join(it.service for it in left)),
        ),
    )


def _span(event: QuietOver) -> QuietSpan:
    return QuietSpan(
        services=event.services,
        since=event.since,
        until=event.until,
        reason=event.reason,
        maintenance=event.maintenance,
        by=event.by,
        number=event.number,
        incident=event.incident,
    )


def _rows(draft: Draft, number: int | None) -> list[Silence]:
    if number is None:
        return []
    return [silence for silence in draft.silences.values() if silence.number == number]


def _is_over(silence: Silence, draft: Draft) -> bool:
    """It may have been lengthened since the event was made."""
    return silence.ended or silence.until <= draft.now


def _began_in(draft: Draft, span: QuietSpan) -> Iterable[Incident]:
    """Open incidents that nobody was told of when they began, because of it."""
    for incident in draft.open_incidents():
        mine = any(span.affects(part.service) for part in incident.services)
        paged_since = max((track.started_at for track in incident.tracks), default=draft.now)
        if mine and span.since <= incident.down_since < span.until <= paged_since:
            yield incident


def _left(draft: Draft, services: Iterable[str]) -> Iterable[say.Left]:
    """What is not right now: the service, how, its open incident, and until when it is quiet."""
    spans = quiet.spans_of(draft.silences.values(), draft.policy.windows)
    for service in services:
        levels = {signal.level for signal in draft.signals_of(service)}
        if not levels & {Level.DOWN, Level.DEGRADED}:
            continue
        incident = draft.open_with(service)
        still = quiet.quiet_now(service, spans, draft.now)
        yield say.Left(
            service,
            Level.DOWN if Level.DOWN in levels else Level.DEGRADED,
            incident.number if incident else None,
            still.until if still else None,
        )


def _tell(draft: Draft, span: QuietSpan, text: str) -> None:
    incident = draft.by_number(span.incident) if span.incident is not None else None
    if incident is not None:
        draft.reply(incident.number, text)
    else:
        draft.post("incidents", text)
