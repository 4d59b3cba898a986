"""`/api/…`: JSON for programs, read with a bearer token (API_TOKEN)."""

import hmac
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Query, Request

from bot.core.deployment import Deployment
from bot.core.incident import Incident
from bot.engine import Engine
from bot.web import present

Limit = Annotated[int, Query(ge=1, le=500)]
Json = dict[str, Any]


def router(engine: Engine, api_token: str | None) -> APIRouter:
    """Every route of the API. Without API_TOKEN it answers 503 and says so."""

    def authenticate(request: Request) -> None:
        if not api_token:
            raise HTTPException(503, "API_TOKEN is not set, so the API is off")
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(
            given.strip().encode(), api_token.encode()
        ):
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})

    routes = APIRouter(prefix="/api", dependencies=[Depends(authenticate)], tags=["api"])
    _incidents(routes, engine)
    _deployments(routes, engine)
    _services(routes, engine)
    return routes


def _incidents(routes: APIRouter, engine: Engine) -> None:
    @routes.get("/incidents")
    async def incidents(
        state: Annotated[
            str | None, Query(pattern="^(triggered|acknowledged|resolved|open)$")
        ] = None,
        service: str | None = None,
        from_: Annotated[str | None, Query(alias="from")] = None,
        to: str | None = None,
        limit: Limit = 50,
        cursor: Annotated[int | None, Query(ge=1)] = None,
    ) -> Json:
        """Newest first, resolved ones included."""
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
    async def incident(number: int) -> Json:
        """One, with its candidates, pages and timeline."""
        view = await engine.store.incident(number)
        if view is None:
            raise HTTPException(404, f"there is no incident {number}")
        return present.incident_in_full(view, await _cause(engine, view.incident))


def _deployments(routes: APIRouter, engine: Engine) -> None:
    @routes.get("/deployments")
    async def deployments(
        service: str | None = None,
        environment: str | None = None,
        from_: Annotated[str | None, Query(alias="from")] = None,
        to: str | None = None,
        limit: Limit = 50,
        cursor: str | None = None,
    ) -> Json:
        """Newest first."""
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
        items = [
            present.service(key, item.teams, signals, results, uptimes)
            for key, item in engine.policy.services.items()
        ]
        return {"items": items, "next": None}


async def _cause(engine: Engine, item: Incident) -> Deployment | None:
    if item.cause is None or item.cause.deployment is None:
        return None
    return await engine.store.deployment(item.cause.deployment)


def moment(text: str | None, zone: str, name: str) -> datetime | None:
    """A date in the configured zone, or an ISO 8601 time; 422 that names the parameter."""
    if not text:
        return None
    try:
        if len(text) == len("2026-01-01"):
            return datetime.combine(date.fromisoformat(text), time(), ZoneInfo(zone))
        at = datetime.fromisoformat(text)
    except ValueError:
        raise HTTPException(
            422, f"{name}: {text[:40]!r} is not a date (2026-11-24) or an ISO 8601 time"
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))
