"""The only place that builds things: configuration in, running parts out."""

from collections.abc import Mapping

from bot.clock import SystemClock
from bot.counting import StoredCounting
from bot.engine import Engine
from bot.from_config import policy_of
from bot.ports import Clock
from bot.store import open_store
from bot.wiring import doors, inside, outside
from bot.wiring.parts import Midwatch
from config import Config

__all__ = ["Midwatch", "build"]


async def build(
    config: Config, env: Mapping[str, str], clock: Clock | None = None, *, demo: bool = False
) -> Midwatch:
    """Build every part of this configuration. Nothing is started; nothing outside is asked."""
    settings, clock = config.settings, clock or SystemClock()
    store = open_store(settings.database_url.get_secret_value(), clock=clock)
    engine = Engine(store, clock, policy_of(config, (), settings.public_url or "", clock.now()))
    midwatch = Midwatch(config, settings, clock, store, engine)
    midwatch.counting = StoredCounting(store, clock, lambda: engine.policy)
    outside.twilio(midwatch)
    outside.email(midwatch)
    outside.webhook(midwatch)
    outside.slack(midwatch)
    outside.repositories(midwatch)
    outside.triggers(midwatch)
    engine.policy = policy_of(config, midwatch.channels, settings.public_url or "", clock.now())
    inside.core(midwatch, env, demo)
    doors.web(midwatch)
    return midwatch
