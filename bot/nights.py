"""In the morning it is told who was paged at night: looked up here, decided by the rules.

The event's key names zone and day, so that it is said once, whoever asks and however often.
"""

from datetime import date

from bot.core.fairness import night_before
from bot.core.night_events import NightEnded
from bot.core.nights import mornings, of_zone
from bot.engine import Engine

NIGHTS_EVERY_SECONDS = 60.0


class Nights:
    """Knows which mornings this process has looked at."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._seen: dict[str, date] = {}

    async def tick(self) -> None:
        """Raises StoreUnavailable, and asks again then."""
        now, policy = self.engine.clock.now(), self.engine.policy
        for zone, morning in mornings(policy, now).items():
            if self._seen.get(zone) == morning:
                continue
            start, end = night_before(morning, zone)
            pages = of_zone(await self.engine.store.handed_over(start, end), zone, policy)
            if pages:
                event = NightEnded(zone, morning, pages, now)
                await self.engine.receive(f"night:{zone}:{morning.isoformat()}", event)
            self._seen[zone] = morning
