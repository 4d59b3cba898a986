"""The versions that services should run, for checks that expect `$version`.

Looked up every two seconds for all of them at once, never for a probe.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from bot.core.deployment import Deployment
from bot.core.running_versions import running_versions
from bot.engine import Engine
from checks import Versions
from checks.verdict import SETTLING

VERSIONS_EVERY_SECONDS = 2.0
VERSIONS_KNOWN_FOR_SECONDS = 60.0
"""While the database is away nobody knows what was deployed since; then no version is judged."""
DEPLOYMENTS_EACH = 10


class Deployed:
    """What was deployed last, of the services that are asked for their version."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._places: dict[str, tuple[str, str]] = {}
        self._history: dict[str, list[Deployment]] = {}
        self._asked_at = 0.0

    def configure(self, services: Iterable[str]) -> None:
        """Keep an eye on these services."""
        known = self.engine.policy.services
        self._places = {key: (key, known[key].environment) for key in services if key in known}

    async def refresh(self) -> None:
        """Look up their deployments. Raises StoreUnavailable; what was known stays for a minute."""
        if not self._places:
            return
        asked_at = self.engine.clock.monotonic()
        found = await self.engine.store.latest_deployments(
            sorted(self._places.values()), DEPLOYMENTS_EACH
        )
        history = defaultdict(list)
        for deployment in found:
            history[deployment.service].append(deployment)
        self._history, self._asked_at = dict(history), asked_at

    def versions(self, service: str, rollout_grace: timedelta) -> Versions | None:
        """Which versions of it may run now; None when no deployment is known.

        A roll-out is settled as late as `checks.verdict` still takes a short outage for a restart.
        """
        if self.engine.clock.monotonic() - self._asked_at > VERSIONS_KNOWN_FOR_SECONDS:
            return None
        now = self.engine.clock.now()
        found = running_versions(self._history.get(service, []), now, SETTLING + rollout_grace)
        return Versions(*found) if found else None
