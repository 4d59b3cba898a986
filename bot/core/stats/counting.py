"""All numbers of a period from its facts. Pure; `now` is given."""

from datetime import datetime

from bot.core.stats.facts import Facts
from bot.core.stats.period import Period, Scope
from bot.core.stats.result import Stats


def stats_of(facts: Facts, period: Period, scope: Scope, now: datetime) -> Stats:
    """Count. What lies after `now` has not been: a period that goes on is counted up to it."""
    return Stats(period, scope, min(now, period.end))
