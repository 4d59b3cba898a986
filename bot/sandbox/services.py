"""Two small services to watch, which can be broken, slowed and mended."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse


@dataclass(slots=True)
class DemoService:
    """One of them: what it answers on `/services/NAME/health`."""

    name: str
    version: str
    status: int = 200
    slow_seconds: float = 0.0
    body: dict[str, Any] = field(default_factory=dict)

    def mend(self) -> None:
        """Healthy and quick again."""
        self.status, self.slow_seconds = 200, 0.0

    def break_down(self, status: int = 503) -> None:
        """Answer with an error from now on."""
        self.status = status


def router(services: dict[str, DemoService]) -> APIRouter:
    """Their health endpoints, on the sandbox's own server."""
    routes = APIRouter(prefix="/services")

    @routes.get("/{name}/health")
    async def health(name: str) -> JSONResponse:
        service = services.get(name)
        if service is None:
            return JSONResponse({"status": "unknown service"}, 404)
        if service.slow_seconds:
            await asyncio.sleep(service.slow_seconds)
        up = service.status < 400
        body = {"status": "up" if up else "down", "version": service.version, **service.body}
        return JSONResponse(body, service.status)

    return routes
