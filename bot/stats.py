"""The numbers of a period: looked up in the store, counted beside everything else."""

import asyncio
from datetime import datetime, timedelta

from bot.core.policy import Policy
from bot.core.stats.asking import with_policy
from bot.core.stats.counting import stats_of
from bot.core.stats.period import Period, Scope
from bot.core.stats.result import Stats, Streak
from bot.core.wording.stats import with_notes
from bot.ports import Store

_A_MOMENT = timedelta(seconds=1)


async def counted(
    store: Store, policy: Policy, period: Period, scope: Scope, now: datetime
) -> Stats:
    """All numbers (see `docs/stats.md`). Raises StoreUnavailable.

    A year of a large house takes a second to count: that happens in a thread.
    """
    facts = await store.facts(period.start, period.end, scope.service)
    known = with_policy(facts, policy)
    return with_notes(await asyncio.to_thread(stats_of, known, period, scope, now))


async def streak(store: Store, policy: Policy, scope: Scope, now: datetime) -> Streak:
    """Only the days since the last deploy-caused downtime: little is read for it."""
    period = Period(now - _A_MOMENT, now, policy.timezone)
    found = await counted(store, policy, period, scope, now)
    return found.streak or Streak(now)
