"""How often a delivery is tried, how long, and how long it waits in between."""

from datetime import datetime, timedelta

from bot.core.effects import SendPage
from bot.core.page import PageState
from bot.ports import Delivery, Outcome

TRIES = {"page": 12, "answer_text": 5, "answer_slack": 5, "fetch_commits": 60, "picture": 8}
"""How often each kind is tried: commits for five hours, for fifteen where their host refuses them;
what keeps a thread whole for about a day."""
TRIES_OF_THE_REST = 200
PAGE_TRIED_FOR = timedelta(minutes=45)
"""A page is tried at least this long, others meanwhile: a provider may be down for longer than a
whole escalation takes, and then nobody would ever be told."""
LONGEST_WAIT_SECONDS = 300.0
"""A page waits no longer, even if its provider asks for more."""
LONGEST_PAUSE_SECONDS = 3600.0
"""The rest does: GitHub's limit is filled again within the hour."""
TRIES_IN_LINE = 30
LONGEST_IN_LINE = timedelta(minutes=90)
"""So often, and so long, what comes after it in one place waits for it."""
DOUBT_IN_LINE = timedelta(hours=2)
"""And so long where nobody can say whether it went."""
STUCK_AFTER_TRIES = 2
"""After this many failed tries of a page others are tried too, while it is tried on."""
HELD_UP_SECONDS = 15.0
"""A provider that asks for a longer pause than this holds up no page: others are tried at once."""


def backoff_seconds(attempts: int, jitter: float, *, first_page: bool) -> float:
    """Seconds until the next try: doubling, capped, with jitter (a number from 0 to 1).

    A page's first retries come within a second or two; everything is capped at five minutes,
    a page at thirty seconds.
    """
    base = 0.5 if first_page else 1.0
    cap = 30.0 if first_page else LONGEST_WAIT_SECONDS
    return float(min(cap, base * 2 ** min(attempts - 1, 20)) * (0.5 + 0.5 * jitter))


def wait_seconds(delivery: Delivery, asked: float | None, jitter: float) -> float:
    """Seconds until the next try: what the provider `asked` for, within bounds, or our own pace."""
    page = isinstance(delivery.effect, SendPage)
    own = backoff_seconds(delivery.attempts, jitter, first_page=page)
    if asked is None:
        return own
    return min(max(own, asked), LONGEST_WAIT_SECONDS if page else LONGEST_PAUSE_SECONDS)


def is_stuck(attempts: int, outcome: Outcome) -> bool:
    """Whether a page that waits to be tried again has waited, or will wait, too long for one."""
    pause = outcome.retry_in_seconds or 0.0
    paused = outcome.state is PageState.QUEUED and pause > HELD_UP_SECONDS
    return attempts == STUCK_AFTER_TRIES or paused


def leaves_line(delivery: Delivery, outcome: Outcome, now: datetime) -> bool:
    """Whether what is to be posted after it in the same place waits for it no longer.

    A fault of ours is its own; and nothing that cannot be posted holds up others for ever.
    """
    doubted = delivery.doubtful and now - (delivery.claimed_at or now) >= DOUBT_IN_LINE
    old = now - delivery.created_at >= LONGEST_IN_LINE
    return outcome.ours or doubted or (old and delivery.attempts >= TRIES_IN_LINE)


def tries_of(delivery: Delivery) -> int:
    """How often this kind is tried."""
    return TRIES.get(delivery.effect.kind, TRIES_OF_THE_REST)


def enough(delivery: Delivery, now: datetime) -> bool:
    """Whether it has been tried so often, and a page also so long, that it is given up."""
    if delivery.attempts < tries_of(delivery):
        return False
    is_page = isinstance(delivery.effect, SendPage)
    return not is_page or now - delivery.created_at >= PAGE_TRIED_FOR
