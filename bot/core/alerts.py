"""What is special about alerts: they are repeated, and new ones may come without end."""

from dataclasses import replace

from bot.core.draft import Draft
from bot.core.signal import Level, Signal, from_alert
from bot.core.wording import alerts as say

MOST_FIRING = 50
"""Alerts of one service that are kept singly. A label that changes with every pod makes new ones
for ever."""


def kept(draft: Draft, new: Signal, old: Signal | None) -> bool:
    """Whether the signal is to be known. Not: the end of an alert that nobody knew, or one more
    than `MOST_FIRING`.
    """
    if not from_alert(new.source) or (old is not None and old.level is not Level.UP):
        return True
    if new.level is Level.UP:
        return old is not None
    firing = [signal for signal in draft.signals_of(new.service) if _fires(signal)]
    if len(firing) == MOST_FIRING - 1:
        _tell_many(draft, new.service)
    return len(firing) < MOST_FIRING


def continued(new: Signal, old: Signal | None) -> Signal:
    """A repeat moves no beginning; an end may leave out what it is the end of."""
    if old is None or not from_alert(new.source):
        return new
    if new.level is old.level:
        return replace(new, began_at=min(old.began_at, new.began_at))
    return new if new.detail else replace(new, detail=old.detail)


def _fires(signal: Signal) -> bool:
    return from_alert(signal.source) and signal.level is not Level.UP


def _tell_many(draft: Draft, service: str) -> None:
    incident = draft.open_with(service)
    text = say.many(service, MOST_FIRING)
    if incident:
        draft.reply(incident.number, text)
    else:
        draft.post("incidents", text)
    number = incident.number if incident else None
    draft.note("alerts_beyond", "midwatch", text, service=service, incident=number)
