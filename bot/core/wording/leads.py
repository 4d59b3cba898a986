"""What leads read about the streak (Slack mrkdwn, escaped)."""

from bot.core.wording.words import plural


def record(days: int, before_days: int) -> str:
    """A record was broken."""
    return (
        f"*{plural(days, 'day')} without downtime caused by a deployment:* the longest streak so "
        f"far. The record was {plural(before_days, 'day')}."
    )


def ended(number: int, link: str | None, days: int) -> str:
    """A streak ended with an incident."""
    return (
        f"The streak of {plural(days, 'day')} without downtime caused by a deployment ended with "
        f"{link or f'#{number}'}."
    )


def goes_on(number: int, link: str | None, days: int) -> str:
    """It did not end after all."""
    return (
        f"Taken back: {link or f'#{number}'} was not caused by a deployment, so the streak goes "
        f"on, {plural(days, 'day')} by now."
    )
