"""What people press on the card of a release becomes events."""

from datetime import datetime

from bot.core.actor import Actor
from bot.core.events import Event
from bot.core.release import Release
from bot.core.release_events import PartDone, ReleaseDecided, TriggerSettled
from bot.core.wording.outside import one_line
from bot.core.wording.release_card import part_at
from bot.slack.payloads import Click, Submission
from bot.slack.release_blocks import REASON, REASON_AT_MOST

REJECT = "release_reject"


def event_of(click: Click, actor: Actor, at: datetime) -> Event | None:
    """The event of a button that needs no answer and no look into the release."""
    match click.action:
        case "release_approve":
            return ReleaseDecided(click.value, "approve", actor, at)
        case "release_second":
            return ReleaseDecided(click.value, "second", actor, at)
        case "release_started":
            return TriggerSettled(click.value, "started", actor, at)
        case "release_again":
            return TriggerSettled(click.value, "again", actor, at)
        case _:
            return None


def ticked(click: Click) -> tuple[str, int] | None:
    """(release, index of the part) of a tick."""
    index, _, release = click.value.partition(" ")
    if not click.action.startswith("release_done_") or not index.isdecimal() or not release:
        return None
    return release, int(index[:4])


def tick(release: Release, index: int, actor: Actor, at: datetime) -> Event | None:
    """The event of a tick; None where the part is gone."""
    part = part_at([it.part for it in release.by_hand], index)
    return PartDone(release.id, part, actor, at) if part is not None else None


def rejection(submission: Submission, actor: Actor, at: datetime) -> ReleaseDecided:
    """The event of the form."""
    reason = one_line(submission.values.get(REASON, ""), REASON_AT_MOST)
    return ReleaseDecided(submission.private, "reject", actor, at, reason=reason)
