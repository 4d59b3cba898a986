"""`/api/stats`: the numbers of a period for programs and spreadsheets."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse

from bot.core.stats.asking import NotAsked, period_of, scope_of
from bot.core.stats.result import Stats
from bot.counting import counted
from bot.engine import Engine
from bot.web import present_stats
from bot.web.api import Json, Name, Since, Until, moment

Environment = Annotated[
    str | None,
    Query(
        max_length=300,
        pattern=r"^[^\x00]*$",
        description="another environment's deployments; unsaid, those that users see",
    ),
]


def router(engine: Engine, authenticate: Callable[..., None]) -> APIRouter:
    """JSON, and the same as CSV."""
    routes = APIRouter(prefix="/api", dependencies=[Depends(authenticate)], tags=["stats"])

    async def numbers(
        from_: Since = None,
        to: Until = None,
        service: Name = None,
        team: Name = None,
        environment: Environment = None,
    ) -> Stats:
        return await asked_for(engine, from_, to, service, team, environment)

    Numbers = Annotated[Stats, Depends(numbers)]  # noqa: N806

    @routes.get("/stats")
    async def stats(found: Numbers) -> Json:
        """Deployments against incidents, of the last 28 days unless said otherwise.

        `change_failure_rate` counts what people confirmed, `…_with_suspected` also what is only
        suspected. Durations are in seconds, rates between 0 and 1; what is not known is null.
        """
        return present_stats.document(found)

    @routes.get("/stats.csv", response_class=PlainTextResponse)
    async def stats_csv(found: Numbers) -> Response:
        """The same numbers, a line each: `number,of,value`. Empty is what is not known."""
        return _csv("".join(present_stats.as_csv(found)), "stats")

    @routes.get("/stats/series.csv", response_class=PlainTextResponse)
    async def series_csv(found: Numbers) -> Response:
        """Day by day, week by week or month by month, as the period's length asks for."""
        return _csv("".join(present_stats.series_as_csv(found.series)), "stats-series")

    return routes


async def asked_for(
    engine: Engine,
    from_: str | None,
    to: str | None,
    service: str | None,
    team: str | None,
    environment: str | None,
) -> Stats:
    """The numbers that a query asks for; raises a 422 that names the parameter."""
    policy, now = engine.policy, engine.clock.now()
    zone = policy.timezone
    try:
        period = period_of(moment(from_, zone, "from"), moment(to, zone, "to"), zone, now)
        scope = scope_of(policy, service, team, environment)
    except NotAsked as wrong:
        detail = {"loc": ("query", wrong.field), "msg": str(wrong), "type": "value_error"}
        raise RequestValidationError([detail]) from None
    return await counted(engine.store, policy, period, scope, now)


def _csv(text: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="midwatch-{name}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
