"""What the teams of a deploy-caused incident are asked afterwards. Rules: `following_up`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

REMIND_AFTER = (timedelta(hours=24), timedelta(hours=72))
"""From when a team was asked until it is reminded: so often, and never more."""
TEXT_AT_MOST = 3000
"""What Slack's forms take in one field. Source: Slack docs, "Plain-text input element"."""
CUSTOMERS_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One team's part: what will keep it from happening again?

    `at` None: not answered yet. `customers` is what customers noticed, empty where nobody said it.
    `withdrawn_at`: the cause is no deployment any more; an answer given before is kept.
    """

    team: str
    asked_at: datetime
    remind_at: datetime | None = None
    reminders: int = 0
    withdrawn_at: datetime | None = None
    by: str | None = None
    at: datetime | None = None
    text: str = ""
    customers: str = ""

    @property
    def asked(self) -> bool:
        """It can be answered, or the answer changed."""
        return self.withdrawn_at is None

    @property
    def waiting(self) -> bool:
        """Asked and not answered."""
        return self.asked and self.at is None
