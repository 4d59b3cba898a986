"""How long a provider asks us to wait: the header Retry-After (RFC 9110, 10.2.3)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after(given: str | None, now: datetime | None = None) -> float | None:
    """Seconds, never less than 0; None for no header and for one that is none.

    It is written in seconds or as a moment, which needs `now` (aware). How long is too long is the
    outbox' business.
    """
    text = (given or "").strip()
    if text.isascii() and text.isdecimal() and len(text) <= 9:
        return float(text)
    if now is None:
        return None
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
