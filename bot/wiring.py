"""The only place that builds things: configuration in, running parts out."""

import secrets
import tempfile
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from pydantic import SecretStr

from bot.channels.slack_dm import SlackDirect
from bot.channels.sms import Sms, SmsSettings
from bot.channels.twilio_words import account_fault, receipt
from bot.clock import SystemClock
from bot.core.page import PageState
from bot.emergency import MemoryPager
from bot.engine import Engine
from bot.from_config import policy_of
from bot.handlers import handlers
from bot.health import Health, Metrics
from bot.hook import Secrets
from bot.outbox import Outbox
from bot.ports import Channel, Clock, Delivery, Outcome, Source, Store
from bot.probe_lease import ProbeLease
from bot.probing import Probing, canaries_of
from bot.reloading import Reloading
from bot.scheduler import Ticks
from bot.sight import Sight
from bot.slack.client import new_session, slack_client
from bot.slack.http_guard import SlackEvents
from bot.slack.listeners import build_app
from bot.slack.messages import Messages
from bot.slack.socket_mode import run_socket
from bot.slack.thread import SlackChat
from bot.sources import hooks
from bot.sources.github_api import GitHubSource
from bot.store import open_store
from bot.troubles import Troubles, part_of
from bot.watchdog import Watchdog
from bot.web import api, incident_page, login
from bot.web import health as web_health
from bot.web import hooks as web_hooks
from bot.web import pages as web_pages
from bot.web import twilio as web_twilio
from bot.web.app import create_app
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
    routers: list[APIRouter] = field(default_factory=list)
    starters: list[Closer] = field(default_factory=list)
    listeners: dict[str, Closer] = field(default_factory=dict)
    closers: list[Closer] = field(default_factory=list)
    metrics: Metrics = field(default_factory=Metrics)
    outbox: Outbox = field(init=False)
    troubles: Troubles = field(init=False)
    probing: Probing = field(init=False)
    sight: Sight = field(init=False)
    probe_lease: ProbeLease = field(init=False)
    memory: MemoryPager = field(init=False)
    health: Health = field(init=False)
    sessions: Sessions = field(init=False)
    reloading: Reloading = field(init=False)
    watchdog: Watchdog = field(init=False)
    ticks: Ticks = field(init=False)
    app: FastAPI = field(init=False)

    async def take(self, config: Config) -> None:
        """Put a configuration to work: the rules, the checks."""
        self.config = config
        self.engine.policy = policy_of(
            config, self.channels, self.settings.public_url or "", self.clock.now()
        )
        self.sight.canaries = canaries_of(config, self.engine)
        await self.probing.configure(config)
        await self.store.note_services(list(config.services), self.clock.now())

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


async def build(
    config: Config, env: Mapping[str, str], clock: Clock | None = None, *, demo: bool = False
) -> Midwatch:
    """Build every part of this configuration. Nothing is started; nothing outside is asked."""
    settings, clock = config.settings, clock or SystemClock()
    store = open_store(settings.database_url.get_secret_value(), clock=clock)
    engine = Engine(store, clock, policy_of(config, (), settings.public_url or "", clock.now()))
    midwatch = Midwatch(config, settings, clock, store, engine)
    _twilio(midwatch)
    _slack(midwatch)
    _github(midwatch)
    engine.policy = policy_of(config, midwatch.channels, settings.public_url or "", clock.now())
    _core(midwatch, env, demo)
    _web(midwatch)
    return midwatch


def _twilio(m: Midwatch) -> None:
    settings = m.settings
    token = secret(settings.twilio_auth_token)
    if not settings.sms or token is None:
        return
    sms = Sms(
        SmsSettings(
            account_sid=settings.twilio_account_sid or "",
            auth_tokens=(token, secret(settings.twilio_auth_token_next) or ""),
            sender=settings.twilio_from or "",
            public_url=settings.public_url or "",
            api_url=settings.twilio_api_url,
        ),
        lambda person: m.config.people[person].phone if person in m.config.people else None,
    )
    m.channels["sms"] = sms
    m.starters.append(sms.start)
    m.closers.append(sms.close)


def _slack(m: Midwatch) -> None:
    token = secret(m.settings.slack_bot_token)
    if token is None:
        return
    session = new_session()
    m.closers.append(session.close)
    client = slack_client(token, m.settings.slack_api_url, session=session)
    messages = Messages(client)
    m.chat = SlackChat(messages, lambda: _channel_names(m.config), lambda: m.engine.policy)
    m.channels["slack"] = SlackDirect(
        messages,
        lambda person: m.config.people[person].slack if person in m.config.people else None,
    )
    signing = secret(m.settings.slack_signing_secret)
    bolt, _listeners = build_app(m.engine, m.chat, client, signing or "socket mode")
    if signing:
        m.routers.append(_slack_route(SlackEvents(bolt, signing)))
    app_token = secret(m.settings.slack_app_token)
    if app_token:
        m.listeners["slack socket"] = lambda: run_socket(bolt, app_token, client)


