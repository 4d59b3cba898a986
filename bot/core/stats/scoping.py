"""Which deployments, incidents and pages a scope looks at. Pure.

A deployment belongs to its service. An incident belongs to every service that was down in it, and
to every team that was paged for it or whose service was down. Incidents are of the environment
that users see: of any other one nothing is known but its deployments.
"""

from collections.abc import Iterable
from datetime import datetime

from bot.core.deployment import same_environment
from bot.core.stats.facts import COUNTED, DeploymentFact, Facts, IncidentFact, Outage, Place
from bot.core.stats.period import Period, Scope

_UNKNOWN = Place()
"""A service that left the configuration: where users are is called production, as by default."""


class View:
    """The facts of one scope and period, up to `at`: the end of the period, or now if that is
    earlier.
    """

    def __init__(self, facts: Facts, period: Period, scope: Scope, now: datetime) -> None:
        self.facts, self.period, self.scope = facts, period, scope
        self.at = min(now, period.end)
        self.deployments = sorted(filter(self._counts, facts.deployments), key=_by_end)
        """Of the period and the scope, each once, in the order in which they ended."""
        self.judged = list(filter(self._where_users_are, self.deployments))
        """Those that could have caused an incident: the ones that rates are taken of."""
        self.incidents = [it for it in facts.incidents if self.sees(it)]
        """Of the scope, whenever they were."""
        self.began = [it for it in self.incidents if period.holds(it.began_at)]
        self.known_since = self._known_since()

    @property
    def known(self) -> bool:
        """Whether anything is known of any part of the period that has been."""
        since = self.known_since
        return since is not None and max(since, self.period.start) < self.at

    @property
    def watched(self) -> bool:
        """Whether the environment is one in which outages are noticed."""
        named = self.scope.environment
        if named is None:
            return True
        places = [self.place(key) for key in self.facts.services if self._has(key)]
        return any(same_environment(it.environment, named) for it in places or [_UNKNOWN])

    def place(self, service: str) -> Place:
        """Where a service is, and whose."""
        return self.facts.services.get(service, _UNKNOWN)

    def sees(self, it: IncidentFact | Outage) -> bool:
        """Whether an incident is of this scope."""
        services = [key for key in it.services if self._watches(key)]
        if not services:
            return False
        if self.scope.service is not None and self.scope.service not in services:
            return False
        team = self.scope.team
        return team is None or team in _paged(it) or any(self._of_team(key) for key in services)

    def _counts(self, it: DeploymentFact) -> bool:
        """Succeeded or failed, ended in the period, of the environment and the scope."""
        if it.state not in COUNTED or it.untouched or not self.period.holds(it.ended_at):
            return False
        named = self.scope.environment or self.place(it.service).environment
        return self._has(it.service) and _same(it.environment, named)

    def _where_users_are(self, it: DeploymentFact) -> bool:
        return _same(it.environment, self.place(it.service).environment)

    def _watches(self, service: str) -> bool:
        named = self.scope.environment
        return named is None or same_environment(self.place(service).environment, named)

    def _has(self, service: str) -> bool:
        return self.scope.service in (None, service) and self._of_team(service)

    def _of_team(self, service: str) -> bool:
        return self.scope.team is None or self.scope.team in self.place(service).teams

    def _known_since(self) -> datetime | None:
        facts = self.facts
        known = [at for service, at in facts.known_since.items() if self._has(service)]
        known += [it.started_at or it.ended_at or self.at for it in self.deployments]
        known += [it.began_at for it in self.incidents]
        known += [it.began_at for it in facts.outages if self.sees(it)]
        return min(known, default=None)


def caused(incidents: Iterable[IncidentFact]) -> dict[str, list[IncidentFact]]:
    """By deployment: the incidents that people said it caused."""
    found: dict[str, list[IncidentFact]] = {}
    for it in incidents:
        if it.cause == "deployment" and it.deployment is not None:
            found.setdefault(it.deployment, []).append(it)
    return found


def _same(one: str, other: str) -> bool:
    """A hundred thousand are compared, and nearly all are spelled alike."""
    return one == other or same_environment(one, other)


def _by_end(it: DeploymentFact) -> tuple[datetime, str]:
    assert it.ended_at is not None
    return (it.ended_at, it.id)


def _paged(it: IncidentFact | Outage) -> tuple[str, ...]:
    return it.teams if isinstance(it, Outage) else tuple(track.team for track in it.tracks)
