"""Small makers of what a store keeps, with sensible values that a test overrides."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.deployment import Commit, Deployment, DeploymentState
from bot.core.effects import Effect, Entry, SendPage
from bot.core.events import Event, SignalReported
from bot.core.incident import Affected, Incident, IncidentState, Track, TrackState
from bot.core.link import Candidate, Label, Link
from bot.core.page import Page, Urgency
from bot.core.scene import Decision, Need, Scene
from bot.core.signal import Level, Signal
from bot.ports import Delivery, StoredResult
from bot.store import SqlStore

NOW = datetime(2026, 3, 1, 3, 12, 0, 123456, tzinfo=UTC)
LEASE = timedelta(seconds=60)


class TestClock:
    """`bot.ports.Clock` that only the test moves."""

    __test__ = False

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - NOW).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        await asyncio.sleep(0)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def down(service: str = "checkout", at: datetime = NOW) -> SignalReported:
    return SignalReported(service, "http", "check", Level.DOWN, at, at, "HTTP 503")


def signal(service: str = "checkout", level: Level = Level.DOWN, **changes: Any) -> Signal:
    return replace(Signal(service, "http", "check", level, NOW, NOW, "HTTP 503"), **changes)


def deployment(id_: str = "d1", service: str = "checkout", **changes: Any) -> Deployment:
    usual = Deployment(
        id=id_,
        service=service,
        environment="production",
        version="v1.42",
        sha="a1b2c3d4",
        previous_sha="0000000",
        state=DeploymentState.SUCCEEDED,
        started_at=NOW - minutes(20),
        ended_at=NOW - minutes(10),
        reported_at=NOW - minutes(20),
        by="Bo",
        commits=(Commit("a1b2c3d4", "feat: vouchers", "Bo", NOW - minutes(60), None, ("a.py",)),),
        source="generic",
    )
    return replace(usual, **changes)


def link_to(one: Deployment) -> Link:
    named = Candidate(
        one, Label.SUSPECTED, 7.0, 0.875, minutes(6), False, False, "own", "ended 6 min before"
    )
    return Link(Label.SUSPECTED, named, None, named, (named,), "ended 6 min before", 7.0)


def incident(number: int = 1, *services: str, **changes: Any) -> Incident:
    usual = Incident(
        number=number,
        state=IncidentState.TRIGGERED,
        services=tuple(Affected(it, NOW, "HTTP 503") for it in services or ("checkout",)),
        began_at=NOW,
        triggered_at=NOW,
        tracks=(
            Track("it", TrackState.PAGING, NOW, next_at=NOW + minutes(5)),
            Track("development", TrackState.PAGING, NOW),
        ),
        link=Link(Label.NONE),
    )
    return replace(usual, **changes)


def resolved(one: Incident, at: datetime = NOW, **changes: Any) -> Incident:
    return replace(one, state=IncidentState.RESOLVED, resolved_at=at, **changes)


def page(key: str = "1-it-0-0.0-ana-sms", number: int = 1, **changes: Any) -> Page:
    usual = Page(
        key=key,
        incident=number,
        person="ana",
        team="it",
        channel="sms",
        urgency=Urgency.FIRST,
        reason="step",
        text="#1 DOWN checkout 03:12: HTTP 503",
        line="#1 checkout",
        created_at=NOW,
        due_at=NOW,
        state_at=NOW,
    )
    return replace(usual, **changes)


def result(at: datetime = NOW, outcome: str = "up", **changes: Any) -> StoredResult:
    usual = StoredResult("checkout", "http", "http", outcome, "ok", "HTTP 200", at, total=0.1)
    return replace(usual, **changes)


async def save(store: SqlStore, decision: Decision, at: datetime = NOW) -> None:
    """Decide, as the engine does: the scene is loaded (and locked) first."""
    async with store.transaction() as tx:
        await tx.scene(Need(), at)
        await tx.save(decision, at)


async def scene(store: SqlStore, need: Need | None = None, at: datetime = NOW) -> Scene:
    async with store.transaction() as tx:
        return await tx.scene(need or Need(every_open=True), at)


async def send(store: SqlStore, *effects: Effect, at: datetime = NOW) -> None:
    await save(store, Decision(effects=effects), at)


async def send_page(store: SqlStore, **changes: Any) -> Page:
    one = page(**changes)
    await send(store, SendPage(one))
    return one


async def claim_due(store: SqlStore, at: datetime = NOW, limit: int = 50) -> list[Delivery]:
    """What the outbox does first."""
    async with store.transaction() as tx:
        due = await tx.due_deliveries(at, limit)
        return await tx.claim([delivery.key for delivery in due], at, LEASE)


async def find_page(store: SqlStore, key: str) -> Page:
    found = await scene(store, Need(page=key))
    return next(one for one in found.pages if one.key == key)


def entry(text: str = "checkout is down", **changes: Any) -> Entry:
    usual = Entry(NOW, "triggered", "midwatch", text, 1, "checkout", None, (("state", "down"),))
    return replace(usual, **changes)


def events(*keys: str) -> list[tuple[str, Event]]:
    return [(key, down()) for key in keys]
