"""`maintenance`, `silence` and `unsilence`: nobody is paged for a while, and is again."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.commands import beside as running
from bot.commands import terminal
from bot.commands.acting import Wait
from bot.commands.frame import USAGE, AsJson, AsPerson, ConfigPath, Stop, known_service, run
from bot.commands.on_call import moment
from bot.commands.overriding import As
from bot.core import moments
from bot.core.quiet import QuietSpan, spans_of
from bot.core.quiet_events import Silenced, SilenceEnded, SilenceExtended
from bot.core.silencing import why_not, why_not_extended
from bot.core.wording import quiet_ended
from bot.core.wording import quiets as say
from bot.core.wording.texts import zone_of
from bot.ports import Store
from checks.durations import parse
from config import Config

HOW = (
    "Say what: maintenance add SERVICE… (or all) --for 2h --reason WHY --as PERSON, "
    "maintenance list, maintenance end NUMBER, or maintenance extend NUMBER --for 1h."
)
Words = Annotated[
    list[str], typer.Argument(help="add SERVICE… (or all); list; end NUMBER; extend NUMBER.")
]
From = Annotated[str, typer.Option("--from", help="now, 22:00, tomorrow 22:00, 2026-12-01 22:00.")]
Until = Annotated[str | None, typer.Option("--until", help="23:30, or any time as for --from.")]
For = Annotated[str | None, typer.Option("--for", help="How long: 90m, 2h, 1d.")]
Reason = Annotated[str, typer.Option("--reason", help="Why: whoever looks at night should know.")]
Service = Annotated[str, typer.Argument(help="A service, or all.")]
Lasts = Annotated[str, typer.Argument(help="How long: 30m, 2h.")]
Why = Annotated[list[str] | None, typer.Argument(help="The reason.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("maintenance")(maintenance)
    app.command("silence")(silence)
    app.command("unsilence")(unsilence)


def maintenance(
    words: Words,
    person: As = None,
    start: From = "now",
    until: Until = None,
    lasts: For = None,
    reason: Reason = "",
    config: ConfigPath = None,
    as_json: AsJson = False,
    wait: Wait = running.WAIT_SECONDS,
) -> None:
    """Plan maintenance: nobody is paged meanwhile. List it, end it, lengthen it."""
    match words:
        case ["list"]:
            run(_list(config, as_json))
        case _ if person is None:
            raise Stop("Say who asks: --as PERSON.", USAGE)
        case ["end", number] if _is_number(number):
            run(_end(config, person, (int(number), None), as_json, wait))
        case ["extend", number] if _is_number(number) and lasts is not None:
            run(_extend(config, int(number), duration(lasts), person, as_json, wait))
        case ["add", *services] if services and (until is None) is not (lasts is None):
            run(_ask(config, services, (start, until, lasts), reason, person, as_json, wait))
        case _:
            raise Stop(HOW, USAGE)


def silence(
    service: Service,
    lasts: Lasts,
    person: AsPerson,
    reason: Why = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
    wait: Wait = running.WAIT_SECONDS,
) -> None:
    """Be quiet about a service for a while."""
    why, times = " ".join(reason or ()), ("now", None, lasts)
    run(_ask(config, [service], times, why, person, as_json, wait, planned=False))


def unsilence(
    service: Service,
    person: AsPerson,
    config: ConfigPath = None,
    as_json: AsJson = False,
    wait: Wait = running.WAIT_SECONDS,
) -> None:
    """End what keeps a service (or all) quiet now: what is down is paged again."""
    run(_end(config, person, (None, service), as_json, wait))


def duration(text: str) -> timedelta:
    """`90m`, `2h`. Raises Stop."""
    try:
        return parse(text)
    except ValueError as wrong:
        raise Stop(f"{text[:40]!r} is not a duration: {wrong}", USAGE) from None


async def _list(path: Path | None, as_json: bool) -> None:
    async with running.opened(path) as (config, beside):
        now = beside.engine.clock.now()
        known = spans_of(await beside.store.silences(now), beside.policy.windows)
        spans = [span for span in known if span.until > now]
        if as_json:
            terminal.show_json({"items": [present(it) for it in spans], "next": None})
        else:
            terminal.say(say.listed(spans, beside.policy, config.timezone, now))


async def _ask(
    path: Path | None,
    services: list[str],
    times: tuple[str, str | None, str | None],
    reason: str,
    person: str,
    as_json: bool,
    wait_seconds: float,
    *,
    planned: bool = True,
) -> None:
    async with running.opened(path) as (config, beside):
        actor, at = running.actor_of(person, config), beside.engine.clock.now()
        since, lasts = _span(times, zone_of(actor.person or "", beside.policy), at)
        service, more = _named(services, config)
        event = Silenced(actor, at, lasts, None, service, reason, planned, since, more)
        refused = why_not(event, None, beside.policy, at)
        if refused is not None:
            raise Stop(refused)
        await running.decided(beside, running.fresh_key("quiet"), event, wait_seconds=wait_seconds)
        known = await beside.store.silences(at)
        rows = [it for it in known if it.by == actor.person and (it.asked_at or at) >= at]
        made = max(spans_of(rows, ()), key=lambda span: span.number or 0, default=None)
        if made is None:
            raise Stop("It was not taken; the log of the running Midwatch says why.")
        terminal.done(
            say.answered(made, None, actor, beside.policy, at), as_json, quiet=present(made)
        )


def _span(
    times: tuple[str, str | None, str | None], zone: str, now: datetime
) -> tuple[datetime | None, timedelta]:
    """Since when (None: now) and how long. Raises Stop for what is no time."""
    start, until, lasts = times
    begins = moment(start, zone, now, "--from")
    if lasts is not None:
        return (None if start == "now" else begins), duration(lasts)
    moment(until or "", zone, now, "--until")
    since, end = moments.span_with_now(moments.read(start), moments.read(until or ""), zone, now)
    return since, end - since


def _named(services: list[str], config: Config) -> tuple[str | None, tuple[str, ...]]:
    """One and further ones; none for `all`. Raises Stop for one that there is not."""
    names = [part for name in services for part in name.split(",") if part]
    if any(name.casefold() == "all" for name in names):
        return None, ()
    service, *more = [known_service(name, config) for name in names]
    return service, tuple(more)


async def _end(
    path: Path | None,
    person: str,
    of: tuple[int | None, str | None],
    as_json: bool,
    wait_seconds: float,
) -> None:
    async with running.opened(path) as (config, beside):
        actor, at = running.actor_of(person, config), beside.engine.clock.now()
        quiet, service = of
        named = _named([service], config)[0] if service else None
        rows = [
            it
            for it in await beside.store.silences(at)
            if (it.number == quiet if quiet else it.since <= at and named in (None, it.service))
        ]
        if not rows:
            nothing = quiet_ended.nothing_quiet([named] if named else [])
            raise Stop(say.no_such_number(quiet) if quiet else nothing)
        event = SilenceEnded(actor, at, None, named, quiet)
        await running.decided(
            beside, running.fresh_key("quiet-end"), event, wait_seconds=wait_seconds
        )
        left = {it.id for it in await beside.store.silences(beside.engine.clock.now())}
        if left & {it.id for it in rows}:
            raise Stop("It was not ended; the log of the running Midwatch says why.")
        begun = any(it.since <= at for it in rows)
        text = quiet_ended.answered(list(dict.fromkeys(it.service for it in rows)), begun)
        if as_json:
            terminal.show_json({"done": True, "text": text})
        else:
            terminal.say(text, "green")


async def _extend(
    path: Path | None, quiet: int, by: timedelta, person: str, as_json: bool, wait_seconds: float
) -> None:
    async with running.opened(path) as (config, beside):
        actor, at = running.actor_of(person, config), beside.engine.clock.now()
        before = await _of_number(beside.store, quiet, at)
        event = SilenceExtended(quiet, by, actor, at)
        rows = [it for it in await beside.store.silences(at) if it.number == quiet]
        refused = why_not_extended(event, rows, beside.policy, at)
        if refused is not None:
            raise Stop(refused)
        await running.decided(
            beside, running.fresh_key("quiet-extend"), event, wait_seconds=wait_seconds
        )
        after = await _of_number(beside.store, quiet, at)
        if after is None or before is None or after.until <= before.until:
            raise Stop("It was not lengthened; the log of the running Midwatch says why.")
        terminal.done(
            say.answered_extending(after, actor, beside.policy, at), as_json, quiet=present(after)
        )


async def _of_number(store: Store, number: int, now: datetime) -> QuietSpan | None:
    spans = spans_of(await store.silences(now), ())
    return next((span for span in spans if span.number == number), None)


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 10


def present(span: QuietSpan) -> dict[str, Any]:
    """For programs. `number` and `by` are null where it is configured; no services: all."""
    return {
        "number": span.number,
        "kind": "maintenance" if span.maintenance else "silence",
        "services": list(span.services),
        "since": span.since.isoformat(),
        "until": span.until.isoformat(),
        "reason": span.reason,
        "by": span.by,
        "incident": span.incident,
    }
