"""When time alone changes something: a step is due, or an owner is to be reminded."""

from dataclasses import replace

from bot.core import following_up, recipients
from bot.core.draft import Draft
from bot.core.escalation import advance_all, quiet_end
from bot.core.events import TimePassed
from bot.core.incident import REMIND_EVERY, REMINDERS_AT_MOST, Incident, TrackState
from bot.core.page import Urgency
from bot.core.paging import page_step
from bot.core.splitting import split
from bot.core.wording import thread_replies as say


def time_passed(draft: Draft, event: TimePassed) -> None:
    """Run what is due in one incident. Follow-ups are asked for when it is long over."""
    incident = draft.incidents.get(event.number)
    if incident is None:
        return
    if incident.open:
        advance_all(draft, incident.number)
        _remind(draft, draft.incidents[incident.number])
        split(draft, draft.incidents[incident.number])
    following_up.remind(draft, incident.number)


def _remind(draft: Draft, incident: Incident) -> None:
    """Acknowledged and still down: its owners, after 30 minutes, then hourly, three times."""
    if incident.remind_at is None or incident.remind_at > draft.now:
        return
    resume = quiet_end(draft, incident)
    if resume is not None:
        draft.put_incident(replace(incident, remind_at=resume))
        return
    count = incident.reminders + 1
    following = draft.now + REMIND_EVERY if count < REMINDERS_AT_MOST else None
    incident = draft.put_incident(replace(incident, reminders=count, remind_at=following))
    for track in incident.tracks:
        owner = draft.policy.people.get(track.by or "")
        if track.state is not TrackState.ACKNOWLEDGED or owner is None:
            continue
        again = replace(track, step=track.step + count)
        channels = recipients.channels_for_step(owner, ("sms",), draft.unusable)
        pairs = [(owner.key, channel) for channel in channels]
        page_step(draft, incident, again, pairs, reason="reminder", urgency=Urgency.LATER)
    draft.reply(incident.number, say.reminded(incident, draft.policy))
    draft.note(
        "reminded", "midwatch", say.reminded(incident, draft.policy), incident=incident.number
    )
