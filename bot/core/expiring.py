"""An alert that is neither repeated nor resolved ends by its own time-out, and that is said."""

from dataclasses import replace

from bot.core.draft import Draft
from bot.core.events import SignalExpired
from bot.core.signal import Level, worst
from bot.core.trigger import attend
from bot.core.wording import alerts as say


def signal_expired(draft: Draft, event: SignalExpired) -> None:
    """Taken as over. One that was repeated before this was decided goes on."""
    old = draft.signals.get((event.service, event.signal))
    if old is None or old.level is Level.UP or old.expires_at is None:
        return
    if old.expires_at > draft.now:
        return
    up = replace(old, level=Level.UP, reason="expired", at=draft.now, expires_at=None)
    draft.put_signal(up)
    incident = draft.open_with(event.service)
    ended = say.expired(old, draft.now)
    number = incident.number if incident else None
    draft.note("signal_expired", "midwatch", ended, service=event.service, incident=number)
    # Where the service is up by this, the end of its part of the incident says why.
    if incident is None:
        draft.post("incidents", say.of_service(event.service, ended))
    elif old.level is Level.DEGRADED or worst(draft.signals_of(event.service)) is not None:
        draft.reply(incident.number, say.of_service(event.service, ended))
    attend(draft, event.service, ended=ended)
