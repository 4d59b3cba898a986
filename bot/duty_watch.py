"""Looks who is on call: a change, and once a working day the week ahead, become events.

Every process looks. What was told stands in the database, so nothing is told twice.
"""

from datetime import date
from zoneinfo import ZoneInfo

from bot.core.duty_change import NOTED_EVERY
from bot.core.events import DutyLooked, Event, WeekLooked
from bot.core.held import moved
from bot.core.rota_ahead import is_time
from bot.engine import Engine

LOOK_EVERY_SECONDS = 5.0


class DutyWatch:
    """The look at the rotas, with the overrides that the engine has seen last.

    Deciding is done with those that stand in the database: a look too many changes nothing.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._told: date | None = None

    async def tick(self) -> None:
        """Raises StoreUnavailable: the next tick looks again."""
        week = self._week()
        await self.engine.receive_all([*await self._changed(), *week])
        if week:
            self._told = self._today()

    async def _changed(self) -> list[tuple[str, Event]]:
        policy, now = self.engine.policy, self.engine.clock.now()
        known, seen = await self.engine.store.duties()
        of_late = seen is not None and now - seen < NOTED_EVERY
        changed = bool(moved(policy, {held.team: held for held in known}, now))
        if of_late and not changed:
            return []
        slot = int(now.timestamp() // LOOK_EVERY_SECONDS)
        return [(f"duty:{slot}:{'moved' if changed else 'noted'}", DutyLooked(now, changed))]

    def _week(self) -> list[tuple[str, Event]]:
        """The key of the day: whichever process comes first, and whatever was started anew."""
        policy, now = self.engine.policy, self.engine.clock.now()
        today = self._today()
        if self._told == today or not is_time(policy, now):
            return []
        return [(f"week:{today.isoformat()}", WeekLooked(now))]

    def _today(self) -> date:
        now, policy = self.engine.clock.now(), self.engine.policy
        return now.astimezone(ZoneInfo(policy.timezone)).date()
