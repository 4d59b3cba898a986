"""`on-call`: who has the duty now, or at another time, by the rotas and their overrides."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.beside import switched_on
from bot.clock import SystemClock
from bot.commands import beside as running
from bot.commands import on_call_week, terminal
from bot.commands.frame import (
    USAGE,
    AsJson,
    ConfigPath,
    Stop,
    configured,
    known_person,
    require_links,
    run,
)
from bot.core import moments
from bot.core.fairness import PERIOD_DAYS, Load
from bot.core.nights import loads_of
from bot.core.overrides import TeamOverride, with_overrides
from bot.core.policy import Policy
from bot.core.wording.nights import HOW_IT_IS_COUNTED
from bot.core.wording.words import and_list, day_and_clock
from bot.from_config import policy_of
from bot.ports import StoreUnavailable
from bot.web.present_duty import duty, loads_as_json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("on-call")(on_call)


def on_call(
    config: ConfigPath = None,
    at: Annotated[
        str | None,
        typer.Option("--at", help="Another time: 2026-11-23, 2026-11-23 18:00, 18:00."),
    ] = None,
    calendar: Annotated[
        str | None,
        typer.Option("--calendar", help="The secret link of this person's calendar of shifts."),
    ] = None,
    load: Annotated[
        bool, typer.Option("--load", help="How often each was paged, and at night.")
    ] = False,
    days: Annotated[
        int, typer.Option("--days", help="With --load: of so many days.", min=1, max=3660)
    ] = PERIOD_DAYS,
    week: Annotated[
        bool, typer.Option("--week", help="Every shift of seven days, and what is not covered.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show who is on call, team by team."""
    loaded = configured(config)
    if load:
        run(_show_load(config, days, as_json))
        return
    if calendar is not None:
        _show_calendar(config, calendar, as_json)
        return
    now = SystemClock().now()
    then = now if at is None else moment(at, loaded.timezone, now)
    channels = switched_on(loaded.settings)
    policy = policy_of(loaded, channels, loaded.settings.public_url or "", then)
    overrides, unusable = run(_remembered(config, then))
    policy = with_overrides(policy, overrides)
    if week:
        on_call_week.show(policy, unusable, then, now, as_json)
        return
    duties = [duty(team, policy, then) for team in policy.teams.values()]
    if as_json:
        terminal.show_json({"at": then.isoformat(), "teams": duties})
        return
    terminal.say(f"On call {day_and_clock(then, now, policy.timezone)} ({policy.timezone})")
    terminal.show(("team", "on call", "next", "until"), [_row(d, policy, now) for d in duties])


def _show_calendar(path: Path | None, person: str, as_json: bool) -> None:
    loaded = configured(path)
    who = known_person(person, loaded)
    require_links(loaded.settings)
    link = run(_calendar_link(path, who))
    if as_json:
        terminal.show_json({"person": who, "url": link})
        return
    terminal.say(link)
    terminal.note(f"Whoever has it sees {who}'s shifts. Another SECRET_KEY ends every such link.")


async def _show_load(path: Path | None, days: int, as_json: bool) -> None:
    async with running.opened(path) as (_, beside):
        policy, now = beside.policy, beside.engine.clock.now()
        since = now - timedelta(days=days)
        found = loads_of(await beside.store.handed_over(since, now), policy, since, now)
    if as_json:
        terminal.show_json(loads_as_json(found, since, now))
        return
    terminal.say(f"Paged in the last {days} days ({policy.timezone})")
    heads = ("person", "team", "pages", "texts", "calls", "at night", "nights", "last at night")
    terminal.show(heads, [_load_row(it, policy, now) for it in found])
    terminal.note(HOW_IT_IS_COUNTED)


def _load_row(load: Load, policy: Policy, now: datetime) -> tuple[str, ...]:
    last, zone = load.last_at_night, policy.timezone
    return (
        policy.name_of(load.person),
        policy.team_name(load.team),
        *map(str, (load.pages, load.texts, load.calls)),
        *map(str, (load.pages_at_night, load.nights_disturbed)),
        day_and_clock(last, now, zone) if last else "",
    )


async def _calendar_link(path: Path | None, person: str) -> str:
    async with running.opened(path) as (_, beside):
        return beside.sessions.calendar_link(person)


async def _remembered(
    path: Path | None, since: datetime
) -> tuple[list[TeamOverride], dict[tuple[str, str], str]]:
    """The overrides that the database knows, and the phones that are marked as of no use.

    Without it the rotas alone are told, and that they are.
    """
    try:
        async with running.opened(path) as (_, beside):
            return await beside.store.overrides(since), await beside.store.unusable(since)
    except (Stop, StoreUnavailable):
        terminal.note("Without overrides: the database does not answer or is not there yet.")
        return [], {}


def _row(duty_of: dict[str, Any], policy: Policy, now: datetime) -> tuple[str, ...]:
    until = duty_of["until"]
    names = [policy.name_of(key) for key in duty_of["on_call"]]
    return (
        policy.team_name(duty_of["team"]),
        and_list(names) or "nobody",
        and_list([policy.name_of(key) for key in duty_of["next"]]),
        day_and_clock(datetime.fromisoformat(until), now, policy.timezone) if until else "",
    )


def moment(text: str, zone: str, now: datetime, option: str = "--at") -> datetime:
    """A time as people type it, in `zone` unless it names its own. Raises Stop.

    `18:00` is the next time that the clock shows it.
    """
    try:
        return moments.at(moments.read(text), zone, now)
    except ValueError:
        mend = "write now, 2026-11-23, 2026-11-23 18:00, 18:00, or ISO 8601 with an offset"
        raise Stop(f"{option} {text[:40]!r} is not a time: {mend}.", USAGE) from None
