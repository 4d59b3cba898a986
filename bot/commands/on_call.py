"""`on-call`: who has the duty now, or at another time, by the rotas and their overrides."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.clock import SystemClock
from bot.commands import beside as running
from bot.commands import terminal
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
from bot.core import moments, recipients, rota
from bot.core.overrides import TeamOverride, with_overrides
from bot.core.policy import Policy, Team
from bot.core.wording.words import and_list, day_and_clock
from bot.from_config import policy_of
from bot.ports import StoreUnavailable

LOOK_AHEAD = timedelta(days=60)


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
    as_json: AsJson = False,
) -> None:
    """Show who is on call, team by team."""
    loaded = configured(config)
    if calendar is not None:
        _show_calendar(config, calendar, as_json)
        return
    now = SystemClock().now()
    then = moment(at, loaded.timezone, now) if at else now
    policy = policy_of(loaded, (), loaded.settings.public_url or "", then)
    policy = with_overrides(policy, run(_overrides(config, then)))
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


async def _calendar_link(path: Path | None, person: str) -> str:
    async with running.opened(path) as (_, beside):
        return beside.sessions.calendar_link(person)


async def _overrides(path: Path | None, since: datetime) -> list[TeamOverride]:
    """Those that the database knows; without it the rotas alone are told, and that they are."""
    try:
        async with running.opened(path) as (_, beside):
            return await beside.store.overrides(since)
    except (Stop, StoreUnavailable):
        terminal.note("Without overrides: the database does not answer or is not there yet.")
        return []


def duty(team: Team, policy: Policy, at: datetime) -> dict[str, Any]:
    """A team's duty at an instant. `until` is null where nothing ever changes."""
    people = recipients.on_call(team, policy, at)
    after = () if team.rota is None else rota.next_on_call(team.rota, at, team.overrides)
    until = _until(team, at)
    return {
        "team": team.key,
        "on_call": list(people),
        "next": list(after),
        "until": until.isoformat() if until else None,
        "everyone": team.rota is None,
    }


def _until(team: Team, at: datetime) -> datetime | None:
    if team.rota is None:
        return None
    asked = team.rota, at, at + LOOK_AHEAD, team.overrides
    ends = min((span.end for span in rota.shifts(*asked) + rota.gaps(*asked)), default=None)
    return None if ends is None or ends >= at + LOOK_AHEAD else ends


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
