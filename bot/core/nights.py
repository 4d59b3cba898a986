"""Whoever was paged at night is named in the morning, so that the team can let them sleep in."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.core.draft import Draft
from bot.core.fairness import NIGHT_BEGINS, Load, SentPage, loads, night_of
from bot.core.night_events import NightEnded
from bot.core.page import Page
from bot.core.policy import Policy
from bot.core.wording import nights as say
from bot.core.wording.texts import zone_of

SAID_FROM = 9
"""The hour of the wall clock; a Midwatch that was away says it later on the same day."""


def mornings(policy: Policy, now: datetime) -> dict[str, date]:
    """The zones of people in which it is time to speak of the night, with their day."""
    zones = {zone_of(key, policy) for key in policy.people}
    local = {zone: now.astimezone(ZoneInfo(zone)) for zone in zones}
    return {z: at.date() for z, at in local.items() if SAID_FROM <= at.hour < NIGHT_BEGINS}


def of_zone(pages: Iterable[SentPage], zone: str, policy: Policy) -> tuple[SentPage, ...]:
    """Those of people whose clock is in this zone, at night; not those of another tool."""
    return tuple(
        page
        for page in pages
        if not page.imported
        and page.person in policy.people
        and zone_of(page.person, policy) == zone
        and night_of(page.at, zone) is not None
    )


def woke(page: Page, policy: Policy) -> bool:
    """Whether it was handed over in its person's night."""
    if page.sent_at is None:
        return False
    return night_of(page.sent_at, zone_of(page.person, policy)) is not None


def loads_of(
    pages: Iterable[SentPage],
    policy: Policy,
    start: datetime,
    end: datetime,
    team: str | None = None,
) -> list[Load]:
    """See `fairness.loads`: each person's night is the one of their zone."""
    return loads(pages, lambda person: zone_of(person, policy), start, end, team)


def night_ended(draft: Draft, event: NightEnded) -> None:
    """One message in the channel; nothing where nobody was paged."""
    pages = of_zone(event.pages, event.zone, draft.policy)
    if not pages:
        return
    text = say.paged_at_night(pages, draft.incidents, draft.policy)
    counts = {page.person: 0 for page in pages}
    for page in pages:
        counts[page.person] += 1
    facts = (("zone", event.zone), ("morning", event.morning.isoformat()))
    draft.post("incidents", text)
    draft.note(
        "paged_at_night",
        "midwatch",
        text,
        facts=(*facts, *((person, str(count)) for person, count in counts.items())),
    )
