"""Approvers are asked for a signature: in Slack at once, by text, at last by a call."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core import recipients
from bot.core.draft import Draft
from bot.core.page import Page, Urgency
from bot.core.policy import Person
from bot.core.release import Release, ReleaseState
from bot.core.signers import eligible
from bot.core.wording import please_sign as say

AFTER = (timedelta(minutes=15), timedelta(minutes=45))
"""Since it is ready: the text, then the call."""
AFTER_IN_AN_EMERGENCY = (timedelta(), timedelta(minutes=5))
MORNING, EVENING = time(7), time(22)
"""A signature that can wait wakes nobody: outside of these hours of theirs they are not asked."""


def when_to_ask(release: Release, draft: Draft) -> datetime | None:
    """When approvers are asked next; None: they have been asked often enough, or nobody can be."""
    after = AFTER_IN_AN_EMERGENCY if release.emergency else AFTER
    if release.ready_at is None or release.asked >= len(after):
        return None
    due = release.ready_at + after[release.asked]
    if release.emergency:
        return due
    zones = [person.timezone for person in _people(release, draft)]
    return min((awake(due, zone) for zone in zones), default=None)


def awake(at: datetime, zone: str) -> datetime:
    """`at`, or the next morning of that zone when it is night there."""
    local = at.astimezone(ZoneInfo(zone))
    if MORNING <= local.time() < EVENING:
        return at
    day = local.date() + timedelta(days=local.time() >= EVENING)
    morning = datetime.combine(day, MORNING, ZoneInfo(zone))
    return max(at, morning.astimezone(at.tzinfo))


def ask_approvers(draft: Draft, release: Release) -> None:
    """Ask those who may sign and are awake, once that is due."""
    due = when_to_ask(release, draft)
    if release.state is not ReleaseState.READY or due is None or due > draft.now:
        return
    call = release.asked > 0
    for person in _people(release, draft):
        if not release.emergency and awake(draft.now, person.timezone) > draft.now:
            continue
        for channel in _channels(draft, person, call=call):
            _page(draft, release, person, channel)
    asked = replace(release, asked=release.asked + 1)
    following = when_to_ask(asked, draft)
    due_again = [it for it in (following, release.next_due_at) if it and it > draft.now]
    draft.put_release(replace(asked, next_due_at=min(due_again, default=release.expires_at)))


def _people(release: Release, draft: Draft) -> Iterator[Person]:
    for key in eligible(release, draft.policy):
        yield draft.policy.people[key]


def _channels(draft: Draft, person: Person, *, call: bool) -> tuple[str, ...]:
    usable = recipients.channels_of(person, draft.unusable)
    if call and "call" in usable:
        return ("call",)
    return recipients.quietly(person, draft.unusable)


def _page(draft: Draft, release: Release, person: Person, channel: str) -> None:
    spoken = channel == "call"
    text = (
        say.please_sign_spoken(release)
        if spoken
        else say.please_sign(release, draft.policy, person.key)
    )
    teams = draft.policy.teams_of(person.key)
    draft.put_page(
        Page(
            key=draft.serial_key(f"release-{release.asked}-{person.key}-{channel}")[:200],
            incident=0,
            person=person.key,
            team=teams[0] if teams else "",
            channel=channel,
            urgency=Urgency.FIRST if release.emergency else Urgency.INFO,
            reason="release",
            text=text,
            line=text,
            created_at=draft.now,
            due_at=draft.now,
            state_at=draft.now,
        )
    )
