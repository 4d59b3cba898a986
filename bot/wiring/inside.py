"""Outbox, probing, health, and what keeps them going."""

import secrets
import tempfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from bot import sql_changes
from bot.channels import email
from bot.channels.twilio_words import account_fault
from bot.core.audit_events import Where
from bot.core.page import PageState
from bot.drawing import Drawer
from bot.duty_watch import DutyWatch
from bot.emergency import MemoryPager
from bot.handlers import handlers
from bot.health import Health
from bot.leads_handlers import StreakNews
from bot.nights import Nights
from bot.notes_handlers import Migrations, Notes, NotesReplies
from bot.outbox import Outbox
from bot.picture_handlers import Pictures
from bot.ports import Delivery, Handler, Outcome
from bot.probe_lease import ProbeLease
from bot.probing import Probing, canaries_of
from bot.reloading import Reloading
from bot.scheduler import Ticks
from bot.sealing import Sealer
from bot.sight import Sight
from bot.silent_pages import SilentPages
from bot.slack import refusals
from bot.staging import Staging
from bot.telling_leads import TellingLeads
from bot.totals import Kept
from bot.troubles import Asking, Troubles, channel_of, part_of, right_of
from bot.watchdog import Watchdog
from bot.web.sessions import Sessions
from bot.wiring.parts import Midwatch, secret
from config.environment import Settings


def core(m: Midwatch, env: Mapping[str, str], demo: bool) -> None:
    """What delivers, probes and watches; it needs the channels and the chat."""
    # Without SECRET_KEY the key is this process's own: safe, and links end with the process.
    key = secret(m.settings.secret_key) or secrets.token_hex(32)
    m.sessions = Sessions(key, m.settings.public_url or "", m.clock, m.store)
    m.drawing = Drawer(m.clock)
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
            triggers=m.triggers,
        )
        | _of_the_rest(m),
        people=lambda: m.engine.policy.people,
    )
    m.silent_pages = SilentPages(m.store, m.clock, m.channels)
    m.troubles = Troubles(m.engine)
    m.nights = Nights(m.engine)
    m.telling_leads = TellingLeads(m.engine, m.counting)
    m.asking = Asking(m.troubles, m.questions)
    m.outbox.on_outcome = lambda delivery, outcome: _outcome(m, delivery, outcome)
    m.sight = Sight(m.engine, canaries_of(m.config, m.engine))
    m.probing = Probing(m.engine, m.sight, m.metrics)
    shared = not m.settings.database_url.get_secret_value().startswith("sqlite")
    m.staging = Staging(m.engine, lambda: m.probing.watch.active)
    m.staging.configure(m.config)
    m.probe_lease = ProbeLease(m.engine, m.probing.watch, shared=shared)
    m.duty_watch = DutyWatch(m.engine)
    m.memory = MemoryPager(m.engine, lambda: m.channels, journal_path(m.settings))
    m.ticks = Ticks(m.clock, [])
    m.sealer = Sealer(m.engine, lambda: _anchored_in(m))
    m.health = Health(
        m.store,
        lambda name: _tick_age(m, name),
        lambda: m.troubles.failing,
        lambda: _that_page_somebody(m),
        lambda: m.engine.failed_events,
        m.ticks.refused_seconds_ago,
        lambda: m.sight.blind_since,
    )
    m.totals = Kept(m.store, m.clock)
    m.metrics.registry.register(m.totals)
    m.reloading = Reloading(m.engine, m.config, env, m.take, demo=demo)
    m.watchdog = Watchdog(lambda: m.config.watchdog, m.clock, m.health)


def _of_the_rest(m: Midwatch) -> dict[str, Handler]:
    """Release notes, their migrations, pictures."""
    found: dict[str, Handler] = {
        "read_migrations": Migrations(m.sources, m.clock, sql_changes.inspect)
    }
    if m.chat is not None:
        found["picture"] = Pictures(m.chat, m.drawing)
        url = m.settings.public_url or ""
        found["streak"] = StreakNews(m.chat, m.counting, m.clock, url)
        found["notes"] = Notes(m.store, m.chat, m.clock, lambda: m.engine.policy, m.sources)
        found["notes_reply"] = NotesReplies(m.store, m.chat)
    return found


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


def _that_page_somebody(m: Midwatch) -> tuple[str, ...]:
    """A channel that nobody has an address for cannot page anybody, however well it works."""
    used = {name for person in m.engine.policy.people.values() for name in person.channels}
    return tuple(name for name in m.channels if name in used)


def _anchored_in(m: Midwatch) -> Where | None:
    """The channel for the audit log's head: that of the releases, else that of the incidents."""
    slack = m.config.slack
    if slack is None or m.chat is None:
        return None
    return "releases" if slack.releases else "incidents" if slack.incidents else None


async def _outcome(m: Midwatch, delivery: Delivery, outcome: Outcome) -> None:
    """Count it, and tell whether its provider can be reached."""
    m.metrics.deliveries.labels(delivery.effect.kind, outcome.state.value).inc()
    channel = channel_of(delivery)
    if outcome.state in (PageState.SENT, PageState.DELIVERED):
        for part in {part_of(delivery), right_of(delivery)}:
            await m.troubles.worked(part)
        if channel is not None:
            await m.troubles.worked(channel)
    elif outcome.state in (PageState.QUEUED, PageState.SENDING) and outcome.error:
        if outcome.code:
            return  # it answers, and refuses this one for now
        await m.troubles.failed(part_of(delivery), outcome.error)
    elif fault := account_fault(outcome.code):
        await m.troubles.failed(right_of(delivery), fault, surely=True)
    elif outcome.error and outcome.code == email.ACCOUNT:
        await m.troubles.failed("email", outcome.error, surely=True)
    elif outcome.error and outcome.code in refusals.ACCOUNT:
        await m.troubles.failed("slack", outcome.error, surely=True)
    elif outcome.error and outcome.code in refusals.CHANNEL and channel is not None:
        await m.troubles.failed(channel, outcome.error, surely=True)
