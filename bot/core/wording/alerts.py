"""What is said about alerts. `over` and `expired` are plain words, the others Slack mrkdwn."""

from datetime import datetime

from bot.core.age import age
from bot.core.signal import Signal, from_alert
from bot.core.wording.outside import said
from bot.core.wording.words import escape


def over(signal: Signal) -> str:
    """How an alert ended that its sender resolved; nothing for a check, which works again."""
    return f"{signal.title} is over" if from_alert(signal.source) else ""


def expired(signal: Signal, now: datetime) -> str:
    """How an alert ended that nobody resolved. Whether it is really over, nobody has said."""
    silent = age(now - signal.at)
    return (
        f"{signal.title} has not been repeated for {silent} and was never resolved: taken as over"
    )


def of_service(service: str, ended: str) -> str:
    """The end of one alert, in a message of its own."""
    return f"*{escape(service)}*: {escape(ended)}."


def another(service: str, gone: Signal, left: Signal) -> str:
    """What the incident was about is over, and something else is down."""
    how = "is over" if from_alert(gone.source) else "is up again"
    return f"*{escape(service)}*: {said(gone.title, 120)} {how}; still down: {said(left.detail)}"


def many(service: str, count: int) -> str:
    """As many alerts as are kept singly."""
    return (
        f"*{escape(service)}* has {count} alerts firing. More of them are not kept singly "
        "until some of these are over."
    )
