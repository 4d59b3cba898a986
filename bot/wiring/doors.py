"""The web application: hooks, callbacks, API and pages."""

from bot.channels.call_words import outcome
from bot.channels.twilio_words import receipt
from bot.channels.twiml import Speech
from bot.comparing import Candidate, Comparison, compare
from bot.from_config import secrets_of
from bot.sources import hooks
from bot.web import (
    api,
    audit,
    badge,
    calendar,
    configuration,
    deployments_page,
    incident_page,
    incidents_page,
    login,
    maintenance_page,
    now_page,
    on_call_page,
    release_page,
    stats_api,
    stats_page,
)
from bot.web import health as web_health
from bot.web import hooks as web_hooks
from bot.web import pages as web_pages
from bot.web import twilio as web_twilio
from bot.web import voice as web_voice
from bot.web.app import create_app
from bot.wiring.parts import Midwatch, secret


def web(m: Midwatch) -> None:
    """Every route; it needs all the other parts."""
    settings = m.settings
    tokens = (secret(settings.twilio_auth_token), secret(settings.twilio_auth_token_next))
    door = web_twilio.TwilioDoor(
        auth_tokens=tuple(token for token in tokens if token),
        public_url=settings.public_url or "",
        person_of=lambda number: m.config.person_by_phone(number),
        read_receipt=receipt,
    )
    reader = api.reader(secret(settings.api_token))
    pages = web_pages.Pages(m.engine, m.sessions, m.health.readiness)
    m.app = create_app(
        [
            web_health.router(m.engine, m.health, m.metrics, m.totals),
            web_hooks.router(
                m.engine, hooks(), lambda: secrets_of(m.config), lambda: m.probing.heartbeat_names
            ),
            web_twilio.router(m.engine, door),
            web_voice.router(m.engine, door, Speech(settings.public_url or ""), outcome),
            *m.routers,
            api.router(m.engine, reader),
            audit.api_router(m.engine, reader),
            stats_api.router(m.engine, reader),
            badge.router(m.engine),
            configuration.router(lambda main, files: _compared(m, main, files), reader),
            now_page.router(m.engine, pages),
            incident_page.router(m.engine, pages),
            incidents_page.router(m.engine, pages),
            deployments_page.router(m.engine, pages),
            maintenance_page.router(m.engine, pages),
            login.router(pages, m.sessions),
            on_call_page.router(m.engine, pages),
            stats_page.router(m.engine, pages, m.counting, m.drawing),
            release_page.router(m.engine, pages),
            release_page.api(m.engine, reader),
            audit.page_router(m.engine, pages, lambda: m.sealer.checked),
            calendar.router(m.engine, m.sessions),
        ],
        pages,
    )


def _compared(
    m: Midwatch, main: tuple[str, str] | None, files: tuple[tuple[str, str], ...]
) -> Comparison:
    now = m.reloading
    return compare(now.config, now.env, Candidate(main, files), now.refused, demo=now.demo)
