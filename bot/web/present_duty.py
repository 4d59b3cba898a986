"""Who has the duty, and who was paged how often: JSON of the API and the command line. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from bot.core import recipients, rota
from bot.core.fairness import Load
from bot.core.policy import Policy, Team
from bot.web import present

LOOK_AHEAD = timedelta(days=60)


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


def loads_as_json(loads: Iterable[Load], since: datetime, until: datetime) -> dict[str, Any]:
    """Of [since, until), the most disturbed first."""
    items = [present.load(it) for it in loads]
    return {"from": since.isoformat(), "to": until.isoformat(), "items": items, "next": None}
