"""`probe`: one probe of a service's checks, or of any address, with every phase."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from pydantic import ValidationError
from pydantic_core import PydanticCustomError
from rich.text import Text

import checks
from bot.clock import SystemClock
from bot.commands import beside as running
from bot.commands import terminal
from bot.commands.frame import NO, USAGE, AsJson, ConfigPath, Stop, configured, known_service, run
from bot.deployed import Deployed
from bot.ports import StoredResult
from bot.probing import heartbeat_of
from bot.web import present
from checks import Context, Heartbeat, Outcome, Result, Versions, phases
from config import Config
from config.check import Check, parse_canary

LONGEST_MEASURE_SECONDS = 5.0
PHASES = ("dns", "connect", "tls", "first_byte", "total")
_COLOURS = {Outcome.UP: "green", Outcome.DEGRADED: "yellow", Outcome.UNKNOWN: "magenta"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("probe")(probe)


def probe(
    target: Annotated[str, typer.Argument(help="A service, or a URL: https://…, tcp://host:port.")],
    config: ConfigPath = None,
    check: Annotated[
        str | None, typer.Option("--check", help="Of a service: only the check of this name.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Probe once and say what came of it; exit code 1 when it is down. Nobody is paged."""
    results = run(_probe(target, config, check))
    if as_json:
        items = [present.result(item) for item in results]
        terminal.show_json(items[0] if len(items) == 1 else {"items": items, "next": None})
    else:
        _table(results)
    if not all(item.outcome in ("up", "degraded") for item in results):
        raise typer.Exit(NO)


async def _probe(target: str, path: Path | None, name: str | None) -> list[StoredResult]:
    if "://" in target:
        asked: Sequence[Check] = [_of_url(target)]
        service, beats = "", dict[str, Heartbeat]()
    else:
        config = configured(path)
        service = known_service(target, config)
        asked = _chosen(config, service, name)
        beats = await _heartbeats(path, asked)
    now = SystemClock().now
    versions = [await _versions(path, service, item) for item in asked]
    contexts = [Context(now, beats.get, it) for it in versions]
    found = await asyncio.gather(*map(_measured, asked, contexts))
    return [_stored(service, item, result) for item, result in zip(asked, found, strict=True)]


def _of_url(url: str) -> Check:
    try:
        return parse_canary(url)
    except PydanticCustomError:
        mend = "write it like https://shop.example.com/health or tcp://db.example.com:5432"
        raise Stop(f"{url[:200]!r} cannot be probed: {mend}.", USAGE) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Stop(f"{url[:200]!r} cannot be probed: {first['msg']}", USAGE) from None


def _chosen(config: Config, service: str, name: str | None) -> Sequence[Check]:
    configured_checks = config.services[service].checks
    found = [item for item in configured_checks if name is None or item.label == name]
    if not configured_checks:
        raise Stop(f"{service} has no checks: alerts, heartbeats and people say how it is.", USAGE)
    if not found:
        known = ", ".join(item.label for item in configured_checks)
        raise Stop(f"{service} has no such check. Known: {known}.", USAGE)
    return found


async def _heartbeats(path: Path | None, asked: Sequence[Check]) -> dict[str, Heartbeat]:
    """Their calls are in the database."""
    names = [item.options.target for item in asked if item.kind == "heartbeat"]
    if not names:
        return {}
    async with running.opened(path) as (_, beside):
        calls = await beside.store.heartbeats(names, beside.engine.clock.now())
    return {name: heartbeat_of(call) for name, call in calls.items()}


async def _versions(path: Path | None, service: str, item: Check) -> Versions | None:
    """What was deployed is in the database, too."""
    if not service or not item.options.asks_version:
        return None
    async with running.opened(path) as (_, beside):
        deployed = Deployed(beside.engine)
        deployed.configure([service])
        await deployed.refresh()
        return deployed.versions(service, item.options.rollout_grace)


async def _measured(item: Check, context: Context) -> Result:
    """The probe, and what connecting takes, measured on a connection of its own."""
    kind = checks.load(item.kind)
    result = await checks.run(kind, item.options, context)
    where = _where(item)
    if where is None or result.seconds.dns is not None:
        return result
    limit = min(item.options.timeout.total_seconds(), LONGEST_MEASURE_SECONDS)
    family = phases.FAMILIES[getattr(item.options, "ip", None)]
    more = await phases.measure(*where, limit, family)
    return replace(
        result,
        seconds=replace(result.seconds, dns=more.dns, connect=more.connect, tls=more.tls),
    )


def _where(item: Check) -> tuple[str, int, bool] | None:
    """Host, port and whether TLS is spoken; None for what is asked without a connection."""
    target = item.options.target
    address = target if "://" in target else f"//{target}"
    try:
        parts = urlsplit(address)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    if item.kind == "heartbeat" or not parts.hostname or port is None:
        return None
    if getattr(item.options, "proxy", None):
        return None
    return parts.hostname, port, parts.scheme == "https" or item.kind == "tls"


def _stored(service: str, item: Check, result: Result) -> StoredResult:
    seconds = {name: getattr(result.seconds, name) for name in PHASES}
    return StoredResult(
        service=service,
        check=item.label,
        kind=item.kind,
        outcome=result.outcome.value,
        reason=result.reason,
        detail=result.detail,
        at=result.at,
        **seconds,
    )


def _table(results: Sequence[StoredResult]) -> None:
    rows: list[tuple[Any, ...]] = [
        (
            item.check,
            Text(item.outcome, _COLOURS.get(Outcome(item.outcome), "red")),
            item.detail,
            *(_milliseconds(getattr(item, name)) for name in PHASES),
        )
        for item in results
    ]
    names = [name.replace("_", " ") for name in PHASES]
    terminal.show(("check", "verdict", "why", *names), rows)


def _milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1000:.0f} ms"
