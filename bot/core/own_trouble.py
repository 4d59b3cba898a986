"""Trouble of our own: blindness, a provider that cannot be reached, a test page."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.core import recipients
from bot.core.draft import Draft
from bot.core.events import ConfigurationChanged, PageTestAsked, SightChanged, TroubleChanged
from bot.core.page import Page, Urgency
from bot.core.trigger import attend
from bot.core.wording import texts, voice
from bot.core.wording import thread_replies as say


def sight_changed(draft: Draft, event: SightChanged) -> None:
    """All canaries are down (or answer again): a fault of ours is not an outage of theirs."""
    if event.blind and event.overdue:
        _page_everybody_on_call(draft, event)
        return
    if event.blind == (draft.blind_since is not None):
        return
    draft.blind_since = event.since if event.blind else None
    text = say.blind(event.since, draft.policy) if event.blind else say.sees_again(event.uncounted)
    draft.post("incidents", text)
    draft.note("sight", "midwatch", text)
    if not event.blind:
        for service in sorted({signal.service for signal in draft.signals.values()}):
            attend(draft, service)


def _page_everybody_on_call(draft: Draft, event: SightChanged) -> None:
    text = texts.blind(event.since, draft.policy)
    spoken = voice.blind(event.since, draft.policy)
    for team in draft.policy.teams.values():
        for key in recipients.on_call(team, draft.policy, draft.now):
            person = draft.policy.people[key]
            for channel in recipients.channels_of(person, draft.unusable):
                _page(
                    draft,
                    f"blind-{int(event.since.timestamp())}-{key}-{channel}",
                    key,
                    team.key,
                    channel,
                    spoken if channel == "call" else text,
                    "blind",
                )
    draft.note("blind_paged", "midwatch", text)


def trouble_changed(draft: Draft, event: TroubleChanged) -> None:
    """A part of our own fails, or works again: said where people look, not only in a log."""
    known = draft.scene.troubles
    parts = [event.part] if event.failing else _ended(event.part, known)
    if not parts or (event.failing and event.part in known):
        return
    since = min((known[part] for part in parts if part in known), default=event.since)
    for part in parts:
        draft.trouble(part, event.since if event.failing else None)
    text = say.trouble(replace(event, since=since), draft.policy)
    if not (event.part in ("slack", "slack:incidents") and event.failing):
        # Slack cannot be told that it is away; that it was, it is told afterwards in one message.
        draft.post("incidents", text)
    draft.note("trouble", "midwatch", text, facts=(("part", event.part),))


def _ended(part: str, known: Mapping[str, datetime]) -> list[str]:
    """The troubles that are over. The configuration is in use only when all its files are right."""
    files = [name for name in known if name.startswith("config:")] if part == "config" else []
    return files + [part] * (part in known)


def configuration_changed(draft: Draft, event: ConfigurationChanged) -> None:
    """Written down: an auditor asks who could be paged, and who could approve, at the time."""
    for sentence in event.changes:
        draft.note("configuration", "midwatch", sentence)


def page_test_asked(draft: Draft, event: PageTestAsked) -> None:
    """A test page: the whole path to one phone, without an incident."""
    person = draft.policy.people.get(event.person)
    if person is None:
        return
    teams = draft.policy.teams_of(event.person)
    wording = voice if event.channel == "call" else texts
    _page(
        draft,
        event.key,
        event.person,
        teams[0] if teams else "",
        event.channel,
        wording.test_page(person, draft.now),
        "test",
    )
    draft.note(
        "test_page",
        event.actor.name or event.actor.person or "midwatch",
        f"Test page to {person.name} by {event.channel}",
    )


def _page(
    draft: Draft, key: str, person: str, team: str, channel: str, text: str, reason: str
) -> None:
    draft.put_page(
        Page(
            key=key,
            incident=0,
            person=person,
            team=team,
            channel=channel,
            urgency=Urgency.FIRST,
            reason=reason,
            text=text,
            line=text,
            created_at=draft.now,
            due_at=draft.now,
            state_at=draft.now,
        )
    )
