"""`override`: somebody takes a duty for a while, or gives it back."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.commands import beside as running
from bot.commands import terminal
from bot.commands.acting import Wait
from bot.commands.frame import USAGE, AsJson, ConfigPath, Stop, known_person, run
from bot.commands.on_call import moment
from bot.core import moments
from bot.core.actor import Actor
from bot.core.override_events import OverrideAsked, OverrideEnded
from bot.core.overrides import TeamOverride
from bot.core.overriding import why_not, why_not_ended
from bot.core.wording import overrides as say
from bot.core.wording.texts import zone_of
from config import Config

Words = Annotated[
    list[str],
    typer.Argument(help="PERSON, who is to be on call; or `list`; or `end NUMBER`."),
]
As = Annotated[str | None, typer.Option("--as", help="Who asks: a key of `people`.")]
From = Annotated[str, typer.Option("--from", help="now, 18:00, 2026-12-24 18:00.")]
Until = Annotated[str | None, typer.Option("--until", help="09:00 (the next), 2026-12-26 09:00.")]
For = Annotated[str | None, typer.Option("--for", help="Instead of this person only.")]
OfTeam = Annotated[str | None, typer.Option("--team", help="Whose rota; else the person's own.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("override")(override)


def override(
    words: Words,
    person: As = None,
    start: From = "now",
    until: Until = None,
    instead: For = None,
    team: OfTeam = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
    wait: Wait = running.WAIT_SECONDS,
) -> None:
    """Put somebody on call for a while; list such overrides; end one."""
    match words:
        case ["list"]:
            run(_list(config, as_json))
        case _ if person is None:
            raise Stop("Say who asks: --as PERSON.", USAGE)
        case ["end", number] if number.isdecimal() and len(number) < 10:
            run(_end(config, int(number), person, as_json, wait))
        case [who] if until is not None and who != "end":
            run(_ask(config, (who, instead, team), (start, until), person, as_json, wait))
        case _:
            how = "override PERSON --until TIME --as PERSON, override list, or override end NUMBER"
            raise Stop(f"Say what: {how}.", USAGE)


async def _list(path: Path | None, as_json: bool) -> None:
    async with running.opened(path) as (config, beside):
        now = beside.engine.clock.now()
        found = await beside.store.overrides(now)
        if as_json:
            terminal.show_json({"items": [present(it) for it in found], "next": None})
        else:
            terminal.say(say.listed(found, beside.policy, config.timezone, now))


async def _ask(
    path: Path | None,
    names: tuple[str, str | None, str | None],
    times: tuple[str, str],
    person: str,
    as_json: bool,
    wait_seconds: float,
) -> None:
    async with running.opened(path) as (config, beside):
        actor, at = running.actor_of(person, config), beside.engine.clock.now()
        start, end = _span(times, zone_of(actor.person or "", beside.policy), at)
        event = _asked(names, (start, end), actor, at, config)
        refused = why_not(event, beside.policy, await beside.store.unusable(at), at)
        if refused is not None:
            raise Stop(refused)
        await running.decided(
            beside, running.fresh_key("override"), event, wait_seconds=wait_seconds
        )
        known = await beside.store.overrides(at)
        made = [it for it in known if (it.by, it.asked_at) == (actor.person, at)]
        if not made:
            raise Stop("It was not taken; the log of the running Midwatch says why.")
        terminal.done(
            say.done(made[0], actor, beside.policy, at), as_json, override=present(made[0])
        )


def _asked(
    names: tuple[str, str | None, str | None],
    times: tuple[datetime, datetime],
    actor: Actor,
    at: datetime,
    config: Config,
) -> OverrideAsked:
    who, instead, team = names
    replaces = known_person(instead, config) if instead else None
    return OverrideAsked(known_person(who, config), *times, actor, at, replaces, team)


def _span(times: tuple[str, str], zone: str, now: datetime) -> tuple[datetime, datetime]:
    """Raises Stop for what is no time."""
    for option, text in zip(("--from", "--until"), times, strict=True):
        moment(text, zone, now, option)
    return moments.span(moments.read(times[0]), moments.read(times[1]), zone, now)


async def _end(
    path: Path | None, number: int, person: str, as_json: bool, wait_seconds: float
) -> None:
    async with running.opened(path) as (config, beside):
        actor, at = running.actor_of(person, config), beside.engine.clock.now()
        event = OverrideEnded(number, actor, at)
        known = {it.id: it for it in await beside.store.overrides(at)}
        refused = why_not_ended(event, known.values(), beside.policy, at)
        if refused is not None:
            raise Stop(refused)
        await running.decided(
            beside, running.fresh_key(f"override-end-{number}"), event, wait_seconds=wait_seconds
        )
        if number in {it.id for it in await beside.store.overrides(beside.engine.clock.now())}:
            raise Stop("It was not ended; the log of the running Midwatch says why.")
        terminal.done(
            say.done_ending(known[number], beside.policy), as_json, override=present(known[number])
        )


def present(override: TeamOverride) -> dict[str, Any]:
    """For programs."""
    return {
        "id": override.id,
        "team": override.team,
        "person": override.person,
        "replaces": override.replaces,
        "start": override.start.isoformat(),
        "end": override.end.isoformat(),
        "by": override.by,
    }
