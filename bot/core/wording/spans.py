"""Spans of time as people say them in numbers for leads: lengths, days, periods."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.core.stats.period import Period


def lasted(seconds: float) -> str:
    """`40 s`, `14 min`, `2 h 10 min`, `3 d 4 h`: two units at most."""
    whole = round(max(0.0, seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def days(period: Period) -> str:
    """`1 Oct to 31 Oct 2026`: the first and the last day, both inclusive, of its zone."""
    zone = ZoneInfo(period.zone)
    first = period.start.astimezone(zone)
    last = (period.end - timedelta(microseconds=1)).astimezone(zone)
    if last < first or first.date() == last.date():
        return f"{first.day} {first:%b %Y}"
    year = f" {first.year}" if first.year != last.year else ""
    return f"{first.day} {first:%b}{year} to {last.day} {last:%b %Y}"


def percent(share: float) -> str:
    """`5 %`; `less than 1 %` and `more than 99 %` where rounding would say never or always."""
    if 0 < share < 0.01:
        return "less than 1 %"
    if 0.99 < share < 1:
        return "more than 99 %"
    return f"{round(share * 100)} %"
