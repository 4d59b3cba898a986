"""Every running part, built and not started, and what hands a configuration to them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from fastapi import APIRouter, FastAPI
from pydantic import SecretStr

from bot.duty_watch import DutyWatch
from bot.emergency import MemoryPager
from bot.engine import Engine
from bot.from_config import addresses_of, policy_of
from bot.health import Health, Metrics
from bot.nights import Nights
from bot.outbox import Outbox
from bot.ports import Channel, Clock, Counting, Drawing, Source, Store, StoreUnavailable, Trigger
from bot.probe_lease import ProbeLease
from bot.probing import Probing, canaries_of
from bot.reloading import Reloading
from bot.scheduler import Ticks
from bot.sealing import Sealer
from bot.sight import Sight
from bot.silent_pages import SilentPages
from bot.slack.thread import SlackChat
from bot.staging import Staging
from bot.telling_leads import TellingLeads
from bot.totals import Kept
from bot.troubles import Asking, Troubles
from bot.watchdog import Watchdog
from bot.web.sessions import Sessions
from config import Config
from config.environment import Settings

log = structlog.get_logger(__name__)

Closer = Callable[[], Awaitable[None]]


@dataclass
class Midwatch:
    """Every part, built and not started."""

    config: Config
    settings: Settings
    clock: Clock
    store: Store
    engine: Engine
    channels: dict[str, Channel] = field(default_factory=dict)
    chat: SlackChat | None = None
    sources: dict[str, Source] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    routers: list[APIRouter] = field(default_factory=list)
    starters: list[Closer] = field(default_factory=list)
    listeners: dict[str, Closer] = field(default_factory=dict)
    questions: dict[str, Closer] = field(default_factory=dict)
    closers: list[Closer] = field(default_factory=list)
    metrics: Metrics = field(default_factory=Metrics)
    counting: Counting = field(init=False)
    outbox: Outbox = field(init=False)
    silent_pages: SilentPages = field(init=False)
    troubles: Troubles = field(init=False)
    asking: Asking = field(init=False)
    nights: Nights = field(init=False)
    telling_leads: TellingLeads = field(init=False)
    probing: Probing = field(init=False)
    sight: Sight = field(init=False)
    duty_watch: DutyWatch = field(init=False)
    probe_lease: ProbeLease = field(init=False)
    memory: MemoryPager = field(init=False)
    health: Health = field(init=False)
    drawing: Drawing = field(init=False)
    sessions: Sessions = field(init=False)
    reloading: Reloading = field(init=False)
    watchdog: Watchdog = field(init=False)
    staging: Staging = field(init=False)
    ticks: Ticks = field(init=False)
    sealer: Sealer = field(init=False)
    totals: Kept = field(init=False)
    app: FastAPI = field(init=False)

    async def take(self, config: Config) -> None:
        """Put a configuration to work: the rules, the checks, the canaries. The rest is asked for
        at each use."""
        self.config = config
        self.staging.configure(config)
        self.sight.canaries = canaries_of(config, self.engine)
        self.engine.policy = policy_of(
            config, self.channels, self.settings.public_url or "", self.clock.now()
        )
        try:
            await self.probing.configure(config)
            await self.note()
        except StoreUnavailable as away:
            # It is at work; what the database should know of it is noted within the hour.
            log.warning("configuration_not_noted", error=str(away))

    async def note(self) -> None:
        """The database learns which services and addresses there are. Raises StoreUnavailable."""
        await self.store.note_services(list(self.config.services), self.clock.now())
        await self.store.note_addresses(addresses_of(self.config))

    async def close(self) -> None:
        """Let go of every connection."""
        for close in reversed(self.closers):
            try:
                await close()
            except Exception:
                log.exception("not_closed")
        await self.store.close()


def secret(value: SecretStr | None) -> str | None:
    """The text of a secret, or None."""
    return value.get_secret_value() if value is not None else None
