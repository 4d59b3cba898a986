"""`/healthz` (alive), `/readyz` (able to page), `/metrics` (Prometheus)."""

from contextlib import suppress
from datetime import timedelta

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from bot.engine import Engine
from bot.health import TICKS, Health, Metrics
from bot.ports import StoreUnavailable
from bot.totals import Kept


def router(engine: Engine, health: Health, metrics: Metrics, totals: Kept) -> APIRouter:
    """Open to everybody: they tell states, no names and no numbers."""
    routes = APIRouter(include_in_schema=False)

    @routes.api_route("/healthz", methods=["GET", "HEAD"])
    async def healthz() -> JSONResponse:
        alive = health.alive()
        return JSONResponse({"alive": alive}, status_code=200 if alive else 503)

    @routes.api_route("/readyz", methods=["GET", "HEAD"])
    async def readyz() -> JSONResponse:
        found = await health.readiness()
        body = {"ready": found.ready, "problems": found.problems, "warnings": found.warnings}
        return JSONResponse(body, status_code=200 if found.ready else 503)

    @routes.get("/metrics")
    async def metrics_text() -> Response:
        found = await health.readiness()
        metrics.ready.set(1 if found.ready else 0)
        for name in TICKS:
            metrics.tick_age.labels(name).set(health.tick_age(name) or 0.0)
        with suppress(StoreUnavailable):  # the gauge keeps its value; `midwatch_ready` tells why
            metrics.open_incidents.set(len(await engine.store.incidents(state="open", limit=500)))
            chain = await engine.store.audit.chain()
            waits = engine.clock.now() - chain.oldest_at if chain.oldest_at else timedelta()
            metrics.audit_sealed.set(chain.head.number)
            metrics.audit_waiting.set(max(0.0, waits.total_seconds()))
            await totals.look()
        return Response(metrics.text(), media_type="text/plain; version=0.0.4")

    return routes
