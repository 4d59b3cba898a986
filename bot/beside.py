"""For commands beside a running bot: the store, and an engine that only receives.

An event that is committed here is decided by the bot that runs; nothing is probed or sent.
"""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot import channels
from bot.clock import SystemClock
from bot.core.policy import Policy
from bot.engine import Engine
from bot.from_config import policy_of
from bot.sources.github_api import GitHubSource
from bot.store import SqlStore, open_store
from bot.web.sessions import Sessions
from config import Config
from config.environment import Settings


@dataclass(frozen=True, slots=True)
class Beside:
    """What a command needs."""

    store: SqlStore
    engine: Engine
    policy: Policy
    sessions: Sessions


@asynccontextmanager
async def beside(config: Config, settings: Settings) -> AsyncIterator[Beside]:
    """Open the store for one command. Raises StoreUnavailable when it is first asked."""
    clock = SystemClock()
    store = open_store(settings.database_url.get_secret_value(), clock=clock)
    public_url = settings.public_url or ""
    policy = policy_of(config, switched_on(settings), public_url, clock.now())
    # Without SECRET_KEY a link made here would fit no running bot; `midwatch login` says so.
    key = settings.secret_key.get_secret_value() if settings.secret_key else secrets.token_hex(32)
    sessions = Sessions(key, public_url, clock, store)
    try:
        yield Beside(store, Engine(store, clock, policy), policy, sessions)
    finally:
        await store.close()


def policy_alone(config: Config) -> Policy:
    """What the configuration means, for a command that needs no database."""
    settings = config.settings
    public_url = settings.public_url or ""
    return policy_of(config, switched_on(settings), public_url, SystemClock().now())


def github_source(settings: Settings) -> Callable[[Callable[[], Policy]], GitHubSource] | None:
    """Makes a source that asks GitHub, with the policy that it should have; None: no token."""
    if settings.github_token is None:
        return None
    token, url = settings.github_token.get_secret_value(), settings.github_api_url
    return lambda policy: GitHubSource(token, policy, SystemClock(), api_url=url)


def switched_on(settings: Settings) -> tuple[str, ...]:
    """The channels that have their credentials."""
    return channels.switched_on(lambda variable: getattr(settings, variable.lower()) is not None)
