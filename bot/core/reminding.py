"""When time alone changes something: a step is due, or an owner is to be reminded."""

from dataclasses import replace

from bot.core import following_up, recipients, supporting
from bot.core.draft import Draft
from bot.core.escalation import advance_all, quiet_end
from bot.core.events import TimePassed
from bot.core.handing_over import handed_to
from bot.core.incident import REMIND_EVERY, REMINDERS_AT_MOST, Incident, Track, TrackState
from bot.core.page import Urgency
from bot.core.paging import page_step
from bot.core.wording import thread_replies as say


def time_passed(draft: Draft, event: TimePassed) -> None:
    """Run what is due in one incident. Follow-ups are asked for when it is long over."""
    incident = draft.incidents.get(event.number)
    if incident is None:
        return
    if incident.open:
        advance_all(draft, incident.number)
        _remind(draft, draft.incidents[incident.number])
        supporting.time_passed(draft, incident.number)
    following_up.remind(draft, incident.number)


def _remind(draft: Draft, incident: Incident) -> None:
    """Still down: whoever has it, 30 minutes after the last of them came, then hourly.

    Three times at most each: another team that comes later begins the count anew, but not theirs.
    """
    if incident.remind_at is None or incident.remind_at > draft.now:
        return
    resume = quiet_end(draft, incident)
    if resume is not None:
        draft.put_incident(replace(incident, remind_at=resume))
        return
    count = incident.reminders + 1
    following = draft.now + REMIND_EVERY if count < REMINDERS_AT_MOST else None
    incident = draft.put_incident(replace(incident, reminders=count, remind_at=following))
    theirs = [track for track in incident.tracks if _to_be_reminded(draft, incident, track)]
    for track in theirs:
        again = replace(track, step=track.step + count)
        pairs = _pairs(draft, (track.by or "", *handed_to(draft, incident, track)))
        page_step(draft, incident, again, pairs, reason="reminder", urgency=Urgency.LATER)
    if theirs:
        text = say.reminded(theirs, count, draft.policy)
        draft.reply(incident.number, text)
        draft.note("reminded", "midwatch", text, incident=incident.number)


def _to_be_reminded(draft: Draft, incident: Incident, track: Track) -> bool:
    """A team that has it, and was not reminded often enough since."""
    if track.state is not TrackState.ACKNOWLEDGED or track.at is None:
        return False
    told = {
        page.created_at
        for page in draft.pages_of(incident.number)
        if (page.reason, page.person) == ("reminder", track.by) and page.created_at >= track.at
    }
    return len(told) < REMINDERS_AT_MOST


def _pairs(draft: Draft, people: tuple[str, ...]) -> list[tuple[str, str]]:
    """Whoever has it, and whoever came on call since: both are reminded until one takes it over."""
    known = [draft.policy.people[key] for key in people if key in draft.policy.people]
    return [
        (person.key, channel)
        for person in known
        for channel in recipients.channels_for_step(person, ("sms",), draft.unusable)
    ]
