"""What leads are told: the week on Monday, a record of the streak, its end; pictures asked for."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.core.draft import Draft
from bot.core.effects import SharePicture, TellOfStreak
from bot.core.incident import Cause, Incident
from bot.core.leads_events import PictureAsked, RecordBroken, WeekEnded
from bot.core.policy import Policy
from bot.core.wording import leads as say

MONDAY, SAID_FROM = 0, 9
"""The hour of the configured zone's clock; a Midwatch that was away says it later that day."""


def monday_to_tell(policy: Policy, now: datetime) -> date | None:
    """This Monday, where the week is told and it is time to; else None."""
    local = now.astimezone(ZoneInfo(policy.timezone))
    due = policy.digest and local.weekday() == MONDAY and local.hour >= SAID_FROM
    return local.date() if due else None


def week_ended(draft: Draft, event: WeekEnded) -> None:
    """Text first: it is all there where no picture can be had."""
    draft.post("digest", event.text)
    key = draft.serial_key("picture")
    picture = event.picture
    draft.emit(SharePicture(key, picture.chart, picture.title, picture.alt, "digest"))
    draft.note(
        "week_told", "midwatch", f"the week before {event.monday.isoformat()} was told to leads"
    )


def record_broken(draft: Draft, event: RecordBroken) -> None:
    """Once a streak: the event's key names its beginning."""
    text = say.record(event.days, event.before_days)
    draft.post("digest", text)
    facts = (("since", event.since.isoformat()), ("before", str(event.before_days)))
    draft.note("streak_record", "midwatch", text, facts=facts)


def cause_changed(draft: Draft, incident: Incident, before: Cause | None, cause: Cause) -> None:
    """The streak may have ended with this incident, or not have ended after all.

    Which it was is looked up when it is told: this decision sees no other incidents.
    """
    was, ended = before is not None and before.kind == "deployment", cause.kind == "deployment"
    if was != ended:
        key = draft.serial_key("streak")
        draft.emit(TellOfStreak(key, incident.number, incident.down_since, ended))


def picture_asked(draft: Draft, event: PictureAsked) -> None:
    """To the one who asked, in their direct messages: a channel did not ask for it."""
    actor, picture = event.actor, event.picture
    if actor.slack is not None:
        key = draft.serial_key("picture")
        draft.emit(
            SharePicture(
                key,
                picture.chart,
                picture.title,
                picture.alt,
                slack=actor.slack,
                response_url=actor.response_url,
            )
        )
