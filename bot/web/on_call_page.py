"""`/on-call`: who has each duty now and next, who stands in, what nobody covers, who was paged how
often, my calendar.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter, Request, Response

from bot.core import recipients
from bot.core.fairness import PERIOD_DAYS
from bot.core.holes import holes
from bot.core.nights import loads_of
from bot.core.policy import Policy, Team
from bot.core.rota import Shift
from bot.core.spans import spans
from bot.core.wording import week_ahead as say
from bot.core.wording.nights import HOW_IT_IS_COUNTED
from bot.core.wording.texts import zone_of
from bot.engine import Engine
from bot.web.pages import Pages

AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Duty:
    """One team. `until` None: nothing changes in the coming two weeks. `spans`: gaps included."""

    team: Team
    now: tuple[str, ...]
    next: tuple[str, ...]
    until: datetime | None
    spans: tuple[Shift, ...]


def router(engine: Engine, pages: Pages) -> APIRouter:
    """For people who signed in."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/on-call")
    async def on_call(request: Request) -> Response:
        session = await pages.session(request)
        if session is None:
            return pages.to_login(request)
        await engine.look_up_overrides()
        policy, now = engine.policy, engine.clock.now()
        since = now - timedelta(days=PERIOD_DAYS)
        zone = zone_of(session.person, policy)
        found = holes(policy, await engine.store.unusable(now), now)
        return pages.render(
            request,
            "on_call.html",
            session,
            duties=[duty(team, policy, now) for team in policy.teams.values()],
            overrides=await engine.store.overrides(now),
            loads=loads_of(await engine.store.handed_over(since, now), policy, since, now),
            period_days=PERIOD_DAYS,
            how_counted=HOW_IT_IS_COUNTED,
            holes=say.plain(found, policy, zone, now),
            mend=say.mend(found, policy, zone).replace("`", "") if found else "",
            calendar=pages.sessions.calendar_link(session.person),
        )

    return routes


def duty(team: Team, policy: Policy, now: datetime) -> Duty:
    """What the page shows of a team."""
    ahead = tuple(spans(team, now, now + AHEAD))
    until = ahead[0].end if len(ahead) > 1 else None
    following = recipients.named_by("next", team, policy, now) if team.rota else ()
    return Duty(team, recipients.on_call(team, policy, now), following, until, ahead)
