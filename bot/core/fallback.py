"""A page that did not reach the phone: the next channel, or the next person, at once.

The order is: a call if there is a phone, then the person's other channels as they list them (those
by which they heard of this incident before come last), then another member of the team who has
not been tried. When nobody is left to try, the track's next step runs now instead of at its time.
While it is quiet nobody stands in for a page from before: the track goes on at the quiet's end.
"""

import re
from dataclasses import replace

from bot.core import recipients
from bot.core.draft import Draft
from bot.core.escalation import advance, quiet_end, steps_of
from bot.core.incident import Incident, Track
from bot.core.informing import DUTY, HANDOVER, inform_otherwise
from bot.core.page import Page, Urgency
from bot.core.paging import new_page, replace_track
from bot.core.policy import Person
from bot.core.wording import thread_replies as say

LOUDEST = ("call",)
"""Tried before the others, which come in the person's own order."""
_STOOD_IN = re.compile(r"(-then-undelivered(-\d+)?)+\Z")
"""What the key of a page ends in that stands in for another one, by another channel."""


def fall_back(draft: Draft, page: Page, why: str) -> None:
    """Try what comes next for a page that counts as not paged. Once for each page."""
    if page.reason in (DUTY, HANDOVER):
        inform_otherwise(draft, page)
        return
    if page.fell_back or not page.incident:
        return
    page = draft.change_page(page, fell_back=True)
    incident = draft.by_number(page.incident)
    track = _track_that_waits(draft, incident, page) if incident else None
    if incident is None or track is None:
        return
    if _quiet_came_after(draft, incident, page):
        _write_down(
            draft, incident, page, None, why, say.not_reached_in_quiet(page, why, draft.policy)
        )
        return
    made = _another_channel(draft, incident, track, page) or _another_person(
        draft, incident, track, page
    )
    text = say.not_reached(page, made, why, draft.policy)
    _write_down(draft, incident, page, made, why, text)
    if made is None:
        _next_step_now(draft, incident, track)


def _quiet_came_after(draft: Draft, incident: Incident, page: Page) -> bool:
    """A page from within the quiet is one that a person asked for: it has to reach somebody."""
    if quiet_end(draft, incident) is None:
        return False
    return quiet_end(draft, incident, page.created_at) is None


def _track_that_waits(draft: Draft, incident: Incident, page: Page) -> Track | None:
    """The track this page worked for, while that team has not acknowledged."""
    if not incident.open or page.urgency is Urgency.INFO:
        return None
    teams = (page.team, *draft.policy.teams_of(page.person))
    tracks = [track for track in incident.tracks if track.team in teams and track.open]
    return next((track for track in tracks if track.team == page.team), next(iter(tracks), None))


def _another_channel(draft: Draft, incident: Incident, track: Track, page: Page) -> Page | None:
    person = draft.policy.people.get(page.person)
    if person is None:
        return None
    for channel in _untried(draft, incident.number, person, page):
        key = f"{page.key}-then"
        return new_page(
            draft, key, incident, track, person.key, channel, "undelivered", page.urgency
        )
    return None


def _untried(draft: Draft, number: int, person: Person, page: Page) -> list[str]:
    """The person's channels, in the order of this rule, that this same attempt did not use.

    An attempt is a page and all that stood in for it: with every provider away, one that forgot
    its beginning would go round and round its channels.
    """
    first = draft.pages.get(_STOOD_IN.sub("", page.key), page)
    tried = {
        other.channel
        for other in draft.pages_of(number)
        if other.person == person.key and other.created_at >= first.created_at
    }
    usable = recipients.channels_of(person, draft.unusable)
    left = [name for name in recipients.in_order(usable, LOUDEST) if name not in tried]
    before = {it.channel for it in draft.pages_of(number) if it.person == person.key}
    return sorted(left, key=lambda name: name in before and name not in LOUDEST)


def _another_person(draft: Draft, incident: Incident, track: Track, page: Page) -> Page | None:
    team = draft.policy.teams.get(track.team)
    if team is None:
        return None
    following = recipients.named_by("next", team, draft.policy, draft.now)
    tried = {other.person for other in draft.pages_of(incident.number)}
    for key in dict.fromkeys((*following, *team.members)):
        person = draft.policy.people.get(key)
        if person is None or key in tried:
            continue
        channels = recipients.channels_for_step(person, ("sms",), draft.unusable)
        if channels:
            base = f"{page.key}-{key}"
            return new_page(
                draft, base, incident, track, key, channels[0], "undelivered", Urgency.FIRST
            )
    return None


def _next_step_now(draft: Draft, incident: Incident, track: Track) -> None:
    """Nobody else to try: do not wait for the next step, unless another page is on its way.

    Only a step that has not run yet is hurried: repeats keep their time, or an hour of repeats
    would be burnt in the minute in which a provider is down.
    """
    if track.repeated or track.step >= len(steps_of(incident, draft.policy)):
        return
    alive = [
        page
        for page in draft.pages_of(incident.number)
        if page.team == track.team and page.reached and page.urgency is not Urgency.INFO
    ]
    if alive or track.next_at is None:
        return
    draft.put_incident(
        replace_track(draft.incidents[incident.number], replace(track, next_at=draft.now))
    )
    advance(draft, incident.number, track.team)


def _write_down(
    draft: Draft, incident: Incident, page: Page, made: Page | None, why: str, text: str
) -> None:
    draft.reply(incident.number, text)
    draft.note(
        "not_paged",
        "midwatch",
        text,
        incident=incident.number,
        facts=(("page", page.key), ("why", why), ("then", made.key if made else "")),
    )
