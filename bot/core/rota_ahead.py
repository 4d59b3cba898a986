"""The week ahead is looked at once a working day: what is told before it hurts, and how often."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.draft import Draft
from bot.core.holes import digest_of, holes
from bot.core.policy import Policy
from bot.core.wording import week_ahead as say

AGAIN_AFTER = timedelta(days=7) - timedelta(hours=1)
FROM_HOUR = 9
"""On working days it is looked and told from this hour on, by the configured zone."""


def week_looked(draft: Draft) -> None:
    """Tell the channel what the coming week lacks: when that changed, else once a week."""
    found = holes(draft.policy, draft.unusable, draft.now)
    digest = digest_of(found, draft.policy)
    told = draft.scene.told_ahead
    draft.told_ahead |= {name: None for name in told if name != digest or not found}
    if not found or (digest in told and draft.now - told[digest] < AGAIN_AFTER):
        return
    draft.told_ahead[digest] = draft.now
    text = say.told(found, draft.policy)
    draft.post("incidents", text)
    draft.note("week_ahead", "midwatch", text)


def is_time(policy: Policy, now: datetime) -> bool:
    """Whether it is a working day after nine, by the configured zone."""
    local = now.astimezone(ZoneInfo(policy.timezone))
    return local.weekday() < 5 and local.hour >= FROM_HOUR
