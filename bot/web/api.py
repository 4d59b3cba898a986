"""`/api/…`: JSON for programs, read with a bearer token (API_TOKEN)."""

import hmac
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from bot.core import quiet
from bot.core.deployment import Deployment
from bot.core.fairness import PERIOD_DAYS
from bot.core.incident import Incident
from bot.core.nights import loads_of
from bot.engine import Engine
from bot.web import present
from bot.web.present_duty import duty, loads_as_json

Limit = Annotated[int, Query(ge=1, le=500, description="at most so many items")]
Name = Annotated[str | None, Query(max_length=300, pattern=r"^[^\x00]*$")]
Since = Annotated[
    str | None,
    Query(alias="from", description="inclusive: a date in the configured zone, or ISO 8601"),
]
Until = Annotated[str | None, Query(description="exclusive, the same")]
State = Literal["triggered", "acknowledged", "resolved", "open"]
LARGEST = 2**53
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]
Json = dict[str, Any]


def reader(api_token: str | None) -> Callable[..., None]:
    """Lets those in who have API_TOKEN. Without one it answers 503 and says so."""

    def authenticate(bearer: Bearer) -> None:
        if not api_token:
            raise HTTPException(503, "API_TOKEN is not set, so the API is off")
        given = bearer.credentials.strip() if bearer else ""
        if not hmac.compare_digest(given.encode(), api_token.encode()):
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})

    return authenticate


def router(engine: Engine, authenticate: Callable[..., None]) -> APIRouter:
    """Every route that tells what the store knows."""
    routes = APIRouter(prefix="/api", dependencies=[Depends(authenticate)], tags=["api"])
    _incidents(routes, engine)
    _deployments(routes, engine)
    _services(routes, engine)
    _on_call(routes, engine)
    return routes


def _incidents(routes: APIRouter, engine: Engine) -> None:
    @routes.get("/incidents")
    async def incidents(
        state: State | None = None,
        service: Name = None,
        from_: Since = None,
        to: Until = None,
        limit: Limit = 50,
        cursor: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    ) -> Json:
        """Newest first, resolved ones included; `open` is every one that is not resolved."""
        zone = engine.policy.timezone
        found = await engine.store.incidents(
            state=state,
            service=service,
            since=moment(from_, zone, "from"),
            until=moment(to, zone, "to"),
            before=cursor,
            limit=limit + 1,
        )
        page = found[:limit]
        items = [present.incident(item, await _cause(engine, item)) for item in page]
        return {"items": items, "next": page[-1].number if len(found) > limit else None}

    @routes.get("/incidents/{number}")
    async def incident(number: Annotated[int, Path(le=LARGEST)]) -> Json:
        """One, with its candidates, pages and timeline."""
        view = await engine.store.incident(number)
        if view is None:
            raise HTTPException(404, f"there is no incident {number}")
        return present.incident_in_full(view, await _cause(engine, view.incident))


def _deployments(routes: APIRouter, engine: Engine) -> None:
    @routes.get("/deployments")
    async def deployments(
        service: Name = None,
        environment: Name = None,
        from_: Since = None,
        to: Until = None,
        limit: Limit = 50,
        cursor: Name = None,
    ) -> Json:
        """Newest first by their start, every environment and state."""
        zone = engine.policy.timezone
        found = await engine.store.deployments(
            service=service,
            environment=environment,
            since=moment(from_, zone, "from"),
            until=moment(to, zone, "to"),
            before=cursor,
            limit=limit + 1,
        )
        page = found[:limit]
        items = [present.deployment(item) for item in page]
        return {"items": items, "next": page[-1].id if len(found) > limit else None}


def _services(routes: APIRouter, engine: Engine) -> None:
    @routes.get("/services")
    async def services() -> Json:
        """Every configured service with its state and the last result of every check."""
        now = engine.clock.now()
        signals = await engine.store.signals()
        results = await engine.store.last_results()
        uptimes = await engine.store.uptimes(now - timedelta(days=30), now)
        spans = quiet.spans_of(await engine.store.silences(now), engine.policy.windows)
        items = [
            present.service(
                key, item.teams, signals, results, uptimes, quiet.quiet_now(key, spans, now)
            )
            for key, item in engine.policy.services.items()
        ]
        return {"items": items, "next": None}


def _on_call(routes: APIRouter, engine: Engine) -> None:
    @routes.get("/on-call")
    async def on_call() -> Json:
        """Who has the duty now, team by team; `until` is null where nothing ever changes."""
        await engine.look_up_overrides()
        policy, now = engine.policy, engine.clock.now()
        items = [duty(team, policy, now) for team in policy.teams.values()]
        return {"at": now.isoformat(), "items": items, "next": None}

    @routes.get("/on-call/load")
    async def load(from_: Since = None, to: Until = None, team: Name = None) -> Json:
        """How often each was paged, and at night (22-07 on their own clock); 28 days if unsaid."""
        policy, now = engine.policy, engine.clock.now()
        until = moment(to, policy.timezone, "to") or now
        since = moment(from_, policy.timezone, "from") or until - timedelta(days=PERIOD_DAYS)
        pages = await engine.store.handed_over(since, until)
        return loads_as_json(loads_of(pages, policy, since, until, team), since, until)


async def _cause(engine: Engine, item: Incident) -> Deployment | None:
    if item.cause is None or item.cause.deployment is None:
        return None
    return await engine.store.deployment(item.cause.deployment)


def moment(text: str | None, zone: str, name: str) -> datetime | None:
    """A date in the configured zone, or an ISO 8601 time. Raises a 422 that names the parameter."""
    if not text:
        return None
    given = _LOST_PLUS.sub("+", text)
    try:
        if len(given) == len("2026-01-01"):
            at = datetime.combine(date.fromisoformat(given), time(), ZoneInfo(zone))
        else:
            at = datetime.fromisoformat(given)
            at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        wrong = f"{text[:40]!r} is not a date (2026-11-24) or an ISO 8601 time"
        detail = {"loc": ("query", name), "msg": wrong, "type": "value_error"}
        raise RequestValidationError([detail]) from None


_LOST_PLUS = re.compile(r"(?<=:\d\d) (?=\d\d:?\d\d$)")
"""In a query an unquoted `+` (of `+01:00`) arrives as a space."""
