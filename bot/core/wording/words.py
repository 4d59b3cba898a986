"""Small words that every sentence shares: clock times, Slack's markup."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

_SLACK_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def clock(at: datetime, zone: str) -> str:
    """The wall clock of the reader's zone: `03:12`."""
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def clock_seconds(at: datetime, zone: str) -> str:
    """The same with seconds: `03:11:50`."""
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M:%S")


def day_and_clock(at: datetime, now: datetime, zone: str) -> str:
    """The clock alone on the same day, else with its date: `23 Nov 03:12`."""
    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    return local.strftime("%H:%M" if local.date() == today else "%-d %b %H:%M")


def escape(text: str) -> str:
    """Text from outside inside Slack mrkdwn. Source: Slack docs, "Escaping text"."""
    return text.translate(_SLACK_ESCAPES)


def slack_time(at: datetime, zone: str, *, seconds: bool = False) -> str:
    """A time that each reader sees in their own zone; the configured zone is the fallback.

    Source: Slack docs, "Formatting text", date formatting.
    """
    token = "{time_secs}" if seconds else "{time}"
    fallback = clock_seconds(at, zone) if seconds else clock(at, zone)
    return f"<!date^{int(at.timestamp())}^{token}|{fallback}>"


def slack_day(at: datetime, zone: str) -> str:
    """A day and a time that each reader sees in their own zone: `Nov 28 09:00`.

    Source: Slack docs, "Formatting text", date formatting.
    """
    fallback = at.astimezone(ZoneInfo(zone)).strftime("%-d %b %H:%M")
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def slack_ago(at: datetime, fallback: str) -> str:
    """`14 minutes ago`, as of when it is read: it does not grow old in a message.

    Source: Slack docs, "Formatting text", date formatting.
    """
    return f"<!date^{int(at.timestamp())}^{{ago}}|{fallback}>"


def and_list(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def some(names: Sequence[str]) -> str:
    """`a, b and c`; of more the first two, and how many more: `a, b and 5 more`."""
    if len(names) <= 3:
        return and_list(list(names))
    return f"{', '.join(names[:2])} and {len(names) - 2} more"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 commit`, `2 commits`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def on_and_off(times: int) -> str:
    """What stands behind how long an outage took that was down several times in between."""
    return f", on and off: {times} times" if times > 1 else ""


def tries(made: int, needed: int) -> str:
    """`3 of 3 tries`; more than needed, because a roll-out was waited for: `5 tries`."""
    return f"{made} tries" if made > needed else f"{made} of {needed} tries"
