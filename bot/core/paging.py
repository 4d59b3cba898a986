"""Making, cancelling and replacing pages."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from types import ModuleType

from bot.core.bundling import BUNDLE
from bot.core.draft import Draft
from bot.core.incident import Incident, Track
from bot.core.informing import HANDOVER
from bot.core.overrides import TeamOverride
from bot.core.page import Page, PageState, Urgency
from bot.core.wording import mail, texts, voice, webhook

_WORDINGS: Mapping[str, ModuleType] = {
    "call": voice,
    "email": mail,
    "webhook": webhook,
}
_OUTLIVES_AN_ACKNOWLEDGEMENT = frozenset({BUNDLE, "escalated", "reminder", "test", "blind"})
"""Reasons of pages that an acknowledgement does not answer, or that speak of several incidents."""


def page_step(
    draft: Draft,
    incident: Incident,
    track: Track,
    pairs: list[tuple[str, str]],
    *,
    reason: str,
    urgency: Urgency,
) -> list[Page]:
    """Page these (person, channel) pairs for one track. A person already paged now is not twice."""
    made = []
    for person, channel in pairs:
        if _paged_right_now(draft, incident.number, person, channel):
            continue
        key = f"{incident.number}-{track.team}-{track.round}-{track.step}.{track.repeated}"
        page = new_page(
            draft, f"{key}-{person}-{channel}", incident, track, person, channel, reason, urgency
        )
        made.append(page)
    return made


def new_page(
    draft: Draft,
    key: str,
    incident: Incident,
    track: Track,
    person: str,
    channel: str,
    reason: str,
    urgency: Urgency,
) -> Page:
    """One page, worded for this person, channel and moment, and put into the outbox."""
    key = _free(draft, f"{key}" if reason == "step" else f"{key}-{reason}")
    text, line = worded(draft, incident, track, reason, person, channel)
    page = Page(
        key=key,
        incident=incident.number,
        person=person,
        team=track.team,
        channel=channel,
        urgency=urgency,
        reason=reason,
        text=text,
        line=line,
        created_at=draft.now,
        due_at=draft.now,
        step=track.step,
        state_at=draft.now,
    )
    draft.put_page(page)
    return page


def worded(
    draft: Draft, incident: Incident, track: Track, reason: str, person: str, channel: str
) -> tuple[str, str]:
    """The words of a page by this channel as of now, and its share of one that names several."""
    wording = _WORDINGS.get(channel, texts)
    return (
        wording.page_text(incident, track, reason, person, draft.policy, draft.now),
        wording.page_line(incident, person, draft.policy),
    )


def cancel_waiting(draft: Draft, number: int, teams: frozenset[str] | None, why: str) -> int:
    """Cancel pages that were not handed over yet; returns how many.

    `teams` None: all of them. A person who is also in a team that still pages keeps their page,
    and so does one whose text names other incidents that still want it.
    """
    incident = draft.incidents[number]
    still = {track.team for track in incident.tracks if track.open}

    def meant(page: Page) -> bool:
        if page.incident != number or page.urgency is Urgency.INFO:
            return False
        if teams is None:
            return True
        return page.team in teams and not still & set(draft.policy.teams_of(page.person))

    waiting = [page for page in draft.pages.values() if page.waiting]
    chosen = [
        page
        for page in waiting
        if (_carries_nothing_else(draft, page, meant) if page.reason == BUNDLE else meant(page))
    ]
    for page in sorted(chosen, key=lambda page: page.key):
        draft.change_page(page, state=PageState.CANCELLED, error=why, state_at=draft.now)
    return len(chosen)


def take_back(draft: Draft, number: int, reason: str, why: str) -> None:
    """Cancel what still waits of one reason: what it says is true no longer."""
    for page in draft.pages_of(number):
        if page.waiting and page.reason == reason:
            draft.change_page(page, state=PageState.CANCELLED, error=why, state_at=draft.now)


def _carries_nothing_else(draft: Draft, carrier: Page, meant: Callable[[Page], bool]) -> bool:
    """Whether nobody wants the text of several incidents once the pages that are meant are gone."""
    carried = [page for page in draft.pages.values() if page.bundled_into == carrier.key]
    others = [page for page in carried if not meant(page)]
    if len(others) == len(carried):
        return False  # it does not name this incident
    return not any(
        page.incident in draft.incidents
        and still_wanted(page, draft.incidents[page.incident], draft.policy.teams_of(page.person))
        for page in others
    )


def still_wanted(page: Page, incident: Incident, teams: Collection[str]) -> bool:
    """Whether a page that was tried in vain should still go out; `teams` are the person's own.

    An acknowledgement cancels what waits. A page that was just being tried then comes back to
    the queue afterwards, so it is asked again before each further try.
    """
    if page.urgency is Urgency.INFO or page.reason in _OUTLIVES_AN_ACKNOWLEDGEMENT:
        return True
    return incident.open and any(
        track.open for track in incident.tracks if track.team in (page.team, *teams)
    )


def paged_as_stand_in(
    pages: Iterable[Page], overrides: Iterable[TeamOverride], person: str
) -> frozenset[str]:
    """Teams for which these pages went to this person while they stood in for it."""
    mine = [it for it in overrides if it.person == person]
    return frozenset(
        page.team
        for page in pages
        for it in mine
        if (page.person, page.team) == (person, it.team)
        and it.start <= page.created_at < it.end
        and page.state is not PageState.CANCELLED
    )


def paged_people(draft: Draft, number: int) -> list[tuple[str, str, str]]:
    """(person, team, channel) of everybody whom a page may have reached, each person once.

    Since it was reopened last: who was not paged again knows that it was over before.
    """
    incident = draft.incidents[number]
    since = min((track.started_at for track in incident.tracks), default=incident.triggered_at)
    seen: dict[str, tuple[str, str, str]] = {}
    for page in draft.pages_of(number):
        if page.created_at < since or page.reason == HANDOVER:
            continue
        if page.state not in (PageState.CANCELLED, PageState.QUEUED) and page.reached:
            seen.setdefault(page.person, (page.person, page.team, page.channel))
    return list(seen.values())


def _paged_right_now(draft: Draft, number: int, person: str, channel: str) -> bool:
    return any(
        (page.person, page.channel) == (person, channel)
        and page.created_at == draft.now
        and page.reached
        for page in draft.pages_of(number)
    )


def _free(draft: Draft, key: str) -> str:
    """`key`, or `key` with a counter when an earlier page of the same name exists."""
    if key not in draft.pages:
        return key
    count = 2
    while f"{key}-{count}" in draft.pages:
        count += 1
    return f"{key}-{count}"


def replace_track(incident: Incident, track: Track) -> Incident:
    """The incident with this track in the place of its team's."""
    tracks = tuple(track if old.team == track.team else old for old in incident.tracks)
    return replace(incident, tracks=tracks)