def _channel_names(config: Config) -> dict[str, str]:
    if config.slack is None:
        return {}
    named = {
        "incidents": config.slack.incidents,
        "support": config.slack.support,
        "releases": config.slack.releases,
    }
    return {name: channel for name, channel in named.items() if channel}


def _slack_route(events: SlackEvents) -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.post("/slack/events")
    async def slack_events(request: Request) -> Response:
        return await events.handle(request)

    return routes


def _github(m: Midwatch) -> None:
    token = secret(m.settings.github_token)
    if token is None:
        return
    github = GitHubSource(
        token, lambda: m.engine.policy, m.clock, api_url=m.settings.github_api_url
    )
    m.sources["github"] = github
    m.closers.append(github.close)


def _core(m: Midwatch, env: Mapping[str, str], demo: bool) -> None:
    # Without SECRET_KEY the key is this process's own: safe, and links end with the process.
    key = secret(m.settings.secret_key) or secrets.token_hex(32)
    m.sessions = Sessions(key, m.settings.public_url or "", m.clock, m.store)
    m.outbox = Outbox(
        m.store,
        m.clock,
        handlers(
            store=m.store,
            clock=m.clock,
            channels=m.channels,
            chat=m.chat,
            sources=m.sources,
            sign_in_link=m.sessions.link,
            teams_of=lambda person: m.engine.policy.teams_of(person),
        ),
        m.channels,
    )
    m.troubles = Troubles(m.engine)
    m.outbox.on_outcome = lambda delivery, outcome: _outcome(m, delivery, outcome)
    m.sight = Sight(m.engine, canaries_of(m.config, m.engine))
    m.starters.append(m.sight.recall)
    m.probing = Probing(m.engine, m.sight, m.metrics)
    shared = not m.settings.database_url.get_secret_value().startswith("sqlite")
    m.probe_lease = ProbeLease(m.engine, m.probing.watch, shared=shared)
    m.memory = MemoryPager(m.engine, lambda: m.channels, journal_path(m.settings))
    m.ticks = Ticks(m.clock, [])
    m.health = Health(
        m.store,
        lambda name: _tick_age(m, name),
        lambda: m.troubles.failing,
        lambda: tuple(m.channels),
        lambda: m.engine.failed_events,
        m.ticks.refused_seconds_ago,
        lambda: m.sight.blind_since,
    )
    m.reloading = Reloading(m.engine, m.config, env, m.take, demo=demo)
    dog = m.config.watchdog
    every = dog.every.total_seconds() if dog else 60.0
    m.watchdog = Watchdog(str(dog.ping) if dog else None, every, m.health)


def journal_path(settings: Settings) -> Path:
    """Where pages from memory are noted: beside a SQLite file, else in the temporary folder."""
    url = settings.database_url.get_secret_value()
    name = f"midwatch-journal-{zlib.crc32(url.encode()):08x}.jsonl"
    if url.startswith("sqlite") and ":///" in url:
        return Path(url.split(":///", 1)[1].split("?", 1)[0]).absolute().with_name(name)
    return Path(tempfile.gettempdir()) / name


def _tick_age(m: Midwatch, name: str) -> float | None:
    if name == "delivery":
        return m.clock.monotonic() - m.outbox.looked_at
    return m.ticks.age_seconds(name)


async def _outcome(m: Midwatch, delivery: Delivery, outcome: Outcome) -> None:
    """Count it, and tell whether its provider can be reached."""
    m.metrics.deliveries.labels(delivery.effect.kind, outcome.state.value).inc()
    if outcome.state in (PageState.SENT, PageState.DELIVERED):
        await m.troubles.worked(part_of(delivery))
    elif outcome.state in (PageState.QUEUED, PageState.SENDING) and outcome.error:
        await m.troubles.failed(part_of(delivery), outcome.error)
    elif fault := account_fault(outcome.code):
        await m.troubles.failed(part_of(delivery), fault, surely=True)


def _web(m: Midwatch) -> None:
    settings = m.settings
    known = Secrets(
        hook_token=secret(settings.hook_token),
        sender_tokens={key: item.get_secret_value() for key, item in settings.hook_tokens.items()},
        senders={key: frozenset(item) for key, item in m.config.senders.items()},
        github_webhook_secret=secret(settings.github_webhook_secret),
        gitlab_webhook_token=secret(settings.gitlab_webhook_token),
    )
    tokens = (secret(settings.twilio_auth_token), secret(settings.twilio_auth_token_next))
    door = web_twilio.TwilioDoor(
        auth_tokens=tuple(token for token in tokens if token),
        public_url=settings.public_url or "",
        person_of=lambda number: m.config.person_by_phone(number),
        read_receipt=receipt,
    )
    pages = web_pages.Pages(m.engine, m.sessions, m.health.readiness)
    m.app = create_app(
        [
            web_health.router(m.engine, m.health, m.metrics),
            web_hooks.router(m.engine, hooks(), known, lambda: m.probing.heartbeat_names),
            web_twilio.router(m.engine, door),
            *m.routers,
            api.router(m.engine, secret(settings.api_token)),
            web_pages.router(m.engine, pages),
            incident_page.router(m.engine, pages),
            login.router(pages, m.sessions),
        ],
        pages,
    )
