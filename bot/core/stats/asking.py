"""What somebody asks to be counted: the period and the scope, checked; and what is configured."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.fairness import PERIOD_DAYS
from bot.core.policy import SHARED_ANY_TEAM, Policy
from bot.core.stats.facts import Facts, Place
from bot.core.stats.period import Period, Scope, of_days

EARLIEST, LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_MOST_NAMED = 20


class NotAsked(ValueError):
    """It cannot be counted: `field` (`from`, `to`, `service`, `team`) says what to mend."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def period_of(since: datetime | None, until: datetime | None, zone: str, now: datetime) -> Period:
    """[since, until). Without an end: to the end of today. Without a start: 28 days before the end.

    So the usual one is the last 28 days with today. Raises NotAsked.
    """
    if until is None:
        tomorrow = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
        until = of_days(tomorrow, tomorrow, zone).start
    for field, moment in (("from", since), ("to", until)):
        if moment is not None and not EARLIEST <= moment <= LATEST:
            raise NotAsked(field, f"it lies between {EARLIEST:%Y-%m-%d} and {LATEST:%Y-%m-%d}")
    if since is None:
        here = until.astimezone(ZoneInfo(zone))
        since = (here - timedelta(days=PERIOD_DAYS)).astimezone(UTC)
    if since >= until:
        raise NotAsked("to", "it is not after `from` (`from` is inclusive, `to` exclusive)")
    return Period(since.astimezone(UTC), until.astimezone(UTC), zone)


def scope_of(
    policy: Policy,
    service: str | None = None,
    team: str | None = None,
    environment: str | None = None,
) -> Scope:
    """Each "" or None is all. Keys are found whatever their case. Raises NotAsked."""
    return Scope(
        service=_known("service", service, policy.services) if service else None,
        team=_known("team", team, policy.teams) if team else None,
        environment=(environment or "").strip() or None,
    )


def with_policy(facts: Facts, policy: Policy) -> Facts:
    """The same with what is configured: where services are, whose, and each person's zone."""
    return replace(
        facts,
        services={
            key: Place(it.environment, it.teams, it.acknowledge == SHARED_ANY_TEAM)
            for key, it in policy.services.items()
        },
        zones={key: it.timezone or policy.timezone for key, it in policy.people.items()},
    )


def _known(field: str, asked: str, there: Iterable[str]) -> str:
    keys = list(there)
    found = next((key for key in keys if key.casefold() == asked.casefold()), None)
    if found is None:
        named = ", ".join(keys[:_MOST_NAMED]) or "none"
        more = f" and {len(keys) - _MOST_NAMED} more" if len(keys) > _MOST_NAMED else ""
        raise NotAsked(field, f"there is no {field} {asked[:80]!r}. Known: {named}{more}")
    return found
