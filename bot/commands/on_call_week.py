"""`on-call --week`: every shift of the coming seven days, and what is not covered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.commands import terminal
from bot.core.holes import AHEAD, Hole, holes
from bot.core.policy import Policy, Team
from bot.core.rota import Shift
from bot.core.spans import spans
from bot.core.wording import week_ahead as say
from bot.core.wording.words import and_list, day_and_clock

Unusable = dict[tuple[str, str], str]


def show(policy: Policy, unusable: Unusable, then: datetime, now: datetime, as_json: bool) -> None:
    """`then` is where the week begins. Teams in which everyone is on call have no shifts."""
    found = holes(policy, unusable, then)
    shifts = [
        (team, span) for team in policy.teams.values() for span in spans(team, then, then + AHEAD)
    ]
    if as_json:
        terminal.show_json(
            {
                "from": then.isoformat(),
                "to": (then + AHEAD).isoformat(),
                "shifts": [_shift(team, span) for team, span in shifts],
                "not_covered": [_hole(hole) for hole in found],
            }
        )
        return
    zone = policy.timezone
    terminal.say(f"On call in the 7 days from {day_and_clock(then, now, zone)} ({zone})")
    rows = [
        (
            team.name,
            day_and_clock(span.start, now, zone),
            day_and_clock(span.end, now, zone),
            and_list([policy.name_of(key) for key in span.people]) or "nobody",
        )
        for team, span in shifts
    ]
    terminal.show(("team", "from", "to", "on call"), rows)
    _show_holes(found, policy, now)


def _show_holes(found: Sequence[Hole], policy: Policy, now: datetime) -> None:
    for line in say.plain(found, policy, policy.timezone, now):
        terminal.say(line, "yellow")
    if found:
        terminal.say(f"What mends it: {say.mend(found, policy, policy.timezone)}")


def _shift(team: Team, span: Shift) -> dict[str, Any]:
    return {
        "team": team.key,
        "start": span.start.isoformat(),
        "end": span.end.isoformat(),
        "people": list(span.people),
    }


def _hole(hole: Hole) -> dict[str, str | None]:
    return {
        "team": hole.team,
        "start": hole.start.isoformat(),
        "end": hole.end.isoformat(),
        "lack": hole.lack.value,
        "person": hole.person,
        "mark": hole.mark,
    }
