"""A light per team for a thread's first message: who has it, or who is being paged and how."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.core.incident import Incident, Track, TrackState
from bot.core.page import Page, PageState
from bot.core.policy import Policy
from bot.core.rules_of import is_not_needed
from bot.core.wording import held
from bot.core.wording.outside import said
from bot.core.wording.words import and_list, slack_time

MOST_PEOPLE = 3
CALLING = frozenset({"step", "undelivered", "last_resort", "reopened", "escalated", "storm"})
"""Reasons of pages that ask somebody to come; the others only tell."""
_CALL = {PageState.SENT: "called", PageState.DELIVERED: "call answered"}
"""A call that was put through is not yet one that somebody took."""
_CHANNEL = {"sms": "text", "slack": "Slack message", "email": "e-mail", "webhook": "webhook"}


def light(track: Track, incident: Incident, pages: Sequence[Page], policy: Policy) -> str:
    """One team: `🟢 IT: Ana has it, 03:14`, `🟠 Development: paging Bo (text delivered 03:13)`."""
    name = said(policy.team_name(track.team), 80)
    if track.state is TrackState.ACKNOWLEDGED:
        if is_not_needed(track, incident, policy):
            return f"⚪ {name}: not needed, {said(policy.name_of(track.by), 80)} has it"
        at = f", {slack_time(track.at, policy.timezone)}" if track.at else ""
        had = "has it" if incident.open else "had it"
        return f"🟢 {name}: {said(policy.owner_of(track.by), 80)} {had}{at}"
    if not incident.open:
        return f"⚪ {name}: nobody said they had it"
    if track.state is TrackState.EXHAUSTED:
        return f"🔴 {name}: *nobody came*, everyone was paged"
    return f"🟠 {name}: {_paging(track, pages, policy)}"


def _paging(track: Track, pages: Sequence[Page], policy: Policy) -> str:
    zone = policy.timezone
    latest = _latest(page for page in pages if page.team == track.team and page.reason in CALLING)
    following = [] if track.next_at is None else [f"next at {slack_time(track.next_at, zone)}"]
    if not latest:
        return " ".join(["nobody paged yet", *(f"({words})" for words in following)])
    shown = latest[:MOST_PEOPLE]
    names = [said(policy.name_of(page.person), 80) for page in shown]
    if len(latest) > len(shown):
        names.append(f"{len(latest) - len(shown)} more")
    states = [_state(page, zone) for page in shown]
    same = states[:1] if len(set(states)) == 1 else []
    told = same or [f"{name}: {words}" for name, words in zip(names, states, strict=False)]
    return f"paging {and_list(names)} ({', '.join([*told, *following])})"


def _latest(pages: Iterable[Page]) -> list[Page]:
    """The last page of each person, those paged last first."""
    by_person: dict[str, Page] = {}
    for page in sorted(pages, key=lambda page: (page.due_at, page.created_at)):
        if page.state is not PageState.CANCELLED:
            by_person[page.person] = page
    return sorted(by_person.values(), key=lambda page: page.due_at, reverse=True)


def _state(page: Page, zone: str) -> str:
    what = _CHANNEL.get(page.channel, page.channel)
    if page.channel == "call" and page.state in _CALL:
        return f"{_CALL[page.state]}{_at(page.state_at or page.sent_at, zone)}"
    if page.state is PageState.QUEUED and page.error:
        return f"{what} not taken yet: {said(page.error, 120)}; tried again"
    if held.waits(page):
        return f"{what} {held.told(page, slack_time(page.due_at, zone))}"
    if page.silent:
        return f"{what} sent, no sign of it on the phone"
    at = _at(page.state_at or page.sent_at, zone)
    match page.state:
        case PageState.DELIVERED:
            went = held.bundled(page)
            return f"{what} delivered{at}{f', {went}' if went else ''}"
        case PageState.SENT:
            return f"{what} sent{_at(page.sent_at, zone)}"
        case PageState.UNDELIVERED | PageState.FAILED:
            why = f": {said(page.error, 120)}" if page.error else ""
            return f"{what} not delivered{why}"
        case PageState.BUNDLED:
            return f"{what} {held.bundled(page)}"
        case _:
            return f"{what} on its way"


def _at(at: datetime | None, zone: str) -> str:
    return f" {slack_time(at, zone)}" if at else ""
