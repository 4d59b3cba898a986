"""`on-call`: who has the duty now, or at another time. Read from the configuration alone."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.clock import SystemClock
from bot.commands import terminal
from bot.commands.frame import USAGE, AsJson, ConfigPath, Stop, configured
from bot.core import recipients, rota
from bot.core.policy import Policy, Team
from bot.core.wording.words import and_list, day_and_clock
from bot.from_config import policy_of

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
    as_json: AsJson = False,
) -> None:
    """Show who is on call, team by team."""
    loaded = configured(config)
    now = SystemClock().now()
    then = moment(at, loaded.timezone, now) if at else now
    policy = policy_of(loaded, (), loaded.settings.public_url or "", then)
    duties = [duty(team, policy, then) for team in policy.teams.values()]
    if as_json:
        terminal.show_json({"at": then.isoformat(), "teams": duties})
        return
    terminal.say(f"On call {day_and_clock(then, now, policy.timezone)} ({policy.timezone})")
    terminal.show(("team", "on call", "next", "until"), [_row(d, policy, now) for d in duties])


def duty(team: Team, policy: Policy, at: datetime) -> dict[str, Any]:
    """A team's duty at an instant. `until` is null where nothing ever changes."""
    people = recipients.on_call(team, policy, at)
    after = () if team.rota is None else rota.next_on_call(team.rota, at)
    until = None if team.rota is None else _until(team.rota, at)
    return {
        "team": team.key,
        "on_call": list(people),
        "next": list(after),
        "until": until.isoformat() if until else None,
        "everyone": team.rota is None,
    }


def _until(turns: rota.Rota, at: datetime) -> datetime | None:
    spans = rota.shifts(turns, at, at + LOOK_AHEAD) + rota.gaps(turns, at, at + LOOK_AHEAD)
    ends = min((span.end for span in spans), default=None)
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


def moment(text: str, zone: str, now: datetime) -> datetime:
    """A time as people type it, in `zone` unless it names its own. Raises Stop.

    `18:00` is the next time that the clock shows it.
    """
    here = ZoneInfo(zone)
    try:
        if ":" in text and len(text.strip()) <= len("18:00"):
            hour, minute = (int(part) for part in text.split(":"))
            local = now.astimezone(here)
            today = local.replace(hour=hour, minute=minute, second=0, microsecond=0, fold=0)
            return (today if today >= local else today + timedelta(days=1)).astimezone(UTC)
        found = datetime.fromisoformat(text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=here)).astimezone(UTC)
    except (ValueError, OverflowError):
        mend = "write 2026-11-23, 2026-11-23 18:00, 18:00, or ISO 8601 with an offset"
        raise Stop(f"--at {text[:40]!r} is not a time: {mend}.", USAGE) from None
