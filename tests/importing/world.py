"""An import of a few lines into a real database, and makers of lines that a test overrides."""

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.policy import Person, Policy, Service, Step, Team
from bot.importing.plan import Plan
from bot.importing.take import take
from bot.store import SqlStore

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BEGAN = datetime(2026, 5, 6, 21, 7, tzinfo=UTC)
STEPS = (Step("on_call", ("sms",)),)
POLICY = Policy(
    timezone="Europe/London",
    people={
        "ana": Person("ana", "Ana", ("sms",), "Europe/London", email="ana@example.com"),
        "bo": Person("bo", "Bo", ("sms",), "Europe/London", github="bo-dev"),
    },
    teams={"it": Team("it", "IT", ("ana",)), "development": Team("development", "Dev", ("bo",))},
    services={
        "checkout": Service("checkout", ("it", "development"), STEPS, depends_on=("payments",)),
        "payments": Service("payments", ("it", "development"), STEPS),
    },
)


def deployment(**changes: Any) -> dict[str, Any]:
    """Succeeded two minutes before BEGAN."""
    return {
        "kind": "deployment",
        "id": "run-812",
        "service": "checkout",
        "version": "v1.42",
        "status": "succeeded",
        "started_at": at(-7),
        "finished_at": at(-2),
    } | changes


def incident(**changes: Any) -> dict[str, Any]:
    """Half an hour, acknowledged by IT after five minutes; nobody decided about its cause."""
    return {
        "kind": "incident",
        "id": "OPS-77",
        "service": "checkout",
        "began_at": at(0),
        "triggered_at": at(1),
        "resolved_at": at(30),
        "acknowledged": {"it": at(6)},
        "cause": None,
    } | changes


def at(minutes: float) -> str:
    """So many minutes after BEGAN."""
    return (BEGAN + timedelta(minutes=minutes)).isoformat()


def stream(*lines: Mapping[str, Any] | bytes) -> io.BytesIO:
    """As in a file."""
    raw = (it if isinstance(it, bytes) else json.dumps(it).encode() for it in lines)
    return io.BytesIO(b"".join(line + b"\n" for line in raw))


async def imports(store: SqlStore, *lines: dict[str, Any], now: datetime = NOW) -> Plan:
    """Take them, as the command does."""
    return await take(
        stream(*lines), store.history, POLICY, now, by="Ana", name="h.jsonl", pause_seconds=0
    )
