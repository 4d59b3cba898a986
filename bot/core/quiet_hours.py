"""Quiet hours: the time in which a person's phone gets no text that only informs. No page waits."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.duty_hours import DAY, edges, is_open
from bot.core.page import Page, Urgency
from bot.core.policy import Person

TO_THOSE_WHO_ARE_UP = frozenset({"resolved", "notice", "weighed", "storm"})
"""Reasons of informational texts about an incident that the reader was paged for, or has.

They are awake because of it, and that it is over lets them sleep: these do not wait.
"""


def held_until(page: Page, person: Person | None, now: datetime) -> datetime | None:
    """Until when this page has to wait (aware UTC); None when it may go out.

    Only informational texts wait: what goes by Slack or e-mail lies there until it is read.
    """
    if page.urgency is not Urgency.INFO or page.channel != "sms" or person is None:
        return None
    return None if page.reason in TO_THOSE_WHO_ARE_UP else quiet_until(person, now)


def quiet_until(person: Person, now: datetime) -> datetime | None:
    """When the person's quiet hours that last at `now` end (aware UTC); None: none last.

    A day from now at the latest, whatever they are.
    """
    if not _quiet(person, now):
        return None
    zone = ZoneInfo(person.timezone)
    wall = now.astimezone(zone).replace(tzinfo=None)
    ends = sorted(
        edge.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        for edge in edges(person.quiet, wall - DAY, wall + DAY)
        for fold in (0, 1)
    )
    latest = now.astimezone(UTC) + timedelta(days=1)
    return min(next((end for end in ends if end > now and not _quiet(person, end)), latest), latest)


def _quiet(person: Person, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(person.timezone)).replace(tzinfo=None)
    return is_open(person.quiet, local)
