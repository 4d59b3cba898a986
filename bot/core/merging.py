"""Incidents that turn out to be one: the first remains, the others point to it.

What a team has said of one of them it has said of the one that remains. What had gone out belongs
to that one from now on, so that a text that did not arrive is still followed up.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

from bot.core import following_up, recipients
from bot.core.draft import Draft
from bot.core.escalation import advance_all, held_back, quiet_end, start_tracks, steps_of
from bot.core.incident import (
    REMIND_AFTER,
    Incident,
    IncidentState,
    Track,
    TrackState,
    all_acknowledged,
)
from bot.core.informing import HANDOVER
from bot.core.page import Page, PageState, Urgency
from bot.core.paging import cancel_waiting, page_step, worded
from bot.core.rules_of import any_team_is_enough
from bot.core.silencing import silence_of
from bot.core.wording import joining as say

GREW_BY = 4
"""A storm that has so many times the services that were told of is told of anew."""
_TELLS_OF_ALL = frozenset({"step", "undelivered", "storm"})
"""Reasons of pages that say what is down, as of when they are sent."""


def merge(draft: Draft, into: int, other: int, why: str) -> None:
    """`other` becomes part of `into`. `why` is said in both threads (mrkdwn, escaped)."""
    cancel_waiting(draft, other, None, f"part of #{into} now")
    one, two = draft.incidents[into], draft.incidents[other]
    # Before the pages move: whom of a team a page of its own incident has reached counts on.
    tracks = tuple(_tracks(draft, one, two))
    for page in draft.pages_of(other):
        if not page.waiting and page.state is not PageState.CANCELLED:
            draft.change_page(page, incident=into)
    parts = one.services + tuple(it for it in two.services if not one.affects(it.service))
    draft.put_incident(
        replace(
            one,
            services=parts,
            began_at=min(one.began_at, two.began_at),
            tracks=tracks,
            cause=one.cause or two.cause,
            remind_at=one.remind_at or two.remind_at,
            reminders=one.reminders if one.remind_at else two.reminders,
            split_at=one.split_at or two.split_at,
            follow_ups=following_up.of_both(one, two),
        )
    )
    draft.put_incident(
        replace(
            two,
            state=IncidentState.RESOLVED,
            merged_into=into,
            resolved_at=draft.now,
            tracks=tuple(_ended(track) for track in two.tracks),
            remind_at=None,
            split_at=None,
            weigh_at=None,
            follow_ups=following_up.left(two, draft.now),
        )
    )
    following_up.joined(draft, into)
    _move_silences(draft, into, other)
    _agree(draft, into)
    draft.reply(other, say.merged(other, into, why))
    draft.note("merged", "midwatch", say.merged(other, into, why), incident=other)
    draft.note("merged", "midwatch", say.took_in(other, into), incident=into)
    advance_all(draft, into)


def _move_silences(draft: Draft, into: int, other: int) -> None:
    """What was asked for by the number of the one that ends ends with the one that remains."""
    for silence in list(draft.silences.values()):
        if silence.id.startswith(f"{silence_of(other)}:") and not silence.ended:
            draft.put_silence(replace(silence, ended=True))
            draft.put_silence(replace(silence, id=draft.serial_key(silence_of(into))))


def _tracks(draft: Draft, one: Incident, two: Incident) -> Iterator[Track]:
    """Of both: a team that has acknowledged has done so for all; a team that is new, or whose
    pages of the first were held back, brings its track along.
    """
    for track in one.tracks:
        theirs = two.track(track.team)
        if theirs is None or track.state is TrackState.ACKNOWLEDGED:
            yield track
        elif theirs.state is TrackState.ACKNOWLEDGED:
            cancel_waiting(draft, one.number, frozenset({track.team}), "acknowledged")
            yield theirs
        elif theirs.open and held_back(draft, one, track):
            yield _brought(draft, one, two, theirs, track.round + 1)
        else:
            yield track
    for track in two.tracks:
        if one.track(track.team) is None:
            yield _brought(draft, one, two, track, track.round)


def _brought(draft: Draft, one: Incident, two: Incident, track: Track, number: int) -> Track:
    """It goes on, or begins anew at once where nothing of it has gone out yet."""
    sent = any(it.team == track.team and not it.waiting for it in _out(draft, two.number))
    if not track.open or sent or quiet_end(draft, two) is not None:
        return replace(track, round=number)
    (fresh,) = start_tracks(draft, (track.team,), steps_of(one, draft.policy))
    return replace(fresh, round=number)


def _out(draft: Draft, number: int) -> list[Page]:
    return [
        page
        for page in draft.pages_of(number)
        if page.reached and page.state is not PageState.CANCELLED
    ]


def _ended(track: Track) -> Track:
    open_ = track.state is not TrackState.ACKNOWLEDGED
    return replace(track, next_at=None, state=TrackState.RESOLVED if open_ else track.state)


def _agree(draft: Draft, number: int) -> None:
    """Whether the whole incident is acknowledged, now that its tracks are others."""
    incident = draft.incidents[number]
    whole = all_acknowledged(incident.tracks, any_team_is_enough(incident, draft.policy))
    if whole and incident.state is IncidentState.TRIGGERED:
        draft.put_incident(
            replace(
                incident,
                state=IncidentState.ACKNOWLEDGED,
                acknowledged_at=draft.now,
                remind_at=draft.now + REMIND_AFTER,
            )
        )
    elif not whole and incident.state is IncidentState.ACKNOWLEDGED:
        draft.put_incident(replace(incident, state=IncidentState.TRIGGERED, acknowledged_at=None))


def reword(draft: Draft, number: int) -> None:
    """What still waits says what is down now, not what was when it was written."""
    incident = draft.incidents[number]
    for page in draft.pages_of(number):
        track = incident.track(page.team)
        if page.waiting and page.reason in _TELLS_OF_ALL and track is not None:
            text, line = worded(draft, incident, track, page.reason, page.person, page.channel)
            draft.change_page(page, text=text, line=line)


def tell_of_storm(draft: Draft, number: int, urgency: Urgency = Urgency.FIRST) -> None:
    """Whoever was paged for one of its services, not only told, hears once that there are many.

    Those who are still paged by another first page, which waits for those of the same moment;
    those who have it already for their information. A text that still waits says it anyway.
    """
    incident = draft.incidents[number]
    incident = draft.put_incident(replace(incident, storm_told=len(incident.down())))
    for track in incident.tracks:
        people = dict.fromkeys(
            page.person
            for page in _out(draft, number)
            if page.team == track.team and page.reason != HANDOVER
        )
        for key in people:
            person = draft.policy.people.get(key)
            waits = any(it.waiting and it.person == key for it in draft.pages_of(number))
            if person is None or waits:
                continue
            asks = urgency if track.open else Urgency.INFO
            pairs = [(key, channel) for channel in recipients.quietly(person, draft.unusable)]
            page_step(draft, incident, track, pairs, reason="storm", urgency=asks)


def only_inform_of_storm(draft: Draft, number: int, teams: Collection[str], by: str | None) -> None:
    """Their team has it now: who was paged for one of many still hears that there are many.

    Whoever came (`by`) reads it in the answer.
    """
    for page in draft.pages_of(number):
        if page.waiting and page.reason == "storm" and page.team in teams and page.person != by:
            draft.change_page(page, urgency=Urgency.INFO)
    reword(draft, number)


def tell_of_growth(draft: Draft, number: int) -> None:
    """Whoever came for eight hears that it is hundreds by now: once, and not for each of them."""
    incident = draft.incidents.get(number)
    if incident is None or not incident.open or incident.storm_told is None:
        return
    if len(incident.down()) >= GREW_BY * incident.storm_told and quiet_end(draft, incident) is None:
        tell_of_storm(draft, number, Urgency.LATER)
