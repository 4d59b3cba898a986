"""`/stats`: what leads see. Five answers, each with how it is counted, then charts and numbers."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Request, Response

from bot.core.incident import Incident
from bot.core.policy import Policy
from bot.core.stats.asking import NotAsked, period_of, scope_of
from bot.core.stats.period import Period, Scope
from bot.core.stats.result import Stats
from bot.core.wording import charts as chart_words
from bot.core.wording import five_answers, spans
from bot.engine import Engine
from bot.ports import Counting, Drawing
from bot.web import charts
from bot.web.filters import Filters
from bot.web.pages import Pages

USUAL = "28"
PERIODS = (("7", "7 days"), ("28", "28 days"), ("90", "90 days"), ("365", "a year"))
ANSWERS_AT_MOST = 30


def router(engine: Engine, pages: Pages, counting: Counting, drawing: Drawing) -> APIRouter:
    """For people who signed in."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/stats")
    async def stats_page(request: Request) -> Response:
        session = await pages.session(request)
        if session is None:
            return pages.to_login(request)
        policy, now = engine.policy, engine.clock.now()
        filters = Filters(request, policy.timezone)
        period, scope = asked(filters, policy, now)
        stats = await counting.stats(period, scope)
        before = await counting.stats(preceding(period), scope)
        figures = charts.figures(stats, policy, query(period, scope))
        return pages.render(
            request,
            "stats.html",
            session,
            filters=filters,
            stats=stats,
            answers=five_answers.answers(stats, before, policy),
            figures={it.name: it for it in figures},
            periods=PERIODS,
            chosen=None
            if filters.given["from"] or filters.given["to"]
            else filters.given["period"] or USUAL,
            teams=[(key, it.name) for key, it in policy.teams.items()],
            days=spans.days(period),
            on_day=lambda at: five_answers.day(at, policy.timezone),
            same=query(period, Scope(scope.service, None, scope.environment)),
            in_period=query(period, Scope(scope.service)),
            lasted=spans.lasted,
            percent=spans.percent,
            causes=chart_words.CAUSES,
            environments=sorted({where for _service, where in await engine.store.deployed()}),
            follow_ups=await _follow_ups(engine, period, scope),
        )

    async def numbers(request: Request) -> Stats:
        filters = Filters(request, engine.policy.timezone)
        period, scope = asked(filters, engine.policy, engine.clock.now())
        if filters.problems:
            name, problem = next(iter(filters.problems.items()))
            raise HTTPException(422, f"{name} {problem}")
        return await counting.stats(period, scope)

    routes.include_router(charts.router(pages, drawing, numbers))
    return routes


def asked(filters: Filters, policy: Policy, now: datetime) -> tuple[Period, Scope]:
    """What is looked at; problems are left in `filters`."""
    zone = policy.timezone
    since, until = filters.span()
    chosen = filters.choice("period", [key for key, _words in PERIODS])
    try:
        period = period_of(since, until, zone, now)
    except NotAsked as wrong:
        filters.problems[wrong.field] = str(wrong)
        period = period_of(None, None, zone, now)
    if chosen is not None and since is None:
        first = period.end.astimezone(ZoneInfo(zone)) - timedelta(days=int(chosen))
        period = period_of(first, period.end, zone, now)
    return period, _scope(filters, policy)


def _scope(filters: Filters, policy: Policy) -> Scope:
    wanted = {name: filters.text(name) for name in ("service", "team", "environment")}
    for name in ("service", "team"):
        try:
            scope_of(policy, **{name: wanted[name]})
        except NotAsked as wrong:
            filters.problems[name] = str(wrong)
            wanted[name] = None
    return scope_of(policy, **wanted)


def preceding(period: Period) -> Period:
    """As long, and right before it: as many days from midnight to midnight, if it is of days."""
    zone = ZoneInfo(period.zone)
    start, end = (it.astimezone(zone).replace(tzinfo=None) for it in (period.start, period.end))
    if (end - start) % timedelta(days=1) or end <= start:
        return Period(period.start - (period.end - period.start), period.start, period.zone)
    before = (start - (end - start)).replace(tzinfo=zone).astimezone(UTC)
    return Period(before, period.start, period.zone)


def query(period: Period, scope: Scope) -> str:
    """The same view as an address, whatever day it is opened on."""
    fields = {
        "from": period.start.isoformat(),
        "to": period.end.isoformat(),
        "service": scope.service,
        "team": scope.team,
        "environment": scope.environment,
    }
    return urlencode({name: value for name, value in fields.items() if value})


async def _follow_ups(engine: Engine, period: Period, scope: Scope) -> list[Incident]:
    """Incidents of the period that a deployment had caused, with what each team answered."""
    if not period.seconds:
        return []
    found = await engine.store.incidents(
        cause="deployment",
        service=scope.service,
        since=period.start,
        until=period.end,
        limit=ANSWERS_AT_MOST,
    )
    return [
        it
        for it in found
        if any(part.asked and scope.team in (None, part.team) for part in it.follow_ups)
    ]
